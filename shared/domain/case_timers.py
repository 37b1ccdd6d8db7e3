"""What time alone does to a case. Instants follow from the providers' times, whenever the clock gets to look.

Windows are half-open: at exactly the end it is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.domain.case import State
from shared.domain.case_states import Deed

Reminder = Literal["remind"]
Question = Literal["survey"]
"""The customer is asked how it was."""


class Closing(Protocol):
    """How long a resolved case stays, in seconds by channel."""

    def close_s(self, channel: str) -> int:
        """After it was resolved a case of this channel closes."""


class Waits(Protocol):
    """How long a case waits for the customer, in seconds; 0 where nothing happens by time."""

    @property
    def remind_s(self) -> int:
        """After so long it reminds whoever holds it."""

    @property
    def give_up_s(self) -> int:
        """After so long it is resolved."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of a case that timers count from. `channels`: as windows name them, `comment` for public ones.
    `survey_at`: when its customer is to be asked, None where they are not."""

    state: State
    channels: Sequence[str]
    since: datetime
    resolved_at: datetime | None = None
    hold_until: datetime | None = None
    reminded: bool = False
    survey_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """What happens at `at`, if nothing else happens before."""

    deed: Deed | Reminder | Question
    at: datetime


def next_timer(case: Moments, closing: Closing, waits: Waits) -> Timer | None:
    """The next thing that time does to a case; None where it does nothing."""
    found = _of_state(case, closing, waits)
    if case.survey_at and (found is None or case.survey_at <= found.at):
        return Timer("survey", case.survey_at)
    return found


def _of_state(case: Moments, closing: Closing, waits: Waits) -> Timer | None:
    if case.state == "resolved" and case.resolved_at:
        # A case of several channels stays reachable as long as the slowest of them.
        return Timer("closed_by_time", _after(case.resolved_at, max(map(closing.close_s, case.channels), default=0)))
    if case.state == "on_hold" and case.hold_until:
        return Timer("hold_over", case.hold_until)
    return _of_waiting(case, waits) if case.state == "pending_customer" else None


def _of_waiting(case: Moments, waits: Waits) -> Timer | None:
    end = Timer("resolved_by_time", _after(case.since, waits.give_up_s)) if waits.give_up_s else None
    if case.reminded or not waits.remind_s or (end and waits.remind_s >= waits.give_up_s):
        return end
    return Timer("remind", _after(case.since, waits.remind_s))


def _after(moment: datetime, seconds: int) -> datetime:
    return moment + timedelta(seconds=seconds)
