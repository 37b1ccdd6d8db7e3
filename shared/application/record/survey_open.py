"""What conversations and cases remember of surveys.

A conversation knows those that are open, so that what is typed there can be an answer: every message reads it anyway,
and one where none is open costs nothing more. A case knows what came of those that it asked, or goes on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from shared.domain.event import utc_text
from shared.ports.table import Item

OPEN: Final = "surveys"
"""Of a conversation: `{case, sequence, scale, customer, until, first_at?, answered_at?}` each, the newest last."""

SAID_AT: Final = "said_at"
"""Of a conversation: when the customer last answered a survey by tapping there, by the provider's clock. It opens the
channel's window, whichever case it was about."""

ASKED_AT: Final = "surveyed_at"
"""Of a profile: when this customer was last asked."""

ASKED_ABOUT: Final = "surveyed_journeys"
"""Of a profile: about which journeys this customer was asked, the newest last."""
MOST_JOURNEYS: Final = 20

ASKED_OF: Final = "asked_of"
"""Of the entry that asked: the customer, where that is not the case's but one merged with them."""

MOST: Final = 3

STATES: Final = "surveys"
"""Of a case: by `<case>:<sequence>` of what asked, `{until, answers, first_at?, answered_at?}`."""

MOST_STATES: Final = 5


def pointer(case: Item, sequence: int, scale: str, customer: str, until: datetime) -> dict[str, Any]:
    """A survey that has just been asked. `customer`: of whom, under the id that their words are kept by."""
    asked = {"case": case["id"], "sequence": sequence, "scale": scale}
    return {**asked, "customer": customer, "until": utc_text(until)}


def open_in(conversation: Item, at: datetime) -> list[dict[str, Any]]:
    """Those that have not ended at this moment."""
    listed = conversation.get(OPEN, ())
    return [dict(one) for one in listed if at < datetime.fromisoformat(one["until"])]


def with_pointer(listed: Sequence[dict[str, Any]], one: dict[str, Any]) -> list[dict[str, Any]]:
    """The list with this one, in place of what it said of the same survey before."""
    others = [other for other in listed if _name(other) != _name(one)]
    return [*others, one][-MOST:]


def find(listed: Sequence[dict[str, Any]], case: str, sequence: int) -> dict[str, Any] | None:
    """What a conversation says of one survey."""
    return next((one for one in listed if _name(one) == (case, sequence)), None)


def _name(one: dict[str, Any]) -> tuple[str, int]:
    return one["case"], int(one["sequence"])


def name_of(case: str, sequence: int) -> str:
    """By which a survey is known."""
    return f"{case}:{sequence}"


def state_of(case: Item, name: str) -> dict[str, Any]:
    """What came of a survey so far, as the case that takes its answers knows it; nothing where there was none."""
    return dict(case.get(STATES, {}).get(name, {}))


def with_state(case: Item, name: str, state: dict[str, Any]) -> dict[str, Any]:
    """What the case remembers with this: the newest stay, by when they end."""
    states = {**case.get(STATES, {}), name: state}
    newest = sorted(states, key=lambda one: (one == name, states[one]["until"]))[-MOST_STATES:]
    return {one: states[one] for one in newest}
