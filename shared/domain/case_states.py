"""What a case becomes by what is done to it: the state table, and the order of the providers' clocks.

Several tools and the customer act at once, each by a clock of its own. What happened last decides; of two things
at the same moment the one that leaves more work to be seen, unless one ticket of one tool says both: then the order in
which it tells them, since its clock may have whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from shared.domain.case import ACTIVE, State

Deed = Literal[
    "message",
    "reply",
    "reply_and_wait",
    "pend",
    "hold",
    "resolve",
    "reopen",
    "close",
    "spam",
    "merge",
    "resolved_by_time",
    "closed_by_time",
    "hold_over",
]
"""`message`: the customer's. `reply`: an agent's, public. The last three are the clock's."""

Effect = Literal["moved", "stayed", "late", "refused", "follow_up", "new_case", "followed"]
"""`stayed`: it was so already, or changes nothing. `late`: something later has been decided since. `refused`: the
state allows no such thing. `follow_up`, `new_case`: it belongs into a case of its own. `followed`: into the case
that this one was merged into."""

_WAKES: Final[dict[State, State]] = {
    "new": "new",
    "open": "open",
    "pending_customer": "open",
    "on_hold": "open",
    "resolved": "open",
    "spam": "spam",
}
_REPLY: Final[dict[State, State]] = {
    "new": "open",
    "open": "open",
    "pending_customer": "pending_customer",
    "on_hold": "on_hold",
    "resolved": "resolved",
}


def _all(states: frozenset[State], becomes: State) -> dict[State, State]:
    return dict.fromkeys(sorted(states), becomes)


TABLE: Final[Mapping[Deed, Mapping[State, State]]] = {
    "message": _WAKES,
    "reply": _REPLY,
    "reply_and_wait": {**_REPLY, "new": "pending_customer", "open": "pending_customer"},
    "pend": _all(ACTIVE, "pending_customer"),
    "hold": _all(ACTIVE, "on_hold"),
    "resolve": {**_all(ACTIVE, "resolved"), "resolved": "resolved", "closed": "closed"},
    "reopen": {**_all(ACTIVE, "open"), "new": "new", "resolved": "open", "spam": "open"},
    "close": {**_all(ACTIVE, "closed"), "resolved": "closed", "closed": "closed"},
    "spam": {**_all(ACTIVE, "spam"), "resolved": "spam", "spam": "spam"},
    "merge": {**_all(ACTIVE, "merged"), "resolved": "merged"},
    "resolved_by_time": {"pending_customer": "resolved"},
    "closed_by_time": {"resolved": "closed"},
    "hold_over": {"on_hold": "open"},
}
"""By deed and state: the state afterwards. What is not listed is refused."""

_ELSEWHERE: Final[Mapping[tuple[State, Deed], Effect]] = {
    ("closed", "message"): "new_case",
    ("closed", "reply"): "follow_up",
    ("closed", "reply_and_wait"): "follow_up",
    ("merged", "message"): "followed",
}

VISIBLE: Final[Mapping[State, int]] = {
    "open": 7,
    "new": 6,
    "on_hold": 5,
    "pending_customer": 4,
    "resolved": 3,
    "closed": 2,
    "spam": 1,
    "merged": 0,
}
"""How much work a state leaves to be seen."""

NEVER_LATE: Final = frozenset({"message", "reply", "merge", "resolved_by_time", "closed_by_time", "hold_over"})
"""What the customer said is work whenever it comes to light; a first answer opens a new case; a merge is no state
that something else could overtake. The clock ends what a case is in: whoever said it again after that moment, because
the clock had not looked yet, said nothing new."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. `since`: provider time of what decided its state; `customer_at`: of the customer's last
    turn. `by`: the ticket in which it was decided, None where it was elsewhere."""

    state: State
    since: datetime
    customer_at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Where it stands afterwards, and what the deed did."""

    state: State
    since: datetime
    effect: Effect


def settle(standing: Standing, deed: Deed, at: datetime, by: str | None = None) -> Settled:
    """What a deed of the moment `at` (its provider's clock) makes of a case. `by`: the ticket in which it was done."""
    becomes = TABLE[deed].get(standing.state)
    if becomes is None:
        refused: Effect = "late" if at < standing.since else "refused"
        return Settled(standing.state, standing.since, _ELSEWHERE.get((standing.state, deed), refused))
    if deed == "reply_and_wait" and _is_overtaken(standing, deed, becomes, at, by):
        return settle(standing, "reply", at, by)  # nobody waits any more, and it is an answer still
    if deed not in NEVER_LATE and _is_overtaken(standing, deed, becomes, at, by):
        return Settled(standing.state, standing.since, "late")
    if becomes == standing.state:
        # Said again is said later: what was done before it by another clock no longer counts.
        said = deed not in ("message", "reply")
        return Settled(becomes, max(standing.since, at) if said else standing.since, "stayed")
    return Settled(becomes, max(standing.since, at), "moved")


def _is_overtaken(standing: Standing, deed: Deed, becomes: State, at: datetime, by: str | None) -> bool:
    hides = VISIBLE[becomes] < VISIBLE[standing.state]
    if hides and deed != "spam" and standing.customer_at is not None and at <= standing.customer_at:
        return True  # the customer wrote again, which whoever did this had not seen
    is_told_after = by is not None and by == standing.by
    return at < standing.since or (at == standing.since and hides and not is_told_after)
