"""Somebody writes in the ticket of a case that is over: that begins a case of its own, which continues it."""

from __future__ import annotations

from typing import Any

from shared.application.record.answering import addressed, undelivered
from shared.application.record.case_item import free_reference, new_case, reference_put
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.standing import look_by
from shared.application.record.tool_case import place_of
from shared.application.record.who import living_profile
from shared.domain.case import ACTIVE
from shared.domain.event import utc_text
from shared.domain.tool_events import is_turn, owner_after
from shared.ports.table import Absent, Equals, Item, Operation, Put, Update
from shared.store import items, keys


def going_on(context: Context, over: Item) -> Item | None:
    """The active case that the conversation of one that is over has come to. 2 RCU.

    Of e-mail, whose conversations are its threads, only one that continues it.
    """
    conversation = _conversation(context, over)
    found = context.table.get(keys.case(conversation["case"])).item if conversation else None
    if found is None or found["state"] not in ACTIVE:
        return None
    return found if over["channels"][0] != "email" or found.get("follow_up_of") == over["id"] else None


def follow_up(
    context: Context, incoming: Incoming, original: dict[str, Any], over: Item, *, was_waiting: bool
) -> Outcome:
    """Begin it with the agent's answer, or with what the customer wrote to the tool. 6 reads, 6 writes. Raises
    `Conflict` when somebody else was quicker."""
    event, at = incoming.event, utc_text(incoming.at)
    by_customer = is_turn(event)
    case_id = context.new_id()
    profile = living_profile(context.table, over["customer"])
    reference = free_reference(context, case_id)
    case = new_case(
        case_id, over["customer"], over["brand"], reference, "new" if by_customer else "open", over["channels"]
    )
    written_at = at if by_customer else over["last_customer_at"]
    case |= {"opened_at": at, "state_at": at, "last_customer_at": written_at, "follow_up_of": over["id"]}
    case |= {"conversations": over["conversations"][:1], "updated_at": incoming.received_at}
    owner = owner_after(None, event, incoming.at)
    if owner:
        case |= {"owner": owner.value, "owner_at": at, "owner_by": owner.by}
    case |= look_by(context, case)
    cases = {name: known for name, known in profile["cases"].items() if name != over["id"]}
    cases[case_id] = place_of(case, profile)
    way = addressed(context, event, over)
    entry = items.entry_item(case_id, 1, event, incoming.received_at, original, **way)
    writes: list[Operation] = [
        items.index_put(event, case_id, 1, was_waiting=was_waiting),
        Put(entry, when=(Absent(),)),
        Put(case, when=(Absent(),)),
        reference_put(reference, case_id),
        items.profile_step(profile, {"cases": cases}, tells=False),
    ]
    if "nowhere" in way:
        case["sequence"] = 2
        told = undelivered(context, case, 2, event, way["nowhere"], incoming.received_at)
        writes.append(Put(told, when=(Absent(),)))
    conversation = _conversation(context, over)
    if conversation:
        still = Equals("case", conversation["case"])
        writes.append(Update((conversation["pk"], "CNV"), set={"case": case_id}, when=(still,)))
    context.table.transact(writes)
    return Outcome("recorded", case_id, 1, had_waiting=was_waiting)


def _conversation(context: Context, case: Item) -> Item | None:
    """The case's first conversation, while it still leads to the case or to what came after it."""
    key = next(iter(case["conversations"]), None)
    found = context.table.get((key, "CNV")).item if key else None
    return found if found and "customer" in found else None
