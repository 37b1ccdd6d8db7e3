"""How far a ticket was read back: `BACK`, beside the item that leads from the ticket to our case (`EXT`).

Both lie under one key, so that one query reads them. Only `helpdesk_pull` writes `BACK`, and one worker at a time:
a ticket is a group of its queue. So a condition that does not hold means that a worker came back from the dead; what it
had sent is known by its message ids, and its write is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.ports.table import Absent, Condition, Equals, Item, Key, Put, Table, Update, Value
from shared.store import keys
from shared.store.conditional import took_effect

BURST_S: Final = 600
MOST_IN_A_BURST: Final = 100
"""More from one ticket in ten minutes look like two machines that answer each other: the rest waits."""

BACK: Final = "BACK"
SWEEP: Final = "SWEEP"


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket of a tool as the hub knows it. `case`: None for one that is not ours.

    `cursor`, `ahead`: all up to the one was read, and beyond it these message ids. `failures`: in a row.
    `burst_at`, `burst`: since when (epoch seconds) so many things were taken from it.
    """

    connector: str
    ticket: str
    case: str | None = None
    customer: str | None = None
    exists: bool = False
    cursor: str | None = None
    ahead: frozenset[str] = frozenset()
    failures: int = 0
    burst_at: int = 0
    burst: int = 0
    due_sk: str | None = None

    @property
    def key(self) -> Key:
        return key_of(self.connector, self.ticket)

    def burst_until(self, now: float) -> int | None:
        """Until when (epoch seconds) nothing more is taken from it; None where it may go on."""
        until = self.burst_at + BURST_S
        return until if self.burst >= MOST_IN_A_BURST and now < until else None

    def with_taken(self, number: int, now: float) -> Place:
        """With so many things taken from it now."""
        is_over = now >= self.burst_at + BURST_S
        begun, before = (int(now), 0) if is_over else (self.burst_at, self.burst)
        return replace(self, burst_at=begun, burst=before + number)


def key_of(connector: str, ticket: str) -> Key:
    return keys.remote(connector, "case", ticket)[0], BACK


def ticket_of(key: Key) -> tuple[str, str]:
    """Connector and ticket of a `BACK` item."""
    _, connector, _, ticket = key[0].split("#", 3)
    return connector, ticket


def find(table: Table, connector: str, ticket: str) -> Place:
    """The ticket, with its case if it has one. 1 RCU."""
    items = {item["sk"]: item for item in table.query(key_of(connector, ticket)[0]).items}
    home, back = items.get("EXT", {}), items.get(BACK)
    return _place(connector, ticket, home, back)


def place_of(connector: str, ticket: str, back: Item | None) -> Place:
    """How far it is, by the item alone."""
    return _place(connector, ticket, {}, back)


def _place(connector: str, ticket: str, home: Item, back: Item | None) -> Place:
    held = back or {}
    return Place(
        connector,
        ticket,
        case=home.get("case"),
        customer=home.get("customer"),
        exists=back is not None,
        cursor=held.get("cursor"),
        ahead=frozenset(held.get("ahead", ())),
        failures=int(held.get("failures", 0)),
        burst_at=int(held.get("burst_at", 0)),
        burst=int(held.get("burst", 0)),
        due_sk=held.get("due_sk"),
    )


def save(table: Table, was: Place, becomes: Place, due_at: str | None = None, error: str | None = None) -> None:
    """Write how far it is, and when the clock is to have it looked at again. 1 WRU, and the index's."""
    changes: dict[str, Value] = {
        "ahead": sorted(becomes.ahead),
        "failures": becomes.failures,
        "burst_at": becomes.burst_at,
        "burst": becomes.burst,
    }
    changes |= {"cursor": becomes.cursor} if becomes.cursor is not None else {}
    changes |= dict(keys.due(was.key, due_at)) if due_at else {}
    changes |= {"error": error} if error else {}
    gone = (() if due_at else ("due_pk", "due_sk")) + (() if error else ("error",))
    took_effect(table, [Update(was.key, set=changes, remove=gone, when=_as_read(was))])


def _as_read(was: Place) -> tuple[Condition, ...]:
    if not was.exists:
        return (Absent(),)
    return (Absent("cursor") if was.cursor is None else Equals("cursor", was.cursor),)


def adopt(table: Table, place: Place, survivor: str, cursor: str) -> bool:
    """A ticket that is not ours took ours in: it leads to our case too, from this cursor on. 4 WRU.

    False when it leads somewhere already.
    """
    pk, sk = keys.remote(place.connector, "case", survivor)
    home = {"pk": pk, "sk": sk, "case": place.case, "customer": place.customer, "took_in": place.ticket}
    back = {"pk": pk, "sk": BACK, "cursor": cursor}
    return took_effect(table, [Put(home, when=(Absent(),)), Put(back, when=(Absent(),))])


def sweep_cursor(table: Table, connector: str) -> str | None:
    """How far the sweeps of a connector are. 0.5 RCU."""
    item = table.get((keys.connector_state(connector)[0], SWEEP)).item
    return item["cursor"] if item else None


def sweep_reached(table: Table, connector: str, was: str | None, becomes: str, at: str) -> None:
    """Move the sweep's cursor, unless somebody did; `at`: when. 1 WRU."""
    key = keys.connector_state(connector)[0], SWEEP
    when: Condition = Absent() if was is None else Equals("cursor", was)
    took_effect(table, [Update(key, set={"cursor": becomes, "at": at}, when=(when,))])


def swept_at(table: Table, connector: str) -> str | None:
    """When a sweep last came through. 0.5 RCU."""
    item = table.get((keys.connector_state(connector)[0], SWEEP)).item
    return item.get("at") if item else None


def is_pushing(table: Table, case: str, connectors: Sequence[str], now: float) -> int | None:
    """Until when (epoch seconds) a push of this case to any of these connectors may be under way. 1 RCU each."""
    leases = []
    for connector in connectors:
        item = table.get(keys.cursor(case, connector)).item
        if item is not None and int(item.get("lease", 0)) > now:
            leases.append(int(item["lease"]))
    return max(leases, default=None)
