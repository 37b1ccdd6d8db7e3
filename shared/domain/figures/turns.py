"""The customer's turns: from the oldest message that nobody answered to the next person's answer.

While a bot holds the conversation nobody waits for a person; a handoff opens the wait. A case's first turn is its first
response, whatever the channel; later turns are of messages alone, since the wait of a call is the queue's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.rules import CLAMP_S, Limits
from shared.domain.figures.vocabulary import (
    BOT_ENDED,
    BOT_STARTED,
    CALL_QUEUED,
    CHECKED_IN,
    COURTESY,
    HANDOFF,
    SETTLED,
    STATE_CHANGED,
    is_human_answer,
    is_written_contact,
)


@dataclass(slots=True)
class Turn:
    """`opened`: the oldest unanswered message. `waits_from`: since when a person is waited for; None while a bot holds
    the conversation. `answer`: what a person answered. `settled`: the resolution that came instead."""

    opened: KpiEvent
    waits_from: datetime | None
    is_first: bool
    handed_off: bool = False
    answer: KpiEvent | None = None
    settled: KpiEvent | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns that people had to answer, in order; messages that were thanks alone; whether we wrote first."""

    people: list[Turn]
    courtesies: list[KpiEvent]
    is_outbound: bool

    @property
    def first(self) -> Turn | None:
        """The turn whose answer is the first response. None where we wrote first, and where a bot did it all."""
        return next((turn for turn in self.people if turn.is_first), None)


def turns_of(events: Iterable[KpiEvent], limits: Limits, ignored: frozenset[str]) -> Turns:
    """The turns of a case. `ignored`: ids of calls that were given up at once."""
    course = _Course(limits)
    for event in events:
        if event.id not in ignored:
            course.take(event)
    return course.turns()


class _Course:
    """Goes through the events once."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.found: list[Turn] = []
        self.courtesies: list[KpiEvent] = []
        self.open: Turn | None = None
        self.bot_began: KpiEvent | None = None
        """Since when a bot holds the conversation."""
        self.asked = False
        self.before: KpiEvent | None = None
        """An answer before anybody asked."""

    def turns(self) -> Turns:
        """What was found; a turn that a bot holds is nobody's."""
        if self.open and self.open.waits_from:
            self.found.append(self.open)
        return Turns(self.found, self.courtesies, self.before is not None)

    def take(self, event: KpiEvent) -> None:
        if is_written_contact(event) or event.type in (CALL_QUEUED, CHECKED_IN):
            self._asked(event)
        elif is_human_answer(event):
            self._answered(event)
        elif event.type == BOT_STARTED:
            self._bot_started(event)
        elif event.type == HANDOFF:
            self._handed_off(event)
        elif event.type == BOT_ENDED:
            self._bot_ended()
        elif event.type == STATE_CHANGED and event.state in SETTLED:
            self._settled(event)

    def _asked(self, event: KpiEvent) -> None:
        if self.open and self.open.settled:
            self._close()
        if self._is_courtesy(event):
            self.courtesies.append(event)
            return
        first = not self.found
        if self.open or (not first and event.type in (CALL_QUEUED, CHECKED_IN)):
            return
        self.asked = True
        waits_from = None if self.bot_began else event.occurred_at
        self.open = Turn(event, waits_from, first and not self._wrote_first(event))
        if self.before and self.open.is_first:
            answer, self.before = self.before, None
            self._answered(answer)

    def _is_courtesy(self, event: KpiEvent) -> bool:
        return self.limits.courtesy and COURTESY in event.flags and self.asked and not self.open

    def _wrote_first(self, event: KpiEvent) -> bool:
        """Whether our first message began the case. One up to 5 s before the customer's is an answer to it: clocks
        differ; so is one that says what it answers."""
        if self.before is None or self.before.target == event.id:
            return False
        return event.occurred_at - self.before.occurred_at > timedelta(seconds=CLAMP_S)

    def _answered(self, event: KpiEvent) -> None:
        self.bot_began = None
        if self.open:
            self.open.answer = event
            self._close()
        elif not self.asked:
            self.before = self.before or event

    def _bot_started(self, event: KpiEvent) -> None:
        self.bot_began = event
        if self.open and not self.open.handed_off:
            self.open.waits_from = None

    def _bot_ended(self) -> None:
        self.bot_began = None
        if self.open and not self.open.waits_from:
            self.open = None

    def _handed_off(self, event: KpiEvent) -> None:
        began, self.bot_began = self.bot_began or event, None
        if self.open is None or self.open.settled:
            self._close()
            self.open = Turn(began, event.occurred_at, not self.found and not self.before)
            self.asked = True
        elif not self.open.handed_off:
            self.open.waits_from = event.occurred_at
        self.open.handed_off = True

    def _settled(self, event: KpiEvent) -> None:
        if self.open and not self.open.waits_from:
            self.open = self.bot_began = None
        elif self.open:
            self.open.settled = self.open.settled or event

    def _close(self) -> None:
        if self.open:
            self.open.waits_from = self.open.waits_from or self.open.opened.occurred_at
            self.found.append(self.open)
        self.open = None
