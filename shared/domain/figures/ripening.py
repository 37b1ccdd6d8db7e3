"""When time alone will change a case's figures: a window that closes, a deadline that passes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from shared.domain.figures.model import CaseHistory, Fact
from shared.domain.figures.rules import Limits, Rules
from shared.domain.figures.service_levels import sla_deadlines

FactsOf = Callable[[CaseHistory, Rules, datetime], list[Fact]]

Deadlines = Callable[[CaseHistory, Rules, datetime], Iterable[datetime]]
"""Instants after the given one at which time may change a case's figures."""


def windows(limits: Limits) -> frozenset[int]:
    """How long after something happened the figures may still change, in seconds."""
    return frozenset(
        {
            limits.fcr_s,
            limits.reopen_s,
            limits.contained_s,
            limits.conversion_s,
            limits.chat_gap_s,
            limits.message_gap_s,
            limits.leave_s,
            limits.recovered_s,
            limits.survey_expiry_s,
        }
    )


def window_ends(history: CaseHistory, rules: Rules, after: datetime) -> list[datetime]:
    """Where a window that an event opened closes, later than `after`. Windows are half-open: at the end it is over."""
    told = {event.occurred_at for event in history.events}
    ends = {at + timedelta(seconds=length) for at in told for length in windows(rules.limits)}
    return [end for end in ends if end > after]


def turning_points(history: CaseHistory, rules: Rules, after: datetime) -> list[datetime]:
    """Ends of windows, and deadlines of what was promised, later than `after`."""
    return [*window_ends(history, rules, after), *sla_deadlines(history, rules, after)]


def next_change(
    facts_of: FactsOf, history: CaseHistory, rules: Rules, as_of: datetime, deadlines: Deadlines = turning_points
) -> datetime | None:
    """The first instant after `as_of` at which the case's facts are others if nothing else happens; None for never.

    What time has changed it does not change back: so the first is found by halving.
    """
    ends = sorted(set(deadlines(history, rules, as_of)))
    if not ends:
        return None
    now = facts_of(history, rules, as_of)
    if facts_of(history, rules, ends[-1]) == now:
        return None
    first, last = 0, len(ends) - 1
    while first < last:
        middle = (first + last) // 2
        if facts_of(history, rules, ends[middle]) == now:
            first = middle + 1
        else:
            last = middle
    return ends[first]
