"""The daily comparison: a case's last sequence with each connector's cursor. It heals what lost triggers left."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.application.relay import ConnectorsOf
from shared.application.retry import due_text
from shared.application.sync_contact import read_contact
from shared.application.trigger import Trigger
from shared.domain.case import ACTIVE
from shared.domain.errors import Conflict, Permanent
from shared.ports.table import Equals, Item, Key, Table, Update
from shared.store import cursors, keys

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Comparison:
    """`forgotten`: a trigger for each connector that is behind and that nothing reminds of it. `in_step`: none is."""

    forgotten: list[Trigger]
    in_step: bool


def compare(table: Table, case: Item, connectors_of: ConnectorsOf) -> Comparison:
    """A case with the cursors of its brand's connectors.

    For each connector 3 RCU: its cursor, the customer, what it knows of the customer.
    """
    forgotten, in_step = [], True
    for name in connectors_of(case["brand"]):
        cursor = cursors.of_case(table, case["id"], name)
        if cursor.told >= case["sequence"] and not _contact_is_behind(table, case, name):
            continue
        in_step = False
        if cursor.due_at is None:  # else it waits its turn on the clock itself
            forgotten.append(Trigger(name, case["customer"], case=case["id"], sequence=int(case["sequence"])))
    return Comparison(forgotten, in_step)


def _contact_is_behind(table: Table, case: Item, connector: str) -> bool:
    try:
        return read_contact(table, case["customer"], connector).is_behind
    except Permanent:
        return True  # crm_sync will meet the same and park it where a person looks


def read_due(table: Table, key: Key, due_sk: str) -> Item | None:
    """The item the index named, if it is still due then; None when its owner has moved on. 1 RCU."""
    item = table.get(key).item
    return item if item is not None and item.get("due_sk") == due_sk else None


def look_tomorrow(table: Table, case: Item, now: float, *, in_step: bool, next_at: float | None = None) -> None:
    """Set the case's next look: for its next timer (`next_at`, epoch seconds), and a day on at the latest. A case that
    is over, in step and without a timer leaves the clock. 1 WRU and the index's.

    Touches the due attributes alone, and only while they are as read: when somebody set another time, theirs holds.
    """
    key = case["pk"], case["sk"]
    when = (Equals("due_sk", case["due_sk"]),)
    soonest = now + DAY_S if next_at is None else min(now + DAY_S, next_at)
    change = Update(key, set=keys.due(key, due_text(soonest)), when=when)
    if in_step and next_at is None and case["state"] not in ACTIVE:
        change = Update(key, remove=("due_pk", "due_sk"), when=when)
    try:
        table.transact([change])
    except Conflict:
        return  # somebody set another time since


def announced(triggers: list[Trigger], due_at: str) -> list[Trigger]:
    """The triggers as the clock sends them: the same wait is announced once."""
    return [replace(trigger, due=due_at) for trigger in triggers]
