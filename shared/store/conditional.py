"""Writes whose condition may well not hold, where that is an answer and no fault."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.errors import Conflict
from shared.ports.table import Operation, Table


def took_effect(table: Table, operations: Sequence[Operation]) -> bool:
    """Write them, if their conditions hold; whether they did. Cost of the transaction, either way."""
    try:
        table.transact(operations)
    except Conflict:
        return False
    return True
