"""Two cases of one customer turn out to be one matter: the one goes on in the other.

Nothing is moved. The one that ends keeps its log and says where it goes on; whatever comes to it is followed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.lent import LENT, joined, lent
from shared.application.record.standing import CaseChange, change_of, standing_of, woken_by_turn
from shared.application.record.tool_case import case_behind, of_profile, surviving
from shared.application.record.who import living_profile
from shared.domain.case_states import Settled, settle
from shared.domain.errors import Conflict, Malformed
from shared.domain.event import HUB, Author, Event
from shared.domain.merging import family_of
from shared.domain.tool_events import APART, TICKET_LOST
from shared.domain.turns import awaits_answer
from shared.ports.table import Absent, Check, Equals, Item, Operation, Put
from shared.store import items
from shared.store.paging import every_item
from shared.store.views import event_of

IS_WORK = frozenset({"new", "open"})
"""States of a case that somebody is to look at."""

PAGE = 20
"""Entries read at a time: what decides is mostly among the newest."""


def merge_cases(
    context: Context, incoming: Incoming, original: dict[str, Any], case: Item, *, was_waiting: bool
) -> Outcome:
    """`case` goes on in the one behind the ticket that the event's `text` names. 4 reads or more, 6 writes; where it is
    work and the other is not, its newest entries too, and 1 write where it has a message that nobody answered: then
    the other is opened for it.

    Merged already, it is an entry where the two have come to; into a case that is over, it is refused: an entry alone.
    Cases of two customers, or of two brands, stay two, and agents are told so in both: tickets say nothing about who
    people are. Raises `Malformed` where it names no case of ours.
    """
    event = incoming.event
    if not event.text:
        raise Malformed("a merge that names no other ticket")
    into = surviving(context, case_behind(context, event, event.text))
    case = surviving(context, case)
    settled = settle(standing_of(case), "merge", incoming.at)
    if case["id"] == into["id"]:
        return _note(context, incoming, original, case, "stayed", was_waiting=was_waiting)
    if settled.effect == "moved" and not _is_of_one(context, case, into):
        return _kept_apart(context, incoming, original, case, into, was_waiting=was_waiting)
    if settled.effect != "moved" or into["state"] in ("closed", "spam"):
        return _note(context, incoming, original, case, "refused", was_waiting=was_waiting)
    end, received_at = int(case["sequence"]) + 1, incoming.received_at
    said = event.model_copy(update={"text": "merged", "reason": case["state"]})
    gave = {"merged_into": into["id"], LENT: lent(into, case), "updated_at": received_at}
    change = change_of(context, case, settled, incoming.at, **gave)
    writes: list[Operation] = [
        items.index_put(event, case["id"], end, was_waiting=was_waiting),
        Put(items.entry_item(case["id"], end, said, received_at, original), when=(Absent(),)),
        items.case_step(case, end, change.set, remove=change.remove),
        *_goes_on(context, incoming, case, into),
        *_of_customers(context, case, into),
    ]
    context.table.transact(writes)
    return Outcome("recorded", case["id"], end, had_waiting=was_waiting)


def _goes_on(context: Context, incoming: Incoming, case: Item, into: Item) -> list[Operation]:
    """In the case that goes on: that it was joined, and that it is open again, where there is something to answer."""
    sequence, at, received_at = int(into["sequence"]) + 1, incoming.at, incoming.received_at
    heard = _as_heard(incoming.event, into, sequence, case)
    entries = [items.entry_item(into["id"], sequence, heard, received_at, {})]
    change = CaseChange({**joined(into, case), "updated_at": received_at})
    woken = _woken(context, case, into, at)
    if woken:
        # The tool in which they were joined is told, too: the ticket that goes on is not open there.
        by_hub = incoming.event.model_copy(update={"channel": HUB, "account": HUB})
        sequence += 1
        entries.append(items.state_change(into["id"], sequence, by_hub, into["state"], woken.state, at, received_at))
        change = change_of(context, into, woken, at, **change.set)
    step = items.case_step(into, sequence, change.set, remove=change.remove)
    return [*(Put(one, when=(Absent(),)) for one in entries), step]


def _woken(context: Context, case: Item, into: Item, at: datetime) -> Settled | None:
    if case["state"] not in IS_WORK or into["state"] in IS_WORK:
        return None
    settled = woken_by_turn(context, into, at)
    return settled if settled and awaits_answer(_newest_first(context, case)) else None


def _newest_first(context: Context, case: Item) -> Iterator[Event]:
    """What stands in its log. 1 RCU per 4 KB, as far as it is read."""
    log = every_item(context.table, case["pk"], "ENT#", page_size=PAGE, descending=True)
    return (event_of(item) for item in log if "moved_to" not in item)


def _is_of_one(context: Context, case: Item, into: Item) -> bool:
    """Cases never join across brands or people."""
    if case["brand"] != into["brand"]:
        return False
    return bool(
        living_profile(context.table, case["customer"])["id"] == living_profile(context.table, into["customer"])["id"]
    )


def _of_customers(context: Context, case: Item, into: Item) -> list[Operation]:
    """The customer's list of cases; where these are of two who were merged, it holds only while nobody parts them. 1
    RCU more then. Raises `Conflict` when they were parted since they were read."""
    listed = of_profile(context, case, "merged")
    if case["customer"] == into["customer"]:
        return listed
    profile = living_profile(context.table, case["customer"])
    if not {case["customer"], into["customer"]}.issubset(family_of(profile)):
        raise Conflict("the two customers were parted meanwhile")
    return listed or [Check((profile["pk"], profile["sk"]), (Equals("version", profile["version"]),))]


def _as_heard(event: Event, into: Item, sequence: int, case: Item) -> Event:
    """How the case that goes on hears of it: an entry that names the other by its reference."""
    said = {"message_id": f"{into['id']}:{sequence}", "text": None, "reason": case["reference"]}
    return event.model_copy(update={**said, "visibility": "internal"})


def _kept_apart(
    context: Context, incoming: Incoming, original: dict[str, Any], case: Item, into: Item, *, was_waiting: bool
) -> Outcome:
    """The merge, refused, as an entry; and one of the hub's own in each case, which its tools are told."""
    event, received_at = incoming.event, incoming.received_at
    sequence, there = int(case["sequence"]) + 1, int(into["sequence"]) + 1
    said = event.model_copy(update={"text": None, "flags": [*event.flags, "refused", TICKET_LOST]})
    writes: list[Operation] = [
        items.index_put(event, case["id"], sequence, was_waiting=was_waiting),
        Put(items.entry_item(case["id"], sequence, said, received_at, original), when=(Absent(),)),
        _told_apart(event, case, sequence + 1, into, received_at),
        items.case_step(case, sequence + 1, {"updated_at": received_at}),
        _told_apart(event, into, there, case, received_at),
        items.case_step(into, there, {"updated_at": received_at}),
    ]
    context.table.transact(writes)
    context.metrics.count("merge_refused", connector=event.channel)
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)


def _told_apart(event: Event, case: Item, sequence: int, other: Item, received_at: str) -> Put:
    told = event.model_copy(
        update={
            "channel": HUB,
            "account": HUB,
            "message_id": f"{case['id']}:{sequence}",
            "author": Author(type="system"),
            "visibility": "internal",
            "provider_type": APART,
            "text": None,
            "reason": other["reference"],
        }
    )
    return Put(items.entry_item(case["id"], sequence, told, received_at, {}), when=(Absent(),))


def _note(
    context: Context, incoming: Incoming, original: dict[str, Any], case: Item, flag: str, *, was_waiting: bool
) -> Outcome:
    event, sequence = incoming.event, int(case["sequence"]) + 1
    said = event.model_copy(update={"text": None, "flags": [*event.flags, flag]})
    writes: list[Operation] = [
        items.index_put(event, case["id"], sequence, was_waiting=was_waiting),
        Put(items.entry_item(case["id"], sequence, said, incoming.received_at, original), when=(Absent(),)),
        items.case_step(case, sequence, {"updated_at": incoming.received_at}),
    ]
    context.table.transact(writes)
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)
