"""How long until a case was resolved, what it waited for, and whether it came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.business_time.calendars import open_seconds
from shared.domain.business_time.zones import epoch_s
from shared.domain.figures.chronicle import Chronicle, both_times, span, stated
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.states import Stretch, reopenings, resolutions
from shared.domain.figures.vocabulary import AUTO_RESOLVED

_PROVISIONAL = "provisional"


def resolution_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Of a case that people had to answer. What a bot solved alone is told as containment."""
    if not chronicle.is_human or chronicle.began_at is None:
        return
    resolved = resolutions(chronicle.stretches)
    if not resolved:
        return
    began = chronicle.began_at
    yield from _first(chronicle, began, resolved[0])
    if chronicle.stretches[-1].is_settled:
        yield from _full(chronicle, began, resolved)


def reopened_within(chronicle: Chronicle, resolved: Stretch, seconds: int) -> int:
    """How often the case was reopened in so many seconds after a resolution."""
    end = resolved.since + timedelta(seconds=seconds)
    return sum(resolved.since <= reopened.since < end for reopened in reopenings(chronicle.stretches))


def _first(chronicle: Chronicle, began: datetime, first: Stretch) -> Iterator[Fact]:
    by, flags = first.began, _flags(first)
    yield from both_times(chronicle, "first_resolution", began, by, chronicle.calendar, at_start=False, flags=flags)
    yield stated(chronicle, "cases_resolved", by, also_at=began, flags=flags)
    if flags:
        yield from _auto(chronicle, "first_resolution_auto", began, by)
        yield stated(chronicle, "cases_auto_resolved", by, also_at=began, flags=flags)
    times = reopened_within(chronicle, first, chronicle.rules.limits.reopen_s)
    if times:
        yield stated(chronicle, "cases_reopened", by, also_at=began)
        yield stated(chronicle, "reopen_events", by, also_at=began, amount=times)


def _full(chronicle: Chronicle, began: datetime, resolved: list[Stretch]) -> Iterator[Fact]:
    last = resolved[-1]
    flags = _flags(last) | (frozenset() if chronicle.state == "closed" else {_PROVISIONAL})
    by = last.began
    yield from both_times(chronicle, "full_resolution", began, by, chronicle.calendar, at_start=False, flags=flags)
    if AUTO_RESOLVED in flags:
        yield from _auto(chronicle, "full_resolution_auto", began, by)
    whole = span(began, by.occurred_at, chronicle.calendar)
    if whole is None:
        return
    settled = _settled_before(chronicle, last)
    calendar_s = whole.calendar_s - sum(epoch_s(until) - epoch_s(since) for since, until in settled)
    business_s = whole.business_s - sum(open_seconds(chronicle.calendar, since, until) for since, until in settled)
    yield stated(chronicle, "net_resolution_calendar", by, also_at=began, amount=max(0, calendar_s), flags=flags)
    yield stated(chronicle, "net_resolution_business", by, also_at=began, amount=max(0, business_s), flags=flags)
    yield from _waits(chronicle, began, last)


def _auto(chronicle: Chronicle, metric: str, began: datetime, by: KpiEvent) -> Iterator[Fact]:
    """Apart once more, so that the figures can be told without what only ended with the customer's silence."""
    yield from both_times(chronicle, metric, began, by, chronicle.calendar, at_start=False)


def _settled_before(chronicle: Chronicle, last: Stretch) -> list[tuple[datetime, datetime]]:
    """From each resolution before the last one to its reopening."""
    settled = ((one.since, one.until) for one in chronicle.stretches if one.is_settled)
    return [(since, until) for since, until in settled if until and until <= last.since]


def _waits(chronicle: Chronicle, began: datetime, last: Stretch) -> Iterator[Fact]:
    """Where the time went: ours, the customer's, a third party's (which is part of ours, too)."""
    by_state: dict[str, int] = {}
    for one in chronicle.stretches:
        until = min(one.until or last.since, last.since)
        seconds = max(0, epoch_s(until) - epoch_s(max(one.since, began)))
        by_state[one.state] = by_state.get(one.state, 0) + seconds
    held = by_state.get("on_hold", 0)
    ours = by_state.get("new", 0) + by_state.get("open", 0) + held
    parts = (("requester_wait", ours), ("agent_idle", by_state.get("pending_customer", 0)), ("on_hold_time", held))
    for metric, seconds in parts:
        yield stated(chronicle, metric, last.began, also_at=began, amount=seconds)


def _flags(resolved: Stretch) -> frozenset[str]:
    return resolved.began.flags & {AUTO_RESOLVED}
