"""The section `calendars`: when a company is open.

    calendars:
      office:
        zone: America/Guayaquil            # without it, the time zone of the brand whose case it is
        mon-fri: ["09:00-13:00", "14:00-18:00"]
        sat: ["09:00-13:00"]
        holidays: [ec, ec-quito]           # tables that come with the hub
        closed: [2026-12-24]
        special: {2026-12-31: ["09:00-12:00"]}

Instead of one mapping a calendar may be a list of versions: the first holds from the beginning, each later one has
`valid_from` and holds from that local date on, for what starts then. `always` is open at every hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StrictStr

from shared.configuration.checks import check
from shared.configuration.faults import Fault
from shared.configuration.open_hours import EXAMPLE, day_of, read_special, read_week
from shared.configuration.source import Path, Source, key_of
from shared.configuration.values import Name, TimeZone, closest
from shared.domain.business_time.calendars import (
    ALWAYS,
    CLOSED,
    LONGEST_CLOSED_DAYS,
    Calendar,
    Hours,
    long_closing,
)
from shared.domain.business_time.holidays import TABLES

SECTION: Final = "calendars"


@dataclass(frozen=True, slots=True)
class HolidayUse:
    """Where a calendar takes its holidays from: `at` says file, line and key. `since`, `until`: the dates between which
    that version holds. `settled`: dates of which the company itself says whether it is open."""

    calendar: str
    code: str
    at: Fault
    since: date | None
    until: date | None
    settled: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class CalendarsRead:
    """All versions of every calendar, by brand and name, and which tables of holidays they use."""

    calendars: Mapping[tuple[str, str], tuple[Calendar, ...]]
    uses: tuple[HolidayUse, ...] = ()


def _code(text: str) -> str:
    if text not in TABLES:
        raise ValueError("no table of holidays comes with the hub by this code; " + closest(text, TABLES))
    return text


Day = Annotated[date, BeforeValidator(day_of)]


class _Version(BaseModel):
    """What a version says beside its hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    zone: TimeZone | None = None
    valid_from: Day | None = None
    holidays: list[Annotated[StrictStr, AfterValidator(_code)]] = []
    closed: list[Day] = []


_PLAIN: Final = ("zone", "valid_from", "holidays", "closed")


@dataclass(frozen=True, slots=True)
class _Read:
    """One version as read, before it has a zone."""

    path: Path
    said: _Version
    week: tuple[Hours, ...]
    exceptions: Mapping[date, Hours]
    settled: frozenset[date]


def read_calendars(source: Source, zones: Mapping[str, str]) -> CalendarsRead:
    """The section `calendars`. `zones`: the time zone of each brand. A calendar that would stay closed for 60 days is a
    fault, as are windows that overlap, unknown zones and unknown tables of holidays."""
    data = source.data.get(SECTION)
    if data is None:
        return CalendarsRead({})
    if not isinstance(data, Mapping):
        source.fault((SECTION,), f"must be a mapping of names to hours: write office: {{{EXAMPLE}}}")
        return CalendarsRead({})
    made: dict[tuple[str, str], tuple[Calendar, ...]] = {}
    uses: list[HolidayUse] = []
    for name, entry in data.items():
        versions = _versions(source, str(name), entry)
        for brand, calendars in _of_brands(source, versions, zones):
            made[brand, str(name)] = calendars
        uses += _uses(source, versions)
    return CalendarsRead(made, tuple(uses))


def known_calendars(source: Source) -> list[str]:
    """Names that other sections may name, also of calendars with faults."""
    data = source.data.get(SECTION)
    return [ALWAYS.name, *(str(name) for name in (data if isinstance(data, Mapping) else ()))]


def _versions(source: Source, name: str, entry: Any) -> list[_Read]:
    path: Path = (SECTION, name)
    if name == ALWAYS.name:
        source.fault(path, "this name is the hub's own, for the calendar that is always open: choose another")
    entries = entry if isinstance(entry, list) else [entry]
    places = [(*path, index) for index in range(len(entries))] if isinstance(entry, list) else [path]
    if not entries:
        source.fault(path, f"has no hours: write {EXAMPLE}")
    found = [_version(source, name, each, place) for each, place in zip(entries, places, strict=True)]
    versions = [version for version in found if version]
    _check_order(source, versions)
    return versions


def _check_order(source: Source, versions: Sequence[_Read]) -> None:
    for index, version in enumerate(versions):
        since, place = version.said.valid_from, (*version.path, "valid_from")
        earlier = versions[index - 1].said.valid_from if index else None
        if not index and since is not None:
            source.fault(place, "the first version holds from the beginning: remove it, or put an older version above")
        elif index and since is None:
            source.fault(place, "is missing: write from when this version holds, such as valid_from: 2027-01-01")
        elif since is not None and earlier is not None and since <= earlier:
            source.fault(place, "versions stand in the order of their dates, the oldest first")


def _version(source: Source, name: str, entry: Any, path: Path) -> _Read | None:
    if not isinstance(entry, Mapping):
        source.fault(path, f"must be a mapping of days to hours: write {EXAMPLE}")
        return None
    plain = {key: entry[key] for key in _PLAIN if key in entry}
    said = check(_Version, {"name": name, **plain}, path, source)
    week = read_week(source, entry, path, (*_PLAIN, "special"))
    special = dict(read_special(source, entry.get("special"), (*path, "special")))
    if said is None or week is None:
        return None
    for day in sorted(set(said.closed) & set(special)):
        source.fault((*path, "special", day.isoformat()), "this date is under closed, too: remove one")
    off = [holiday.day for code in said.holidays for holiday in TABLES[code].days]
    exceptions = {**dict.fromkeys((*off, *said.closed), CLOSED), **special}
    return _Read(path, said, week, exceptions, frozenset((*said.closed, *special)))


def _of_brands(
    source: Source, versions: Sequence[_Read], zones: Mapping[str, str]
) -> Iterator[tuple[str, tuple[Calendar, ...]]]:
    by_zone: dict[str, tuple[Calendar, ...]] = {}
    for brand, zone in zones.items():
        if zone not in by_zone and versions:
            by_zone[zone] = tuple(_calendar(version, zone) for version in versions)
            _check_open(source, versions, by_zone[zone])
        if versions:
            yield brand, by_zone[zone]


def _with_next(versions: Sequence[_Read]) -> list[tuple[_Read, date | None]]:
    """Each version, and when the next one takes over."""
    return [
        (version, later.said.valid_from if later else None) for version, later in zip_longest(versions, versions[1:])
    ]


def _calendar(version: _Read, zone: str) -> Calendar:
    # Without an end: the next version's beginning ends it, also where their zones differ, with no hour between.
    said = version.said
    exceptions = tuple(sorted(version.exceptions.items()))
    return Calendar(said.name, said.zone or zone, version.week, exceptions, said.valid_from)


def _check_open(source: Source, versions: Sequence[_Read], calendars: Sequence[Calendar]) -> None:
    for version, calendar in zip(versions, calendars, strict=True):
        days = [day for day, _ in calendar.exceptions]
        if not days:
            continue  # a week with an open day is never closed for long
        begin, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days[0], days[-1]))
        since = long_closing(calendar, begin - timedelta(days=8), end + timedelta(days=1))
        known = any(fault.key == key_of(version.path) for fault in source.faults)
        if since and not known:
            source.fault(
                version.path, f"no open time in {LONGEST_CLOSED_DAYS} days from {since.date()}: nothing can be due"
            )


def _uses(source: Source, versions: Sequence[_Read]) -> Iterator[HolidayUse]:
    for version, until in _with_next(versions):
        place = (*version.path, "holidays")
        at = Fault(source.file, source.line(place), key_of(place), "")
        for code in version.said.holidays:
            yield HolidayUse(version.said.name, code, at, version.said.valid_from, until, version.settled)
