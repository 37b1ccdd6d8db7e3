"""An entry read again by a parser that has changed: one more entry, which revises it. The entry itself stays."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from shared.domain.element import digest
from shared.domain.errors import Permanent
from shared.domain.event import Author, Event
from shared.domain.rereading import REPARSED
from shared.ports.table import Absent, Condition, Equals, Item, Present, Put, Table, Update
from shared.store import items, keys
from shared.store.views import event_of, event_text, reading_in

READING: Final = "reading"
"""Attribute of the revision: the whole event as it is read now. `previous`: as it was read before."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an entry is read as so far. `name`: the message id of the entry or of the revision that says so."""

    event: Event
    name: str


def latest_reading(table: Table, item: Item) -> Reading:
    """The entry's own event, or that of its latest new reading: 1 RCU, or more where the log was moved."""
    own = event_of(item)
    if REPARSED not in item:
        return Reading(own, own.message_id)
    revision = _revision(table, item, own)
    if revision is None:
        raise Permanent("its latest reading is not in its case")
    return Reading(reading_in(revision), event_of(revision).message_id)


def _revision(table: Table, item: Item, own: Event) -> Item | None:
    """Where the entry says; in a case that entries were moved to, the last one that revises this message."""
    found = table.get((item["pk"], keys.entry("", int(item[REPARSED]))[1])).item
    if _revises(found, own):
        return found
    latest, after = None, None
    while True:
        page = table.query(item["pk"], "ENT#", after=after)
        latest = next((one for one in reversed(page.items) if _revises(one, own)), latest)
        after = page.next
        if after is None:
            return latest


def _revises(item: Item | None, own: Event) -> bool:
    return item is not None and READING in item and event_of(item).in_reply_to == own.message_id


def revise_reading(table: Table, item: Item, earlier: Reading, now: Event, at: str) -> int:
    """Record a new reading of an entry; the revision's sequence. 1 read and 1 transaction of 4 writes.

    `item`: the entry as read just now, `earlier`: its latest reading, `now`: the new one with what recording adds,
    `at`: our clock. It is named by what it says and what it follows: the same reading of the same entry is recorded
    once, a reading that returns after another one is recorded again. Raises `Conflict` when somebody was quicker.
    """
    case_id = item["pk"].partition("#")[2]
    case = table.get(keys.case(case_id)).item
    if case is None:
        raise Permanent(f"case {case_id} has entries but does not exist")
    sequence = int(case["sequence"]) + 1
    event = _revision_of(event_of(item), earlier, now)
    both = {READING: _packed(now), "previous": _packed(earlier.event)}
    moved = {"holder": item["holder"]} if "holder" in item else {}
    entry = items.entry_item(case_id, sequence, event, at, {}, target=int(item["sequence"]), **both, **moved)
    unchanged: Condition = Equals(REPARSED, item[REPARSED]) if REPARSED in item else Absent(REPARSED)
    table.transact(
        [
            items.index_put(event, case_id, sequence, was_waiting=False),
            Put(entry, when=(Absent(),)),
            items.case_step(case, sequence, {"updated_at": at}),
            Update((item["pk"], item["sk"]), set={REPARSED: sequence}, when=(Present(), unchanged)),
        ]
    )
    return sequence


def _revision_of(own: Event, earlier: Reading, now: Event) -> Event:
    """The new reading as something that the hub itself says of the entry."""
    mark = digest("reading", earlier.name, event_text(now))[:32]
    return now.model_copy(
        update={
            "kind": "edit",
            "message_id": f"{own.message_id}:{REPARSED}:{mark}",
            "author": Author(type="system"),
            "in_reply_to": own.message_id,
            "occurred_at": None,
            "flags": [*(flag for flag in now.flags if flag != REPARSED), REPARSED],
        }
    )


def _packed(event: Event) -> bytes:
    return zlib.compress(event_text(event).encode(), 6)
