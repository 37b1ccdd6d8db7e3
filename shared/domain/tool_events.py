"""What an event of a tool, or of the hub's staff, does to its case. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from shared.domain.case import State
from shared.domain.case_states import Deed
from shared.domain.event import HUB, Event

STATES: Final[Mapping[str, tuple[Deed, State]]] = {
    "new": ("reopen", "open"),
    "open": ("reopen", "open"),
    "pending_customer": ("pend", "pending_customer"),
    "on_hold": ("hold", "on_hold"),
    "resolved": ("resolve", "resolved"),
    "closed": ("close", "closed"),
    "spam": ("spam", "spam"),
}
"""By the hub's state that a tool's reader found: what was done, and the state it asks for."""

UNMAPPED: Final[tuple[Deed, State]] = ("reopen", "open")
"""Of a state that no table of ours knows: the case stays to be seen."""

REPLY_AND_WAIT: Final = "reply_and_wait"
"""Flag of an agent's answer after which the case waits for the customer."""

TICKET_LOST: Final = "ticket_lost"
"""Flag of a merge that the hub refused: that tool's ticket is another case's now, this one needs a new one there."""

APART: Final = "kept_apart"
"""`provider_type` of the hub's word that a case and the one in `reason` stay two, though a tool made their tickets
one."""

PRIORITIES: Final = ("low", "normal", "high", "urgent")

SAID: Final = frozenset({"message", "comment"})


def is_state(event: Event) -> bool:
    """Whether it sets the state of its case."""
    return event.kind == "state_change" and event.provider_type == "state"


def is_reply(event: Event) -> bool:
    """Whether an agent answered the customer in it."""
    public = event.direction == "outbound" and event.visibility == "public"
    return event.kind in SAID and public and event.author.type == "agent"


def is_turn(event: Event) -> bool:
    """Whether the customer wrote it to the tool itself, as by its mail gateway."""
    is_theirs = event.direction == "inbound" and event.author.type == "customer"
    return event.kind in SAID and event.visibility == "public" and is_theirs


def ticket_name(event: Event) -> str | None:
    """By which two things of one ticket are known; None for what happened in the hub itself, in no order of its own."""
    return f"{event.channel}#{event.thread}" if event.channel != HUB else None


def deed_of(event: Event) -> Deed | None:
    """What it does to the state of its case, None for nothing."""
    if is_state(event):
        return STATES.get(event.text or "", UNMAPPED)[0]
    if is_turn(event):
        return "message"
    if not is_reply(event):
        return None
    return "reply_and_wait" if REPLY_AND_WAIT in event.flags else "reply"


def asked_state(event: Event) -> State | None:
    """The state that it sets, None for what sets none."""
    return STATES.get(event.text or "", UNMAPPED)[1] if is_state(event) else None


@dataclass(frozen=True, slots=True)
class Held:
    """Who has something (nobody: an empty text), since when (provider's clock), and by what."""

    value: str
    at: datetime
    by: Literal["person", "reply", "rule"]


def owner_after(held: Held | None, event: Event, at: datetime) -> Held | None:
    """Whose case it is after an event; as it was, where the event says nothing of it.

    The first to answer has it, unless a person gave it to somebody. Taken from everybody, it is the next one's.
    """
    if event.kind == "state_change" and event.provider_type == "owner":
        if held is None or held.by == "reply" or at >= held.at:
            return Held(event.text or "", at, "person")
        return held
    if not is_reply(event) or not event.author.id:
        return held
    if held is None or (held.by == "reply" and at < held.at) or (not held.value and at >= held.at):
        return Held(event.author.id, at, "reply")
    return held


def priority_after(held: Held | None, event: Event, at: datetime) -> Held | None:
    """The priority after an event; a rule never lowers what a person set."""
    if event.kind != "state_change" or event.provider_type != "priority" or event.text not in PRIORITIES:
        return held
    by: Literal["person", "rule"] = "person" if event.author.type == "agent" else "rule"
    said = Held(event.text, at, by)
    if held is None:
        return said
    if by == "rule" and held.by == "person":
        return said if PRIORITIES.index(said.value) > PRIORITIES.index(held.value) else held
    if by == "person" and held.by == "rule":
        return said
    return said if at >= held.at else held


def held_in(case: Mapping[str, Any], name: str) -> Held | None:
    """`owner` or `priority` as a case's item has it."""
    if name not in case:
        return None
    return Held(case[name] or "", datetime.fromisoformat(case[f"{name}_at"]), case[f"{name}_by"])
