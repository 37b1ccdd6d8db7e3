"""What speaks of an entry that is already there: edits, deletions, reactions and receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.application.record.complaint import withdraw_for_complaint
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.dead_address import note_dead_address
from shared.application.record.sent import OURS
from shared.application.record.standing import change_of, standing_of
from shared.domain.case_states import Settled
from shared.domain.delivery import RANK, is_progress, leaves_unanswered
from shared.domain.edits import as_counted, number_of
from shared.domain.errors import Malformed, Permanent
from shared.domain.event import Event, utc_text
from shared.domain.surveys.rules import SURVEY
from shared.domain.undelivered import PASSING
from shared.ports.table import Absent, Check, Condition, Equals, Item, Operation, Put, Update
from shared.store import items, keys
from shared.store.paging import every_item
from shared.store.views import entry_view


def is_told(event: Event) -> bool:
    """Whether agents must hear of a receipt, as an entry of its own: of a failure, and where the hub itself does not
    know what became of an answer."""
    state = event.receipt.state if event.receipt else None
    return state == "failed" or (state == "unknown" and event.provider_type == OURS)


def target_of(event: Event) -> str:
    """The provider's id of the message it speaks of. Raises `Malformed` when it names none."""
    target = event.in_reply_to
    if event.reaction:
        target = event.reaction.target
    elif event.receipt:
        target = event.receipt.target
    if not target:
        raise Malformed(f"a {event.kind} that names no message")
    return target


def revise(
    context: Context, incoming: Incoming, original: dict[str, Any], target: Item, *, was_waiting: bool
) -> Outcome:
    """One more entry that revises the target's, whatever the state of its case. 1 read, 3 writes; where the target is
    of one who was merged, 4, and one more for an edit that its channel counts."""
    highest = int(target.get("edits", 0))
    event = as_counted(incoming.event, highest)
    case = _case(context, target["case"])
    sequence = case["sequence"] + 1
    holder = target.get("holder")
    more = {"target": target["sequence"]} | ({"holder": holder} if holder else {})
    entry = items.entry_item(case["id"], sequence, event, incoming.received_at, original, **more)
    context.table.transact(
        [
            items.index_put(event, case["id"], sequence, was_waiting=was_waiting, holder=holder),
            Put(entry, when=(Absent(),)),
            items.case_step(case, sequence, {"updated_at": incoming.received_at}),
            *_still_there(target),
            *_counted(event, target, highest),
        ]
    )
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)


def _counted(event: Event, target: Item, highest: int) -> list[Operation]:
    """The number of the latest edit is kept with the message's place, if none has come in between."""
    number = number_of(event)
    if number is None or number <= highest:
        return []
    unchanged: Condition = Equals("edits", target["edits"]) if "edits" in target else Absent("edits")
    return [Update((target["pk"], target["sk"]), set={"edits": number}, when=(unchanged,))]


def _still_there(target: Item) -> list[Operation]:
    """What came in on the identity of one who was merged has not gone to a case of theirs since it was looked up."""
    place = keys.entry(target["case"], target["sequence"])
    return [Check(place, (Absent("moved_to"),))] if "holder" in target else []


def receive_receipt(
    context: Context, incoming: Incoming, original: dict[str, Any], target: Item, *, was_waiting: bool
) -> Outcome:
    """Keep a receipt on the entry it speaks of. 1 read and 1 write; a failure is an entry too: 2 reads, 4 writes.
    One that opens a resolved case again writes 5, and reads its log: 1 RCU per 4 KB."""
    receipt = incoming.event.receipt
    told = is_told(incoming.event)
    if receipt is None or receipt.state not in RANK or (receipt.state == "unknown" and not told):
        return Outcome("ignored", detail="a receipt of a state without rank")
    entry = context.table.get(keys.entry(target["case"], target["sequence"])).item
    if entry is None:
        raise Permanent(f"entry {target['sequence']} of case {target['case']} is in the index but does not exist")
    if entry["direction"] == "inbound":
        return Outcome("ignored", detail="a receipt for what the customer wrote")
    withdraw_for_complaint(context, incoming, entry, original)
    if PASSING in incoming.event.flags and "delivered_at" in entry:
        return Outcome("ignored", detail="a passing failure of what was delivered, as a note of absence makes")
    mark = progress(entry, receipt.state, utc_text(incoming.at))
    if told:
        incoming = replace(incoming, event=note_dead_address(context, incoming, entry))
        place = {**target, "is_answer": entry["kind"] != SURVEY}
        return _record_failure(context, incoming, original, place, mark, was_waiting=was_waiting)
    if mark:
        context.table.transact([mark])
    return Outcome("receipt", target["case"], target["sequence"])


def progress(entry: Item, state: str, at: str) -> Update | None:
    """Each state's moment is kept once; the delivery moves upwards only. None when there is nothing new."""
    changes: dict[str, Any] = {}
    if f"{state}_at" not in entry:
        changes[f"{state}_at"] = at
    if is_progress(entry.get("delivery"), state):
        changes |= {"delivery": state, "delivery_rank": RANK[state]}
    if not changes:
        return None
    unchanged: Condition = (
        Equals("delivery_rank", entry["delivery_rank"]) if "delivery_rank" in entry else Absent("delivery_rank")
    )
    return Update((entry["pk"], entry["sk"]), set=changes, when=(unchanged, Absent("moved_to")))


def _record_failure(
    context: Context,
    incoming: Incoming,
    original: dict[str, Any],
    target: Item,
    mark: Update | None,
    *,
    was_waiting: bool,
) -> Outcome:
    """A failure is told to the tools. On a resolved case that has no other answer, it opens the case again. It is of
    whoever the answer was for: when a merge is undone, both go together. A survey is no answer: it opens nothing."""
    case = _case(context, target["case"])
    holder = target.get("holder")
    sequence, received_at = case["sequence"], incoming.received_at
    changes: dict[str, Any] = {"updated_at": received_at}
    writes: list[Operation] = []
    ended: tuple[str, ...] = ()
    is_unanswered = case["state"] == "resolved" and target["is_answer"]
    if is_unanswered and leaves_unanswered(_log(context, case), target["sequence"]):
        sequence += 1
        change = items.state_change(case["id"], sequence, incoming.event, "resolved", "open", incoming.at, received_at)
        writes.append(Put(change, when=(Absent(),)))
        settled = Settled("open", max(incoming.at, standing_of(case).since), "moved")
        reopened = change_of(context, case, settled, incoming.at, **changes)
        changes, ended = reopened.set, reopened.remove
    sequence += 1
    more = {"target": target["sequence"]} | ({"holder": holder} if holder else {})
    failure = items.entry_item(case["id"], sequence, incoming.event, received_at, original, **more)
    writes.insert(0, items.index_put(incoming.event, case["id"], sequence, was_waiting=was_waiting, holder=holder))
    writes += [Put(failure, when=(Absent(),)), items.case_step(case, sequence, changes, remove=ended)]
    context.table.transact([*writes, *([mark] if mark else _still_there(target))])
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)


def _log(context: Context, case: Item) -> list[Any]:
    """Every entry of a case. 1 RCU per 4 KB."""
    return [entry_view(item) for item in every_item(context.table, case["pk"], "ENT#")]


def _case(context: Context, case_id: str) -> Item:
    case = context.table.get(keys.case(case_id)).item
    if case is None:
        raise Permanent(f"case {case_id} is in the index but does not exist")
    return case
