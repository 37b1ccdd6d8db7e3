"""One clock of a service level: from what happened to when it is due and how it ended.

The outcome follows from when things happened, not from when they were learnt: whoever asks again after a late event
gets another outcome, and `news` says what that changes. A clock runs in open time of the calendar that it started
with; `ALWAYS` for calendar time. It does not run while it is paused, nor from a stop until it resumes (a case that is
reopened): the budget's unspent rest is kept. All instants are taken to the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal

from shared.domain.business_time.calendars import Calendar, due_at, open_seconds
from shared.domain.business_time.zones import epoch_s, instant

State = Literal["running", "paused", "met", "breached", "cancelled"]
Reason = Literal["elapsed", "retarget"]
NewsKind = Literal["warning", "breached", "breach_retracted", "met"]

WARNINGS: Final = (75, 90)
"""Percent of the budget at which a clock that still runs warns, once each."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on until just before `stop`; None: it has not ended."""

    start: datetime
    stop: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retarget:
    """From `at` on the budget is another (the priority changed); None: there is no target any more."""

    at: datetime
    budget_s: int | None


@dataclass(frozen=True, slots=True)
class Clock:
    """What happened to one clock, in any order and with repetitions. `budget_s`: the target at its start, None where
    it has none. `stops`: what it waits for happened; a stop with an end was undone then (reopened). `pauses`: spans in
    which it does not run. `cancelled_at`: from then on it is of no matter; what it had met or breached before stays."""

    start: datetime
    budget_s: int | None
    stops: tuple[Span, ...] = ()
    pauses: tuple[Span, ...] = ()
    retargets: tuple[Retarget, ...] = ()
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """`percent` of the budget were used up at `at`."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a clock stands. `due`: when it is, was or would have been due if it ran on; None while it is paused and
    without a target. `used_s`: open seconds that it ran, also beyond a breach. `reason`: why it was breached: the time
    elapsed, or a shorter target came too late (`retarget`). `met_at`: the stop that was in time. `stopped_at`: the last
    stop that holds, in time or not. `next_at`: when it will warn or be breached if nothing happens before."""

    state: State
    due: datetime | None
    used_s: int
    rest_s: int | None
    breached_at: datetime | None = None
    reason: Reason | None = None
    met_at: datetime | None = None
    stopped_at: datetime | None = None
    warnings: tuple[Warned, ...] = ()
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a new outcome says that the one before did not. `percent`: of a warning."""

    kind: NewsKind
    at: datetime
    percent: int | None = None


def outcome(clock: Clock, calendar: Calendar, as_of: datetime) -> Outcome:
    """How a clock stands at `as_of`; what lies after it is not known yet. A clock is breached at its due instant unless
    a stop is at or before it, so `stop == due` is met. A shorter target never moves the start; where it is past already
    the clock is breached at once. A longer one never undoes a breach. Raises `NoOpenTime` for a calendar that stays
    closed; costs a few look-ups per change of the clock."""
    return _Run(clock, calendar, as_of).outcome()


def news(before: Outcome | None, after: Outcome) -> list[News]:
    """What to tell after an outcome has become another. A warning that was given is not given again, nor is one told
    that the clock has outlived by then: paused, met, breached or cancelled."""
    old = before or Outcome("running", None, 0, None)
    told: list[News] = []
    if old.breached_at and not after.breached_at:
        told.append(News("breach_retracted", old.breached_at))
    if after.state == "running":
        given = {warned.percent for warned in old.warnings}
        told += [News("warning", each.at, each.percent) for each in after.warnings if each.percent not in given]
    if after.breached_at and not old.breached_at:
        told.append(News("breached", after.breached_at))
    if after.met_at and after.met_at != old.met_at:
        told.append(News("met", after.met_at))
    return told


def without(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of `spans` that lie outside `taken`, in order. So a case that waits for the customer is paused only
    while no message of theirs is unanswered: `without(waiting, unanswered_turns)`, by the times at which the messages
    were written, whenever they came in."""
    holes = _merged(taken)
    parts: list[tuple[int, int]] = []
    for begin, end in _merged(spans):
        for first, last in holes:
            if first < end and last > begin:
                if begin < first:
                    parts.append((begin, first))
                begin = max(begin, last)
        if begin < end:
            parts.append((begin, end))
    return tuple(Span(instant(begin), None if end == _NEVER else instant(end)) for begin, end in parts)


_NEVER: Final = 1 << 62
Stretches = list[tuple[int, int]]
"""Spans in seconds since 1970, in order and apart from each other."""


class _Run:
    """The clock's life from change to change; between two changes it runs or stands still all the time."""

    def __init__(self, clock: Clock, calendar: Calendar, as_of: datetime) -> None:
        self.calendar = calendar
        self.start = epoch_s(clock.start)
        self.as_of = max(self.start, epoch_s(as_of))
        self.stops = _merged(clock.stops, self.start)
        self.pauses = _merged(clock.pauses, self.start)
        changes = [(max(epoch_s(each.at), self.start), each.budget_s) for each in clock.retargets]
        self.targets = [(self.start, clock.budget_s), *sorted(changes, key=lambda change: change[0])]
        cancelled = _NEVER if clock.cancelled_at is None else max(epoch_s(clock.cancelled_at), self.start)
        self.is_cancelled = cancelled <= self.as_of
        self.end = min(self.as_of + 1, cancelled)
        """Just after the last second that counts: what is due at `as_of` itself is due."""
        self.used = 0
        self.budget: int | None = None
        self.ran_with: int | None = None
        self.warned: dict[int, int] = {}
        self.due: int | None = None
        self.ahead: list[int] = []
        self.breach: tuple[int, Reason] | None = None

    def outcome(self) -> Outcome:
        edges = {edge for span in (*self.stops, *self.pauses) for edge in span} | {at for at, _ in self.targets}
        moments = sorted(edge for edge in edges if self.start <= edge < self.end)
        for at, until in pairwise([*moments, self.end]):
            self._stretch(at, until)
        return self._told()

    def _stretch(self, at: int, until: int) -> None:
        self.budget = next(budget for since, budget in reversed(self.targets) if since <= at)
        if _since(self.stops, at) is not None:
            return
        if self.breach is None and self.budget is not None and self.used >= self.budget:
            is_late_target = self.ran_with is None or self.used < self.ran_with
            self.breach = at, "retarget" if is_late_target else "elapsed"
        if _since(self.pauses, at) is None:
            self._go(at, until)

    def _go(self, at: int, until: int) -> None:
        self.ran_with, self.due, self.ahead = self.budget, None, []
        if self.breach is None and self.budget is not None:
            self.due = self._reaches(self.budget, at)
            self._warn(self.budget, at, min(until, self.due))
            self.ahead.append(self.due)
            if self.due < until:
                self.breach = self.due, "elapsed"
        self.used += open_seconds(self.calendar, instant(at), instant(min(until, self.as_of)))

    def _warn(self, budget: int, at: int, until: int) -> None:
        """Note the warnings of a stretch; of two at one instant the higher one, and none below one that was given."""
        given = max(self.warned, default=0)
        for percent in sorted(WARNINGS, reverse=True):
            reached = self._reaches(-(-budget * percent // 100), at)
            if percent <= given or reached in self.warned.values():
                continue
            if reached < until:
                self.warned[percent] = reached
            else:
                self.ahead.append(reached)

    def _reaches(self, seconds: int, at: int) -> int:
        """When so many seconds will have been used, if the clock runs from `at` on."""
        return epoch_s(due_at(self.calendar, instant(at), max(0, seconds - self.used)))

    def _told(self) -> Outcome:
        last = self.end - 1
        stopped = _since(self.stops, last)
        state = self._state(stopped is not None, _since(self.pauses, last) is not None)
        if state == "met" and stopped is not None and self.budget is not None:
            self.due = self._reaches(self.budget, stopped)
        breached_at, reason = self.breach or (None, None)
        due = breached_at if self.breach else self.due if state in ("running", "met") else None
        return Outcome(
            state,
            _instant(due),
            self.used,
            None if self.budget is None else max(0, self.budget - self.used),
            breached_at=_instant(breached_at),
            reason=reason,
            met_at=_instant(stopped) if state == "met" else None,
            stopped_at=_instant(stopped),
            warnings=tuple(Warned(percent, instant(at)) for percent, at in sorted(self.warned.items())),
            next_at=_instant(min(self.ahead)) if state == "running" and self.ahead else None,
        )

    def _state(self, is_stopped: bool, is_paused: bool) -> State:
        if self.breach:
            return "breached"
        if self.budget is None:
            return "cancelled"
        if is_stopped:
            return "met"
        if self.is_cancelled:
            return "cancelled"
        return "paused" if is_paused else "running"


def _instant(second: int | None) -> datetime | None:
    return None if second is None else instant(second)


def _since(spans: Stretches, at: int) -> int | None:
    """Since when the span lasts that an instant lies in; None where it lies in none."""
    return next((begin for begin, end in spans if begin <= at < end), None)


def _merged(spans: Iterable[Span], floor: int = -_NEVER) -> Stretches:
    """Spans in order, those that touch or overlap as one; what lies before `floor` is cut off."""
    found: Stretches = []
    for begin, end in sorted((max(floor, epoch_s(span.start)), _end(span)) for span in spans):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _end(span: Span) -> int:
    return _NEVER if span.stop is None else epoch_s(span.stop)
