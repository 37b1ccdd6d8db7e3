"""Whose turn it is in a case: whether the customer's last words wait for somebody. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.domain.attachment import COURTESY
from shared.domain.event import Event
from shared.domain.tool_events import SAID

TURNS: Final = frozenset({"message", "postback", "comment", "call", "unsupported"})
"""Kinds by which a customer's turn comes."""

NO_TURN: Final = frozenset({COURTESY, "opt_out", "opt_in"})
"""Flags of messages that wait for no answer."""


def is_turn(event: Event) -> bool:
    """Whether it waits for an answer."""
    return event.direction == "inbound" and event.kind in TURNS and NO_TURN.isdisjoint(event.flags)


def awaits_answer(newest_first: Iterable[Event]) -> bool:
    """Whether the log of a case that is work has something that nobody has answered: what the customer said last, or
    a case that was joined to it or opened again since, of which the log alone does not say why. Nothing: False."""
    for event in newest_first:
        if is_turn(event):
            return True
        if event.direction == "outbound" and event.visibility == "public" and event.kind in SAID:
            return False
        if event.kind == "state_change" and _is_of_work(event):
            return True
    return False


def _is_of_work(event: Event) -> bool:
    if event.provider_type == "merge":
        return {"refused", "stayed"}.isdisjoint(event.flags)
    return event.provider_type in ("state", "hilo") and event.text == "open"
