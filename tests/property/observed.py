"""A table whose transactions somebody is told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.ports.table import Cost, Operation, Table


class Observed:
    """A table that tells of each transaction right after it took effect, before anybody else can go on."""

    def __init__(self, table: Table, tell: Callable[[Sequence[Operation]], None]) -> None:
        self._table, self._tell = table, tell

    def transact(self, operations: Sequence[Operation]) -> Cost:
        cost = self._table.transact(operations)
        self._tell(operations)
        return cost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)
