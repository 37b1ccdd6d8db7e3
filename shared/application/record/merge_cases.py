"""Two cases of one customer turn out to be one matter: the one goes on in the other.

Nothing is moved. The one that ends keeps its log and says where it goes on; whatever comes to it is followed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.evidence import MAX_ORDERS
from shared.application.record.joined import MAX_PARTICIPANTS
from shared.application.record.standing import change_of, standing_of
from shared.application.record.tool_case import case_behind, of_profile, surviving
from shared.application.record.who import living_profile
from shared.domain.case_states import settle
from shared.domain.errors import Conflict, Malformed
from shared.domain.event import HUB, Author, Event
from shared.domain.merging import family_of
from shared.domain.tool_events import APART, TICKET_LOST
from shared.ports import Absent, Check, Equals, Item, Operation, Put
from shared.store import items


def merge_cases(
    context: Context, incoming: Incoming, original: dict[str, Any], case: Item, *, was_waiting: bool
) -> Outcome:
    """`case` goes on in the one behind the ticket that the event's `text` names. 4 reads or more, 6 writes.

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
    end, goes_on = int(case["sequence"]) + 1, int(into["sequence"]) + 1
    received_at = incoming.received_at
    said = event.model_copy(update={"text": "merged", "reason": case["state"]})
    heard = _as_heard(event, into, goes_on, case)
    change = change_of(context, case, settled, incoming.at, merged_into=into["id"], updated_at=received_at)
    joined = {**_joined(into, case), "updated_at": received_at}
    writes: list[Operation] = [
        items.index_put(event, case["id"], end, was_waiting=was_waiting),
        Put(items.entry_item(case["id"], end, said, received_at, original), when=(Absent(),)),
        items.case_step(case, end, change.set, remove=change.remove),
        Put(items.entry_item(into["id"], goes_on, heard, received_at, {}), when=(Absent(),)),
        items.case_step(into, goes_on, joined),
        *_of_customers(context, case, into),
    ]
    context.table.transact(writes)
    return Outcome("recorded", case["id"], end, had_waiting=was_waiting)


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


def _joined(into: Item, case: Item) -> dict[str, Any]:
    """What the case that goes on knows of the other: its channels, who takes part, which orders it is about, and when
    the customer wrote last."""
    joined: dict[str, Any] = {"channels": _union(into["channels"], case["channels"])}
    joined["conversations"] = items.with_conversations(into["conversations"], case["conversations"])
    for name, most in (("participants", MAX_PARTICIPANTS), ("orders", MAX_ORDERS)):
        if case.get(name):
            joined[name] = _union(case[name], into.get(name, ()))[-most:]
    if case.get("last_customer_at"):
        joined["last_customer_at"] = items.latest(into.get("last_customer_at"), case["last_customer_at"])
    return joined


def _union(first: Sequence[str], second: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
