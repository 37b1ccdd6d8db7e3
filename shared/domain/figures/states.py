"""In which state a case was, and from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.rules import Limits
from shared.domain.figures.vocabulary import (
    CALL_QUEUED,
    CHECKED_IN,
    COURTESY,
    MERGED,
    SETTLED,
    STATE_CHANGED,
    is_human_reply,
    is_written_contact,
)

_FIRST: Final = "new"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one state. `until`: None while it lasts. `began`: the event that brought it."""

    state: str
    since: datetime
    until: datetime | None
    began: KpiEvent

    @property
    def is_settled(self) -> bool:
        """Resolved or closed."""
        return self.state in SETTLED


def stretches_of(events: Iterable[KpiEvent], limits: Limits, ignored: frozenset[str]) -> list[Stretch]:
    """The states of a case, in order, from its first event on. A customer's message on a settled case reopens it, also
    where no event says so. `ignored`: ids of events that change nothing (calls given up at once)."""
    found: list[Stretch] = []
    for event in events:
        before = found[-1].state if found else None
        after = _after(before or _FIRST, event, limits) if event.id not in ignored else before
        if after is None or after == before:
            continue
        if found:
            found[-1] = replace(found[-1], until=event.occurred_at)
        found.append(Stretch(after, event.occurred_at, None, event))
    return found


def state_before(stretches: Iterable[Stretch], at: datetime) -> str | None:
    """The state just before an instant: what happens at that very instant has not happened yet."""
    held = (stretch.state for stretch in stretches if stretch.since < at and (not stretch.until or at <= stretch.until))
    return next(held, None)


def resolutions(stretches: list[Stretch]) -> list[Stretch]:
    """Where each resolution began: resolved and closed in a row are one."""
    return [
        stretch
        for index, stretch in enumerate(stretches)
        if stretch.is_settled and not (index and stretches[index - 1].is_settled)
    ]


def reopenings(stretches: list[Stretch]) -> list[Stretch]:
    """Where each reopening began."""
    return [
        stretch
        for index, stretch in enumerate(stretches)
        if index and stretches[index - 1].is_settled and not stretch.is_settled
    ]


def _after(state: str, event: KpiEvent, limits: Limits) -> str | None:
    if event.type == STATE_CHANGED:
        return event.state or state
    if event.type == MERGED:
        return "merged" if event.state == "merged" or event.details.get("into") else state
    if is_human_reply(event):
        return "open" if state == _FIRST else state
    if is_written_contact(event) or event.type in (CALL_QUEUED, CHECKED_IN):
        return _after_contact(state, event, limits)
    return state


def _after_contact(state: str, event: KpiEvent, limits: Limits) -> str:
    if state in SETTLED and limits.courtesy and COURTESY in event.flags:
        return state
    if state == "on_hold" and limits.stay_on_hold:
        return state
    return "open" if state in (*SETTLED, "pending_customer", "on_hold") else state
