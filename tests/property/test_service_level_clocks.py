"""Clocks of service levels against one that is played minute by minute, in whatever order its story is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.business_time.calendars import ALWAYS, Calendar, is_open
from shared.domain.business_time.clocks import Clock, Retarget, Span, news, outcome

LONGEST = 2 * 1440
START = datetime(2026, 4, 4, 12, tzinfo=UTC)  # the night in which Santiago's clocks go back
SHIFTS = Calendar("shifts", "America/Santiago", (((0, 90), (540, 780), (840, 1410)),) * 7)

MINUTE = st.integers(0, LONGEST)
SPANS = st.lists(st.tuples(MINUTE, st.none() | MINUTE), max_size=3)
BUDGET = st.none() | st.integers(1, 1440)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def spans(drawn: list[tuple[int, int | None]]) -> tuple[Span, ...]:
    return tuple(Span(at(begin), None if end is None else at(end)) for begin, end in drawn)


@dataclass
class Played:
    state: str = "running"
    used: int = 0
    breached: int | None = None
    met: int | None = None


def covers(drawn: list[tuple[int, int | None]], minute: int) -> bool:
    return any(begin <= minute and (end is None or minute < end) for begin, end in drawn)


def played(
    budgets: list[tuple[int, int | None]],
    stops: list[tuple[int, int | None]],
    pauses: list[tuple[int, int | None]],
    calendar: Calendar,
    as_of: int,
) -> Played:
    life = Played()
    for minute in range(as_of + 1):
        budget = [each for since, each in budgets if since <= minute][-1]
        stopped, paused = covers(stops, minute), covers(pauses, minute)
        if life.breached is None and not stopped and budget is not None and life.used >= budget:
            life.breached = minute
        if life.met is None and stopped:
            life.met = minute
        life.met = life.met if stopped else None
        life.state = "met" if stopped else "paused" if paused else "running"
        if budget is None:
            life.state = "cancelled"
        if minute < as_of and not stopped and not paused and is_open(calendar, at(minute)):
            life.used += 1
    if life.breached is not None:
        life.state = "breached"
    return life


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([ALWAYS, SHIFTS]),
    BUDGET,
    st.dictionaries(st.integers(1, LONGEST), BUDGET, max_size=3),
    SPANS,
    SPANS,
    MINUTE,
    st.integers(0, 1000),
)
def test_a_clock_is_as_if_it_had_been_watched(
    calendar: Calendar,
    budget: int | None,
    changes: dict[int, int | None],
    stops: list[tuple[int, int | None]],
    pauses: list[tuple[int, int | None]],
    as_of: int,
    order: int,
) -> None:
    expected = played([(0, budget), *sorted(changes.items())], stops, pauses, calendar, as_of)
    retargets = [Retarget(at(minute), None if each is None else each * 60) for minute, each in changes.items()]
    told = [*spans(stops)], [*spans(pauses)], retargets
    for each in told:
        Random(order).shuffle(each)
    clock = Clock(at(0), None if budget is None else budget * 60, *map(tuple, told))
    found = outcome(clock, calendar, at(as_of))
    assert found.state == expected.state
    assert found.used_s == expected.used * 60
    assert found.breached_at == (None if expected.breached is None else at(expected.breached))
    assert found.met_at == (at(expected.met) if expected.state == "met" and expected.met is not None else None)
    assert news(found, found) == []
    later = [edge for span in (*stops, *pauses) for edge in span if edge is not None and edge > as_of]
    if found.next_at and not later and all(minute <= as_of for minute in changes):
        assert found.next_at > at(as_of)
        assert len(outcome(clock, calendar, found.next_at).warnings) + (found.next_at == found.due) > len(
            found.warnings
        )
        assert outcome(clock, calendar, found.next_at - timedelta(seconds=1)).breached_at is None
