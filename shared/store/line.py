"""Who waits for a place under a connector's cap (`CON#…/LINE#<due>`), the longest first.

The clock looks at them anyway: who is not found here, or twice, loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.ports.table import Delete, Item, Key, Operation, Put, Table
from shared.store import keys
from shared.store.cursors import Cursor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cursor that waits. `due_sk`: as the cursor then had it; while it still has, nobody has got on with it."""

    cursor: Key
    customer: str
    due_sk: str

    @property
    def due_at(self) -> str:
        return self.due_sk.partition("#")[0]


def stand(table: Table, connector: str, cursor: Cursor, due_at: str, customer: str) -> None:
    """A cursor waits until `due_at`; where it stood in line before, it stands there no more. 1 or 2 WRU."""
    due_sk = keys.due(cursor.key, due_at)["due_sk"]
    pk, sk = keys.in_line(connector, due_sk)
    item: Item = {"pk": pk, "sk": sk, "cursor": list(cursor.key), "customer": customer}
    before: list[Operation] = []
    if cursor.due_sk is not None and cursor.due_sk != due_sk:
        before.append(Delete(keys.in_line(connector, cursor.due_sk)))
    table.transact([*before, Put(item)])


def first(table: Table, connector: str, limit: int) -> list[Waiting]:
    """1 RCU; half where nobody waits."""
    pk, prefix = keys.in_line(connector, "")
    found = table.query(pk, prefix, limit=limit).items
    return [Waiting(_key(item), item["customer"], item["sk"].removeprefix(prefix)) for item in found]


def leave(table: Table, connector: str, waiting: Waiting) -> None:
    """1 WRU."""
    table.transact([Delete(keys.in_line(connector, waiting.due_sk))])


def _key(item: Item) -> Key:
    pk, sk = item["cursor"]
    return pk, sk
