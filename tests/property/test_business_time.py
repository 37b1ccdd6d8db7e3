"""Business time against a counter of minutes: 10,000 intervals in random calendars, around every zone's changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.business_time.calendars import Calendar, due_at, is_open, open_seconds

ZONES_AND_BEGINNINGS = {
    # Each with a plain week and the days around its last changes of the clock, both ways.
    "America/Guayaquil": ["2026-10-29", "1993-02-02"],
    "Pacific/Galapagos": ["2026-10-29"],
    "America/Santiago": ["2026-04-01", "2026-09-02", "2026-06-01"],
    "America/Sao_Paulo": ["2018-10-31", "2019-02-13", "2026-05-01"],
    "America/Mexico_City": ["2022-04-01", "2022-10-26", "2026-12-28"],
    "America/Asuncion": ["2023-09-28", "2024-03-21", "2024-10-02", "2026-03-20"],
    "Europe/Madrid": ["2026-03-26", "2026-10-22"],
}
CASES = [(zone, begin) for zone, begins in ZONES_AND_BEGINNINGS.items() for begin in begins]
DAYS = 8
CALENDARS, INTERVALS = 250, 40


@cache
def wall_clock(zone: str, begin: str) -> tuple[date, list[int]]:
    """What a clock on the wall shows at every minute of UTC for eight days: minutes since midnight of the first
    local date. One conversion a minute, nothing shared with what is tested."""
    there = ZoneInfo(zone)
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    origin = (first - timedelta(days=1)).date()
    shown = []
    for minute in range(DAYS * 1440):
        local = (first + timedelta(minutes=minute)).astimezone(there)
        shown.append((local.date() - origin).days * 1440 + local.hour * 60 + local.minute)
    return origin, shown


def hours() -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Up to three windows, many of which touch, begin at 00:00 or end at 24:00."""
    marks = st.lists(st.sampled_from([0, 1439, 1440]) | st.integers(0, 1440), max_size=6, unique=True).map(sorted)
    return marks.map(lambda found: tuple(zip(found[::2], found[1::2], strict=False)))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, str]:
    zone, begin = draw(st.sampled_from(CASES))
    week = draw(st.tuples(*[hours()] * 7))
    days = st.integers(-1, DAYS).map(lambda days: date.fromisoformat(begin) + timedelta(days=days))
    exceptions = draw(st.dictionaries(days, hours(), max_size=3))
    return Calendar("random", zone, week, tuple(exceptions.items())), begin


class MinuteCounter:
    """Which minutes of UTC are open, one by one."""

    def __init__(self, calendar: Calendar, begin: str) -> None:
        origin, shown = wall_clock(calendar.zone, begin)
        own = dict(calendar.exceptions)
        walls = bytearray()
        for day in (origin + timedelta(days=days) for days in range(DAYS + 3)):
            minutes = bytearray(1440)
            for opens, closes in own.get(day, calendar.week[day.weekday()]):
                minutes[opens:closes] = b"\1" * (closes - opens)
            walls += minutes
        self.open = bytes(itemgetter(*shown)(walls))

    def seconds(self, start: int, stop: int) -> int:
        """Open seconds between two seconds of the eight days."""
        return self._before(stop) - self._before(start)

    def _before(self, second: int) -> int:
        whole, rest = divmod(second, 60)
        return sum(self.open[:whole]) * 60 + (self.open[whole] * rest if rest else 0)

    def is_open(self, second: int) -> bool:
        return bool(self.open[second // 60])


def test_most_of_the_weeks_hold_a_change_of_the_clock() -> None:
    plain = {
        ("America/Guayaquil", "2026-10-29"),
        ("Pacific/Galapagos", "2026-10-29"),
        ("America/Santiago", "2026-06-01"),
    }
    plain |= {("America/Sao_Paulo", "2026-05-01"), ("America/Mexico_City", "2026-12-28")}
    plain |= {("America/Asuncion", "2026-03-20")}  # since 2024-10 without summer time
    for zone, begin in CASES:
        _, shown = wall_clock(zone, begin)
        jumps = [later - earlier for earlier, later in pairwise(shown) if later - earlier != 1]
        assert jumps in ([] if (zone, begin) in plain else [61], [] if (zone, begin) in plain else [-59]), (zone, begin)


SECOND = st.integers(0, DAYS * 86_400 - 1) | st.integers(0, DAYS * 1440 - 1).map(lambda minute: minute * 60)


@settings(max_examples=CALENDARS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(calendars(), st.lists(st.tuples(SECOND, SECOND).map(sorted), min_size=INTERVALS, max_size=INTERVALS))
def test_business_time_equals_a_count_of_minutes_and_due_at_is_its_inverse(
    drawn: tuple[Calendar, str], intervals: list[list[int]]
) -> None:
    calendar, begin = drawn
    counter = MinuteCounter(calendar, begin)
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    for start, stop in intervals:
        at, until = first + timedelta(seconds=start), first + timedelta(seconds=stop)
        used = open_seconds(calendar, at, until)
        assert used == counter.seconds(start, stop)
        assert is_open(calendar, at) is counter.is_open(start)
        due = due_at(calendar, at, used)
        assert at <= due <= until
        assert open_seconds(calendar, at, due) == used
        if used:  # the earliest such instant: the second before it was open
            assert counter.is_open(int((due - first).total_seconds()) - 1)
