from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from shared.domain.business_time.calendars import (
    ALL_DAY,
    ALWAYS,
    CLOSED,
    Calendar,
    NoOpenTime,
    due_at,
    in_force,
    is_open,
    long_closing,
    open_seconds,
    open_windows,
)
from shared.domain.business_time.zones import NoZoneData, UnknownZone, zone_of

GUAYAQUIL = ZoneInfo("America/Guayaquil")
SANTIAGO = ZoneInfo("America/Santiago")
MADRID = ZoneInfo("Europe/Madrid")
HOUR = 3600
OFFICE = ((9 * 60, 18 * 60),)
SATURDAY = ((9 * 60, 13 * 60),)
C = Calendar(
    "C",
    "America/Guayaquil",
    (OFFICE,) * 5 + (SATURDAY, CLOSED),
    ((date(2026, 11, 2), CLOSED), (date(2026, 11, 3), CLOSED), (date(2026, 12, 25), CLOSED)),
)


def local(text: str, zone: tzinfo = GUAYAQUIL, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


DEADLINES = [
    ("2026-10-30 17:30", 1 * HOUR, "2026-10-31 09:30"),
    ("2026-10-30 17:30", 16 * HOUR, "2026-11-05 11:30"),
    ("2026-10-31 12:00", 2 * HOUR, "2026-11-04 10:00"),
    ("2026-11-13 17:00", 4 * HOUR, "2026-11-14 12:00"),
    ("2026-11-14 12:30", 1 * HOUR, "2026-11-16 09:30"),
    ("2026-11-14 13:00", 900, "2026-11-16 09:15"),
    ("2026-11-11 08:00", 900, "2026-11-11 09:15"),
    ("2026-11-20 17:50", 900, "2026-11-21 09:05"),
    ("2026-12-24 17:00", 2 * HOUR, "2026-12-26 10:00"),
    ("2026-11-14 12:00", 1 * HOUR, "2026-11-14 13:00"),  # ends exactly at closing
    ("2026-11-14 20:00", 0, "2026-11-14 20:00"),
]


@pytest.mark.parametrize(("start", "budget_s", "due"), DEADLINES)
def test_deadline_arithmetic(start: str, budget_s: int, due: str) -> None:
    assert due_at(C, local(start), budget_s) == local(due)


RESPONSES = [
    ("2026-11-11 10:00", "2026-11-11 10:12", 720, 720),
    ("2026-11-13 20:00", "2026-11-14 09:05", 47_100, 300),
    ("2026-11-14 14:00", "2026-11-16 08:40", 153_600, 0),
    ("2026-11-14 12:50", "2026-11-16 09:15", 159_900, 1_500),
    ("2026-10-30 17:30", "2026-11-04 09:20", 402_600, 17_400),
    ("2026-11-15 10:00", "2026-11-15 11:00", 3_600, 0),
]


@pytest.mark.parametrize(("start", "stop", "calendar_s", "business_s"), RESPONSES)
def test_first_response_in_calendar_and_business_seconds(
    start: str, stop: str, calendar_s: int, business_s: int
) -> None:
    assert open_seconds(ALWAYS, local(start), local(stop)) == calendar_s
    assert open_seconds(C, local(start), local(stop)) == business_s


def test_resolution_in_calendar_and_business_seconds() -> None:
    created, first, again, last = map(
        local, ("2026-11-13 20:00", "2026-11-16 09:30", "2026-11-17 10:00", "2026-11-17 10:40")
    )
    assert (open_seconds(ALWAYS, created, first), open_seconds(C, created, first)) == (221_400, 16_200)
    assert (open_seconds(ALWAYS, created, last), open_seconds(C, created, last)) == (312_000, 52_800)
    net = [open_seconds(each, created, last) - open_seconds(each, first, again) for each in (ALWAYS, C)]
    assert net == [223_800, 18_600]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-11 08:59:59", False),
        ("2026-11-11 09:00", True),
        ("2026-11-11 17:59:59", True),
        ("2026-11-11 18:00", False),
        ("2026-11-14 12:59", True),
        ("2026-11-15 10:00", False),
        ("2026-11-02 10:00", False),
    ],
)
def test_windows_are_half_open(at: str, expected: bool) -> None:
    assert is_open(C, local(at)) is expected


def test_several_windows_a_day_and_one_that_crosses_midnight() -> None:
    night = ((0, 2 * 60), (8 * 60, 12 * 60), (14 * 60, 1440))
    calendar = Calendar("nights", "America/Guayaquil", (night,) * 7)
    assert open_seconds(calendar, local("2026-11-11 00:00"), local("2026-11-12 00:00")) == 16 * HOUR
    assert open_windows(calendar, local("2026-11-11 11:00"), local("2026-11-12 09:00")) == [
        (local("2026-11-11 11:00"), local("2026-11-11 12:00")),
        (local("2026-11-11 14:00"), local("2026-11-12 02:00")),
        (local("2026-11-12 08:00"), local("2026-11-12 09:00")),
    ]
    assert due_at(calendar, local("2026-11-11 23:00"), 3 * HOUR) == local("2026-11-12 02:00")


def test_a_date_may_have_hours_of_its_own() -> None:
    calendar = Calendar("x", "America/Guayaquil", C.week, ((date(2026, 11, 15), ((600, 660),)),))
    assert open_seconds(calendar, local("2026-11-15 00:00"), local("2026-11-16 00:00")) == HOUR


def test_two_zones_of_one_country() -> None:
    islands = Calendar("islands", "Pacific/Galapagos", C.week)
    assert not is_open(islands, local("2026-11-11 09:59"))
    assert is_open(islands, local("2026-11-11 10:00"))


class TestChangesOfTheClock:
    """Chile 2026: Saturday 4 April has 25 hours, Sunday 6 September begins at 01:00. Madrid: 29 March, 25 October."""

    all_day = Calendar("day", "America/Santiago", (ALL_DAY,) * 7)

    @pytest.mark.parametrize(
        ("day", "after", "hours"),
        [("2026-04-04", "2026-04-05", 25), ("2026-09-06", "2026-09-07", 23), ("2026-09-05", "2026-09-06", 24)],
    )
    def test_a_day_has_the_hours_that_it_has(self, day: str, after: str, hours: int) -> None:
        # Midnight of 6 September does not exist: the day begins with the instant at which 5 September ends.
        assert open_seconds(self.all_day, local(day, SANTIAGO), local(after, SANTIAGO)) == hours * HOUR

    def test_the_hour_that_comes_twice_is_open_twice(self) -> None:
        late = Calendar("late", "America/Santiago", (((22 * 60, 23 * 60 + 30),),) * 7)
        start, stop = local("2026-04-04 12:00", SANTIAGO), local("2026-04-05 12:00", SANTIAGO)
        assert open_seconds(late, start, stop) == 2 * HOUR  # 22:00-23:30, and 23:00-23:30 once more
        assert open_windows(late, start, stop) == [
            (local("2026-04-04 22:00", SANTIAGO), local("2026-04-04 23:30", SANTIAGO)),
            (local("2026-04-04 23:00", SANTIAGO, fold=1), local("2026-04-04 23:30", SANTIAGO, fold=1)),
        ]
        assert due_at(late, start, 5700) == local("2026-04-04 23:05", SANTIAGO, fold=1)

    def test_a_window_in_the_skipped_hour_is_not_open(self) -> None:
        early = Calendar("early", "Europe/Madrid", (((2 * 60, 3 * 60),),) * 7)
        assert open_seconds(early, local("2026-03-28 12:00", MADRID), local("2026-03-29 12:00", MADRID)) == 0
        assert due_at(early, local("2026-03-28 12:00", MADRID), 60) == local("2026-03-30 02:01", MADRID)

    def test_hours_follow_the_wall_clock(self) -> None:
        office = Calendar("office", "Europe/Madrid", (OFFICE,) * 7)
        assert due_at(office, local("2026-03-28 17:00", MADRID), 2 * HOUR) == local("2026-03-29 10:00", MADRID)
        between = local("2026-03-29 10:00", MADRID) - local("2026-03-28 17:00", MADRID)
        assert between == timedelta(hours=16)  # clocks show one more
        assert open_seconds(office, local("2026-10-24 00:00", MADRID), local("2026-10-26 00:00", MADRID)) == 18 * HOUR


class TestClosedForLong:
    def test_nothing_becomes_due_where_nothing_is_open(self) -> None:
        with pytest.raises(NoOpenTime, match="calendar never: no open time in 60 days from 2026-11-11"):
            due_at(Calendar("never", "UTC", (CLOSED,) * 7), local("2026-11-11 10:00"), 60)

    @pytest.mark.parametrize(("closed_days", "raises"), [(59, False), (60, True), (61, True)])
    def test_sixty_days(self, closed_days: int, raises: bool) -> None:
        away = [date(2026, 12, 1) + timedelta(days=each) for each in range(closed_days)]
        calendar = Calendar("away", "UTC", (ALL_DAY,) * 7, tuple((day, CLOSED) for day in away))
        start = local("2026-11-30 23:00", ZoneInfo("UTC"))
        assert due_at(calendar, start, HOUR) == local("2026-12-01 00:00", ZoneInfo("UTC"))
        if raises:
            with pytest.raises(NoOpenTime, match="from 2026-12-01"):
                due_at(calendar, start, HOUR + 1)
        else:
            opens = local("2026-12-01 00:00", ZoneInfo("UTC")) + timedelta(days=closed_days)
            assert due_at(calendar, start, HOUR + 1) == opens + timedelta(seconds=1)
        found = long_closing(calendar, start, start + timedelta(days=300))
        assert found == (local("2026-12-01 00:00", ZoneInfo("UTC")) if raises else None)

    def test_closed_for_good_at_the_end_of_the_period_looked_at(self) -> None:
        never = Calendar("never", "UTC", (CLOSED,) * 7)
        start = local("2026-11-30 23:00")
        assert long_closing(never, start, start) == start
        assert long_closing(C, start, start + timedelta(days=1000)) is None


class TestVersions:
    old = Calendar("office", "America/Guayaquil", (OFFICE,) * 7, valid_until=date(2026, 7, 1))
    new = Calendar("office", "America/Guayaquil", (SATURDAY,) * 7, valid_from=date(2026, 7, 1))

    @pytest.mark.parametrize(
        ("at", "which"), [("2026-06-30 23:59:59", "old"), ("2026-07-01 00:00", "new"), ("2029-01-01 00:00", "new")]
    )
    def test_the_version_in_force_at_the_start(self, at: str, which: str) -> None:
        assert in_force((self.old, self.new), local(at)) is getattr(self, which)

    def test_none_is_in_force_before_the_first(self) -> None:
        assert in_force((self.new,), local("2026-06-30 23:59")) is None

    def test_none_is_in_force_after_the_last(self) -> None:
        assert in_force((self.old,), local("2026-06-30 23:59")) is self.old
        assert in_force((self.old,), local("2026-07-01 00:00")) is None

    def test_the_last_to_come_into_force_wins(self) -> None:
        first = Calendar("office", "America/Guayaquil", (OFFICE,) * 7)
        for versions in permutations((self.new, first)):
            assert in_force(versions, local("2026-07-01 00:00")) is self.new

    def test_a_running_clock_keeps_its_version(self) -> None:
        start, stop = local("2026-06-30 17:00"), local("2026-07-01 18:00")
        assert open_seconds(self.old, start, stop) == 10 * HOUR


class TestZones:
    def test_an_unknown_zone_is_an_error(self) -> None:
        for name in ("America/Quito", "", "../etc/passwd"):
            with pytest.raises(UnknownZone):
                Calendar("x", name, (ALL_DAY,) * 7)

    def test_no_database_is_an_error_never_utc(self) -> None:
        # An interpreter that finds neither the system's database nor the package `tzdata`.
        program = (
            "import sys, zoneinfo; zoneinfo.reset_tzpath(()); sys.modules['tzdata'] = None\n"
            "from shared.domain.business_time.calendars import ALWAYS, Calendar\n"
            "assert ALWAYS.zone == 'UTC'\n"
            "try: Calendar('x', 'America/Guayaquil', ALWAYS.week)\n"
            "except Exception as wrong: print(type(wrong).__name__, wrong)\n"
        )
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        assert said.startswith(NoZoneData.__name__)
        assert "install the package tzdata" in said

    def test_utc_needs_no_database(self) -> None:
        assert zone_of("UTC").utcoffset(None) == timedelta(0)


class TestWhatIsNoCalendar:
    @pytest.mark.parametrize(
        "hours", [((600, 600),), ((600, 500),), ((-1, 60),), ((0, 1441),), ((0, 60), (30, 90)), ((60, 90), (0, 30))]
    )
    def test_windows(self, hours: tuple[tuple[int, int], ...]) -> None:
        with pytest.raises(ValueError, match="windows of a day"):
            Calendar("x", "UTC", (hours,) * 7)
        with pytest.raises(ValueError, match="windows of a day"):
            Calendar("x", "UTC", (ALL_DAY,) * 7, ((date(2026, 1, 1), hours),))

    def test_a_week(self) -> None:
        with pytest.raises(ValueError, match="seven days"):
            Calendar("x", "UTC", (ALL_DAY,) * 6)

    def test_a_time_without_a_zone(self) -> None:
        with pytest.raises(ValueError, match="without a zone"):
            is_open(C, datetime(2026, 11, 11, 10))  # noqa: DTZ001


def test_spans_add_up_whatever_the_parts_of_a_second() -> None:
    start, middle, stop = (local(f"2026-11-11 10:00:0{each}") for each in ("0.900000", "1.100000", "2.500000"))
    assert open_seconds(C, start, middle) + open_seconds(C, middle, stop) == open_seconds(C, start, stop) == 2


def test_backwards_is_no_time() -> None:
    assert open_seconds(C, local("2026-11-11 12:00"), local("2026-11-11 10:00")) == 0


def test_calendars_are_values() -> None:
    same = Calendar(C.name, C.zone, C.week, C.exceptions)
    open_seconds(C, local("2026-11-11 10:00"), local("2026-11-11 12:00"))
    assert same == C
    assert hash(same) == hash(C)


def test_thirty_years_cost_a_few_look_ups() -> None:
    start, stop = local("2000-01-03 00:00"), local("2030-01-07 00:00")
    week = open_seconds(C, local("2020-01-06 00:00"), local("2020-01-13 00:00"))
    weeks = (stop - start) // timedelta(days=7)
    # Three closed dates: two weekdays of 2026 in November, one in December.
    assert open_seconds(C, start, stop) == weeks * week - 3 * 9 * HOUR
    assert due_at(C, start, weeks * week - 3 * 9 * HOUR) == local("2030-01-05 13:00")
    assert len(C._blocks) < 500
