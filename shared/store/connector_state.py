"""What all processes know of one connector: its breaker (`CON#…/STATE`) and the slots of its cap (`CON#…/SLOT#n`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.ports.table import Absent, Condition, Equals, Table, Update
from shared.store import keys
from shared.store.conditional import took_effect
from shared.store.paging import every_item

State = Literal["closed", "open", "stopped"]


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """`open`: the tool fails, nobody calls until `until` (epoch seconds). `stopped`: it refuses us, the same with an
    alarm. `failures`: how often in a row it was opened. `since`: when it left `closed`, or came back to it."""

    state: State = "closed"
    until: int = 0
    failures: int = 0
    reason: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places under a connector's cap, held until `lease` (epoch seconds)."""

    number: int
    lease: int


def read(table: Table, connector: str) -> ConnectorState:
    """The breaker as everybody sees it. 1 RCU (half, where nothing was ever written)."""
    item = table.get(keys.connector_state(connector)).item
    if item is None:
        return ConnectorState()
    return ConnectorState(
        item["state"], int(item["until"]), int(item["failures"]), item.get("reason", ""), item["since"]
    )


def change(table: Table, connector: str, was: ConnectorState, becomes: ConnectorState) -> bool:
    """Change the breaker if it is still as it was read. 1 WRU. False when somebody else was first."""
    when: tuple[Condition, ...] = (Equals("state", was.state), Equals("until", was.until))
    if was == ConnectorState():
        when = (Absent(),)
    changes = {
        "state": becomes.state,
        "until": becomes.until,
        "failures": becomes.failures,
        "since": becomes.since,
    }
    if becomes.reason:
        changes["reason"] = becomes.reason
    gone = () if becomes.reason else ("reason",)
    return took_effect(table, [Update(keys.connector_state(connector), set=changes, remove=gone, when=when)])


def take_slot(table: Table, connector: str, cap: int, *, now: float, until: int) -> Slot | None:
    """A free place under the cap, held until `until`; None when all are taken. 1 RCU and 1 WRU.

    Holders that died come free when their lease ends.
    """
    held = _leases(table, connector)
    for number in range(cap):
        lease = held.get(number)
        if lease is not None and lease > now:
            continue
        when: Condition = Absent() if lease is None else Equals("lease", lease)
        place = Update(keys.connector_slot(connector, number), set={"lease": until}, when=(when,))
        if took_effect(table, [place]):
            return Slot(number, until)
    return None


def is_full(table: Table, connector: str, cap: int, now: float) -> bool:
    """Whether every place under the cap is held. 1 RCU."""
    held = _leases(table, connector)
    return all(held.get(number, 0) > now for number in range(cap))


def _leases(table: Table, connector: str) -> dict[int, int]:
    pk, prefix = keys.connector_state(connector)[0], "SLOT#"
    held = every_item(table, pk, prefix)
    return {int(item["sk"].removeprefix(prefix)): int(item["lease"]) for item in held}


def free_slot(table: Table, connector: str, slot: Slot) -> None:
    """Give the place back. 1 WRU. One that was lost to another meanwhile stays theirs."""
    key = keys.connector_slot(connector, slot.number)
    took_effect(table, [Update(key, set={"lease": 0}, when=(Equals("lease", slot.lease),))])
