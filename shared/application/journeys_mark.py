"""Whose journeys are to be derived again: customers in whose cases something happened, or who were merged or parted.

The mark puts the customer on the clock, a few minutes on, so that a lively conversation is looked at once and not for
each of its messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.application.retry import due_text
from shared.domain.errors import Conflict, Transient
from shared.ports.surroundings import Clock
from shared.ports.table import Absent, Condition, Equals, Item, Table, Update
from shared.store import keys

DELAY_S: Final = 300
"""From the first news to the derivation: how far figures of journeys may lag behind."""

TRIES: Final = 5

PAGE: Final = 200
"""Items of the table read at a time when all customers are marked."""


def customers_of(before: Item | None, after: Item | None) -> set[str]:
    """The customers whose journeys a change of an item, from `before` to `after`, touches: none for most changes."""
    if after is None:
        return set()
    if after["sk"] == "CASE":
        return _of_case(before or {}, after)
    if after["sk"] == "PROFILE" and before and _family(before) != _family(after):
        return {after["id"]}
    return set()


def _of_case(before: Item, after: Item) -> set[str]:
    grew = int(after["sequence"]) > int(before.get("sequence", 0))
    linked = any(before.get(name) != after.get(name) for name in ("merged_into", "follow_up_of", "orders"))
    return {after["customer"], *after.get("holders", ())} if (grew or linked) and not after.get("imported") else set()


def _family(profile: Item) -> tuple[object, ...]:
    return profile.get("merged_into"), profile.get("family")


def mark(table: Table, customers: Iterable[str], now: float) -> int:
    """Put these customers on the clock. Returns how many were not yet.

    1 RCU each; who was not on it costs 1 WRU and the index's. Marking twice changes nothing. Raises `Transient`.
    """
    return sum(_mark(table, customer, due_text(now + DELAY_S)) for customer in sorted(set(customers)))


def _mark(table: Table, customer: str, due_at: str) -> bool:
    key, met = keys.journeys_of(customer), None
    for _ in range(TRIES):
        held = table.get(key).item
        if held is not None and "due_sk" in held and not held.get("working"):
            return False
        # Who is at it now may have read the cases before this news: what is written then must not end the mark.
        as_read: Condition = Equals("due_sk", held["due_sk"]) if held and "due_sk" in held else Absent("due_sk")
        try:
            table.transact([Update(key, set={**keys.due(key, due_at), "working": False}, when=(as_read,))])
        except Conflict as another:
            met = another
        else:
            return True
    raise Transient("others keep marking this customer") from met


@dataclass(frozen=True, slots=True)
class Marked:
    """How many customers were put on the clock, and where to go on; None at the end of the table."""

    marked: int
    next: str | None


def mark_all(table: Table, after: str | None, clock: Clock, until: float) -> Marked:
    """Put every customer with a profile on the clock, until a moment of our clock: after journeys' rules changed, or
    where the hub held cases before it knew of journeys. Goes through the whole table: 0.5 RCU for each 4 KB of it.

    Raises ValueError for an `after` that no page gave out."""
    marked = 0
    while True:
        page = table.scan(after=after, limit=PAGE)
        marked += mark(table, (item["id"] for item in page.items if _is_living(item)), clock())
        after = page.next
        if after is None or clock() >= until:
            return Marked(marked, after)


def _is_living(item: Item) -> bool:
    return item["sk"] == "PROFILE" and not item.get("merged_into")
