"""What conversations knew of each other's ids while two were one: forgotten when they part.

A conversation that knows an id is asked no further whose it is. While two were one, it came to know the other's ids,
too; after they parted, a message by both ids says again that a number changed hands, or that the two may be one. So
each conversation knows its own side's ids alone, and what is forgotten too much is looked up once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache

from shared.application.record.context import Context
from shared.application.record.who import living_profile
from shared.domain.errors import Transient
from shared.domain.merging import origin_of
from shared.ports.table import Equals, Item, Update
from shared.store import items
from shared.store.conditional import took_effect

TRIES = 20


def forget_ahead(context: Context, living: Item, share: Collection[str]) -> None:
    """Before they part: those of `share`, and those who stay with `living`. 1 RCU for each conversation of both, 1
    write for each that knew an id of the other side."""
    listed = zip(items.listed_identities(living), living["identities"], strict=True)
    by_side: dict[bool, set[str]] = {True: set(), False: set()}
    for identity, held in listed:
        by_side[origin_of(held, living["id"]) in share].add(items.identity_name(identity))
    _forget(context, living["conversations"], lambda customer: by_side[customer in share])


def forget_parted(context: Context, record: Item) -> None:
    """Once they parted, for whoever wrote meanwhile as if they were one. Cost as above, and 1 RCU for each customer of
    both sides. Harmless to repeat. Raises `Transient` when others keep changing a conversation."""

    @cache
    def profile(customer: str) -> Item:
        return living_profile(context.table, customer)

    def theirs(customer: str) -> set[str]:
        return {items.identity_name(one) for one in items.live_identities(profile(customer))}

    sides = [profile(record[name][0]) for name in ("share", "stayed")]
    _forget(context, dict.fromkeys(home for one in sides for home in one["conversations"]), theirs)


def _forget(context: Context, homes: Iterable[str], theirs: Callable[[str], Collection[str]]) -> None:
    for home in homes:
        for _ in range(TRIES):
            found = context.table.get((home, "CNV")).item
            if found is None or "customer" not in found:
                break
            left = [name for name in found["known"] if name in theirs(found["customer"])]
            if left == found["known"]:
                break
            unchanged = (Equals("customer", found["customer"]), Equals("known", found["known"]))
            if took_effect(context.table, [Update((home, "CNV"), set={"known": left}, when=unchanged)]):
                break
        else:
            raise Transient("a conversation that others keep changing")
