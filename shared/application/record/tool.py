"""What people do to a case in a tool, or in the hub: one entry, with its effect on the case.

The event's channel is the connector's name and its thread the ticket; in the hub the channel is `hub` and the thread
the case. A tool is told of everything but what came from it: where it did something that does not hold, because
something later was decided elsewhere, one more entry of the hub's own says what holds.
"""

from __future__ import annotations

from typing import Any, Final

from shared.application.record.answering import addressed, nowhere, undelivered
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.follow_up import follow_up, going_on
from shared.application.record.merge_cases import merge_cases
from shared.application.record.standing import change_of, standing_of
from shared.application.record.tool_case import of_profile, surviving, ticket_case
from shared.domain.case_states import Settled, settle
from shared.domain.event import HUB, Event, utc_text
from shared.domain.tool_events import (
    PRIORITIES,
    STATES,
    Held,
    asked_state,
    deed_of,
    held_in,
    is_state,
    is_turn,
    owner_after,
    priority_after,
    ticket_name,
)
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import items

GOES_ON: Final = frozenset({"follow_up", "new_case"})
"""Effects of what begins another case, or joins the one that the conversation has come to."""


def is_of_tool(context: Context, event: Event) -> bool:
    """Whether it happened in a tool or in the hub itself."""
    return event.channel == HUB or context.config.connector(event.channel) is not None


def act(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Try once. 2 reads (ticket, case) and 3 to 6 writes; 2 more reads where the case ended.

    Raises `Conflict` when somebody else was quicker, `Malformed` for a ticket that no case of ours is behind.
    """
    event = incoming.event
    case = ticket_case(context, event)
    if event.kind == "state_change" and event.provider_type == "merge":
        return merge_cases(context, incoming, original, case, was_waiting=was_waiting)
    case = surviving(context, case)
    settled = _settled(case, incoming)
    if settled and settled.effect in GOES_ON:
        next_case = going_on(context, case)
        if next_case is None:
            return follow_up(context, incoming, original, case, was_waiting=was_waiting)
        case, settled = next_case, _settled(next_case, incoming)
    return _Act(context, incoming, original, case, settled).carry_out(was_waiting=was_waiting)


def _settled(case: Item, incoming: Incoming) -> Settled | None:
    deed = deed_of(incoming.event)
    if deed is None:
        return None
    settled = settle(standing_of(case), deed, incoming.at, ticket_name(incoming.event))
    if settled.effect in GOES_ON and utc_text(incoming.at) < case.get("closed_at", ""):
        return Settled(settled.state, settled.since, "late")  # written before it was closed, and part of it
    return settled


class _Act:
    """One event of a tool on the case that takes it. `settled`: what it does to the state, None for nothing."""

    def __init__(
        self, context: Context, incoming: Incoming, original: dict[str, Any], case: Item, settled: Settled | None
    ) -> None:
        self._context = context
        self._incoming = incoming
        self._original = original
        self._case = case
        self._settled = settled
        self._last = int(case["sequence"])
        self._place = 0
        self._way = addressed(context, incoming.event, case)
        if self._way and settled and settled.effect == "refused":
            self._way = nowhere("not_open")

    def carry_out(self, *, was_waiting: bool) -> Outcome:
        entries = self._entries()
        case_id, place = self._case["id"], self._place
        step, changes = self._step()
        writes: list[Operation] = [
            items.index_put(self._incoming.event, case_id, place, was_waiting=was_waiting),
            *entries,
            step,
            *of_profile(self._context, self._case, changes.get("state")),
        ]
        self._context.table.transact(writes)
        self._count()
        return Outcome("recorded", case_id, place, had_waiting=was_waiting)

    def _entries(self) -> list[Put]:
        """Its own; before it the state that an answer brought about; after it what holds against what it asked."""
        event, settled = self._incoming.event, self._settled
        if settled is None:
            return [self._own(event)]
        flags: list[str] = [settled.effect] if settled.effect in ("late", "refused") else []
        if is_state(event):
            return self._of_state(event, settled, flags)
        # A tool need not open its ticket for what its customer writes there: so it is told, too.
        cause = event.model_copy(update={"channel": HUB, "account": HUB}) if is_turn(event) else event
        before = [self._change(cause, settled)] if settled.effect == "moved" else []
        return [*before, self._own(event, flags if settled.effect == "refused" else []), *self._undelivered()]

    def _of_state(self, event: Event, settled: Settled, flags: list[str]) -> list[Put]:
        if event.text not in STATES:
            flags = [*flags, "unmapped"]
        said = event.model_copy(update={"text": settled.state, "reason": self._case["state"]})
        if asked_state(event) == settled.state or not {"late", "refused"}.intersection(flags):
            return [self._own(said, flags)]
        by_hub = event.model_copy(update={"channel": HUB, "account": HUB})
        return [self._own(said, flags), self._change(by_hub, settled)]

    def _own(self, event: Event, flags: list[str] | None = None) -> Put:
        if flags:
            event = event.model_copy(update={"flags": [*event.flags, *flags]})
        self._last += 1
        self._place = self._last
        received_at = self._incoming.received_at
        entry = items.entry_item(self._case["id"], self._last, event, received_at, self._original, **self._way)
        return Put(entry, when=(Absent(),))

    def _undelivered(self) -> list[Put]:
        """After an answer that goes nowhere, what its agent is told."""
        if "nowhere" not in self._way:
            return []
        self._last += 1
        why, received_at = self._way["nowhere"], self._incoming.received_at
        told = undelivered(self._context, self._case, self._last, self._incoming.event, why, received_at)
        return [Put(told, when=(Absent(),))]

    def _change(self, cause: Event, settled: Settled) -> Put:
        self._last += 1
        was = asked_state(cause) or self._case["state"]
        at, received_at = self._incoming.at, self._incoming.received_at
        entry = items.state_change(self._case["id"], self._last, cause, was, settled.state, at, received_at)
        return Put(entry, when=(Absent(),))

    def _step(self) -> tuple[Operation, dict[str, Any]]:
        case, event, at = self._case, self._incoming.event, self._incoming.at
        changes: dict[str, Any] = {"updated_at": self._incoming.received_at}
        if is_turn(event) and "external_participant" not in event.flags:
            changes["last_customer_at"] = items.latest(case["last_customer_at"], utc_text(at))
        changes |= _held(case, "owner", owner_after(held_in(case, "owner"), event, at))
        changes |= _held(case, "priority", priority_after(held_in(case, "priority"), event, at))
        remove: tuple[str, ...] = ()
        settled = self._settled
        if settled and settled.effect in ("moved", "stayed"):
            if settled.state == "on_hold" and deed_of(event) == "hold" and event.until:
                changes["hold_until"] = utc_text(event.until)
            change = change_of(self._context, case, settled, at, ticket_name(event), **changes)
            changes, remove = change.set, change.remove
        return items.case_step(case, self._last, changes, remove=remove), changes

    def _count(self) -> None:
        event = self._incoming.event
        if is_state(event) and event.text not in STATES:
            self._context.metrics.count("unmapped_state", connector=event.channel)
        if event.provider_type == "priority" and event.kind == "state_change" and event.text not in PRIORITIES:
            self._context.metrics.count("unmapped_priority", connector=event.channel)


def _held(case: Item, name: str, held: Held | None) -> dict[str, Any]:
    if held is None or held == held_in(case, name):
        return {}
    # Nobody is None: what an engine before ours takes for no text is no value either.
    return {name: held.value or None, f"{name}_at": utc_text(held.at), f"{name}_by": held.by}
