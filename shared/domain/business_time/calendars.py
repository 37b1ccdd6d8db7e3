"""Calendars of open hours, and arithmetic in them.

A calendar says for each weekday of its time zone in which windows it is open; single dates may differ. An instant is
open when the local wall clock then stands within a window of that local date. So an hour that summer time skips is
open to nobody, and one that comes twice counts twice. Windows are half-open, `[open, close)`.

All instants are aware; parts of a second are cut off, so that spans add up. Arithmetic goes by blocks of four weeks,
each computed once per calendar and kept: a span of years costs a few look-ups a year, never a loop over minutes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from shared.domain.business_time.zones import DAY_S, epoch_s, instant, offsets, zone_of
from shared.domain.errors import Misconfigured

Hours = tuple[tuple[int, int], ...]
"""Windows of one day in minutes since local midnight, in order; 1440 is 24:00."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As configuration and figures write them, in the order of a calendar's week."""

MIDNIGHT: Final = 1440
CLOSED: Final[Hours] = ()
ALL_DAY: Final[Hours] = ((0, MIDNIGHT),)
LONGEST_CLOSED_DAYS: Final = 60
"""A calendar that stays closed for longer is a mistake, not a calendar."""

_BLOCK_S: Final = 28 * DAY_S
_MOST_BLOCKS: Final = 1024
_1970: Final = date(1970, 1, 1).toordinal()


class NoOpenTime(Misconfigured):
    """A calendar has no open time in 60 days: nothing can become due in it."""


def _check(hours: Hours) -> None:
    latest = 0
    for opens, closes in hours:
        if not latest <= opens < closes <= MIDNIGHT:
            raise ValueError("windows of a day lie between 0 and 1440 minutes, in order, and do not overlap")
        latest = closes


@dataclass(frozen=True, slots=True)
class _Block:
    """Open stretches of four weeks, in seconds since 1970. `before[i]`: open seconds before stretch `i`, in the block;
    the last is the block's whole sum."""

    starts: tuple[int, ...]
    stops: tuple[int, ...]
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours. `week`: seven `Hours`, Monday's first. `exceptions`: dates with hours of their own, `CLOSED` for
    none. `valid_from` (included), `valid_until` (not included): local dates between which this version is the one
    that a clock starts with; a clock that runs keeps its version beyond them, so arithmetic does not look at them.

    Raises ValueError for windows that overlap or lie outside the day, `UnknownZone`, `NoZoneData`.
    """

    name: str
    zone: str
    week: tuple[Hours, ...]
    exceptions: tuple[tuple[date, Hours], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    _by_date: Mapping[int, Hours] = field(init=False, repr=False, compare=False)
    _blocks: dict[int, _Block] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        for hours in (*self.week, *(hours for _, hours in self.exceptions)):
            _check(hours)
        object.__setattr__(self, "_by_date", {day.toordinal(): hours for day, hours in self.exceptions})
        zone_of(self.zone)

    def hours_on(self, day: date) -> Hours:
        """The windows of a local date."""
        return self._hours(day.toordinal())

    def _hours(self, ordinal: int) -> Hours:
        special = self._by_date.get(ordinal)
        return self.week[(ordinal - 1) % 7] if special is None else special

    def _block(self, index: int) -> _Block:
        found = self._blocks.get(index)
        if found is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            found = self._blocks[index] = _block(self, index * _BLOCK_S)
        return found


ALWAYS: Final = Calendar("always", "UTC", (ALL_DAY,) * 7)
"""Open at every hour: business time is calendar time."""


def open_seconds(calendar: Calendar, start: datetime, stop: datetime) -> int:
    """Open seconds between two instants; 0 where `stop` is not later than `start`."""
    begin, end = epoch_s(start), epoch_s(stop)
    if end <= begin:
        return 0
    first, last = begin // _BLOCK_S, end // _BLOCK_S
    whole = sum(calendar._block(index).before[-1] for index in range(first, last))
    return whole + _until(calendar._block(last), end) - _until(calendar._block(first), begin)


def due_at(calendar: Calendar, start: datetime, budget_s: int) -> datetime:
    """The earliest instant by which `budget_s` open seconds have passed since `start`: at closing, where they end
    there; `start` itself for 0. Raises `NoOpenTime` when nothing is open for 60 days, ValueError below 0."""
    if budget_s < 0:
        raise ValueError("a budget is 0 or more seconds")
    begin = latest = epoch_s(start)
    if not budget_s:
        return instant(begin)
    index = begin // _BLOCK_S
    rest = budget_s + _until(calendar._block(index), begin)
    while True:
        block = calendar._block(index)
        _refuse_long_closing(calendar, block, latest, (index + 1) * _BLOCK_S)
        if rest <= block.before[-1]:
            return instant(_at_open_second(block, rest))
        rest -= block.before[-1]
        latest = max(latest, block.stops[-1]) if block.stops else latest
        index += 1


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether an instant lies in an open window."""
    second = epoch_s(at)
    block = calendar._block(second // _BLOCK_S)
    place = bisect_right(block.starts, second)
    return bool(place) and second < block.stops[place - 1]


def open_windows(calendar: Calendar, start: datetime, stop: datetime) -> list[tuple[datetime, datetime]]:
    """The open stretches between two instants, in order, cut at both ends; those that touch are one."""
    begin, end = epoch_s(start), epoch_s(stop)
    found: list[tuple[int, int]] = []
    for index in range(begin // _BLOCK_S, -(-end // _BLOCK_S)):
        block = calendar._block(index)
        for first, last in zip(block.starts, block.stops, strict=True):
            _join(found, max(first, begin), min(last, end))
    return [(instant(first), instant(last)) for first, last in found]


def in_force(versions: Iterable[Calendar], at: datetime) -> Calendar | None:
    """The version of a calendar that a clock starting at `at` is pinned to, by the local date of each version's zone:
    of several the one that came into force last; None where there is none."""
    valid = [version for version in versions if _is_valid(version, at)]
    return max(valid, key=lambda version: version.valid_from or date.min, default=None)


def long_closing(calendar: Calendar, start: datetime, stop: datetime) -> datetime | None:
    """The first instant of `[start, stop]` from which nothing is open for 60 days; None where there is none."""
    gap, end = LONGEST_CLOSED_DAYS * DAY_S, epoch_s(stop)
    latest = epoch_s(start)
    for first, last in open_windows(calendar, start, instant(end + gap)):
        if epoch_s(first) - latest >= gap:
            return instant(latest)
        latest = epoch_s(last)
    return instant(latest) if latest <= end else None


def _is_valid(version: Calendar, at: datetime) -> bool:
    day = at.astimezone(zone_of(version.zone)).date()
    started = version.valid_from is None or version.valid_from <= day
    return started and (version.valid_until is None or day < version.valid_until)


def _block(calendar: Calendar, start: int) -> _Block:
    found: list[tuple[int, int]] = []
    for begin, end, offset in offsets(zone_of(calendar.zone), start, start + _BLOCK_S):
        for day in range((begin + offset) // DAY_S, (end - 1 + offset) // DAY_S + 1):
            midnight = day * DAY_S - offset
            for opens, closes in calendar._hours(day + _1970):
                _join(found, max(midnight + opens * 60, begin), min(midnight + closes * 60, end))
    before = [0]
    for first, last in found:
        before.append(before[-1] + last - first)
    return _Block(tuple(first for first, _ in found), tuple(last for _, last in found), tuple(before))


def _join(found: list[tuple[int, int]], first: int, last: int) -> None:
    """Add a stretch to those found, to the last one where they touch; an empty one is none."""
    if first >= last:
        return
    if found and found[-1][1] == first:
        found[-1] = (found[-1][0], last)
    else:
        found.append((first, last))


def _until(block: _Block, second: int) -> int:
    """Open seconds of a block before an instant."""
    place = bisect_right(block.starts, second)
    if not place:
        return 0
    return block.before[place - 1] + min(second, block.stops[place - 1]) - block.starts[place - 1]


def _at_open_second(block: _Block, seconds: int) -> int:
    """The earliest instant of a block before which `seconds` of it were open; `seconds` is above 0."""
    place = bisect_left(block.before, seconds) - 1
    return block.starts[place] + seconds - block.before[place]


def _refuse_long_closing(calendar: Calendar, block: _Block, latest: int, end: int) -> None:
    opens = next((first for first, last in zip(block.starts, block.stops, strict=True) if last > latest), end)
    if opens - latest >= LONGEST_CLOSED_DAYS * DAY_S:
        day = instant(latest).date()
        raise NoOpenTime(
            f"calendar {calendar.name}: no open time in {LONGEST_CLOSED_DAYS} days from {day}: check its hours"
        )
