"""An entry of a case that is not its sender's conversation: of an external participant, or of what no person said.

Neither leads the sender's conversation to the case: what they write later without naming it is not for it.
"""

from __future__ import annotations

from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.evidence import Evidence
from shared.application.record.person import find_or_make
from shared.application.record.standing import change_of, standing_of
from shared.application.record.threads import thread_writes
from shared.domain.attachment import Decision
from shared.domain.case_states import Settled
from shared.domain.event import Identity, utc_text
from shared.ports.table import MAX_OPERATIONS, Absent, Item, Operation, Put
from shared.store import items

MAX_PARTICIPANTS = 20
"""Of one case, beside its customer. Of more, the newest are remembered."""

AUTOMATIC = frozenset({"auto_reply", "bounce", "survey"})
"""Kinds of what no person wrote to be answered."""


def join_as_external(
    context: Context,
    incoming: Incoming,
    original: dict[str, Any],
    people: tuple[Identity, ...],
    case: Item,
    decision: Decision,
    *,
    was_waiting: bool,
) -> Outcome:
    """A message of somebody who is not the case's customer. 1 to 5 writes more than an entry: the person."""
    person = find_or_make(context, incoming, people)
    joined = [one for one in case.get("participants", ()) if one != person.customer]
    participants = [*joined, person.customer][-MAX_PARTICIPANTS:]
    more = {"participants": participants} if participants != case.get("participants") else {}
    outcome = _write(context, incoming, original, case, decision, person.operations, more, was_waiting=was_waiting)
    context.metrics.count("external_participant", channel=incoming.event.channel)
    return outcome


def note_automatic(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """What no person said, in the case that it names, which it leaves as it is. Ignored where it names none."""
    event = incoming.event
    brand, _ = context.config.brand_of(event.channel, event.account)
    evidence = Evidence(context, None, brand.name)
    decision = evidence.decide_automatic(event)
    if decision is None or decision.case is None:
        return Outcome("ignored", detail=f"{event.kind} that names no case of ours")
    case = evidence.read[decision.case]
    return _write(context, incoming, original, case, decision, [], {}, was_waiting=was_waiting)


def _write(
    context: Context,
    incoming: Incoming,
    original: dict[str, Any],
    case: Item,
    decision: Decision,
    beside: list[Operation],
    changes: dict[str, Any],
    *,
    was_waiting: bool,
) -> Outcome:
    event, at, received_at = incoming.event, incoming.at, incoming.received_at
    sequence = int(case["sequence"])
    entries: list[Operation] = []
    changes = {**changes, "updated_at": received_at}
    if decision.turn:
        changes["last_customer_at"] = items.latest(case.get("last_customer_at"), utc_text(at))
    remove: tuple[str, ...] = ()
    if decision.state != case["state"]:
        sequence += 1
        was, becomes = case["state"], decision.state
        entries.append(
            Put(items.state_change(case["id"], sequence, event, was, becomes, at, received_at), when=(Absent(),))
        )
        settled = Settled(becomes, max(at, standing_of(case).since), "moved")
        change = change_of(context, case, settled, at, **changes)
        changes, remove = change.set, change.remove
    sequence += 1
    said = event.model_copy(update={"flags": [*event.flags, *decision.flags]})
    entries.append(Put(items.entry_item(case["id"], sequence, said, received_at, original), when=(Absent(),)))
    writes = [
        items.index_put(event, case["id"], sequence, was_waiting=was_waiting),
        *entries,
        items.case_step(case, sequence, changes, remove=remove),
        *beside,
    ]
    room = MAX_OPERATIONS - len(writes)
    context.table.transact([*writes, *thread_writes(context, event, case["id"])[:room]])
    return Outcome("recorded", case["id"], sequence, had_waiting=was_waiting)
