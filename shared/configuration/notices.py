"""What is not wrong with a configuration, but should be known: shown by `hilo config check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from shared.configuration.calendars import HolidayUse
from shared.configuration.faults import Fault
from shared.domain.business_time.holidays import TABLES, HolidayTable

NoticeName = Literal["holidays_not_covered", "holiday_in_doubt"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One of them: `name` for programs, `at` with file, line, key and what to do."""

    name: NoticeName
    at: Fault


def notices(uses: Iterable[HolidayUse], since: date, until: date) -> list[Notice]:
    """What the calendars' tables of holidays do not know of the years from `since` to `until`, both included: years
    without data, whose holidays would count as working days, and days on which the sources disagree."""
    return [notice for use in uses for notice in _of(use, since, until)]


def _of(use: HolidayUse, since: date, until: date) -> Iterator[Notice]:
    table = TABLES[use.code]
    first, last = max(since, use.since or since), min(until, use.until or until)
    missing = table.uncovered(range(first.year, last.year + 1))
    if missing:
        yield Notice("holidays_not_covered", replace(use.at, message=_not_covered(table, missing)))
    for doubt in table.doubts:
        if first <= doubt.day <= last and doubt.day not in use.settled:
            text = f"{doubt.day} counts as a working day in {table.code}: {doubt.why}"
            yield Notice("holiday_in_doubt", replace(use.at, message=text))


def _not_covered(table: HolidayTable, missing: list[int]) -> str:
    years = " and ".join(map(str, missing))
    covered = " and ".join(map(str, table.years))
    return (
        f"the hub's table {table.code} covers {covered}, not {years}: holidays of {years} count as working days. "
        f"Update the hub, or write a version from {missing[0]}-01-01 with your days under closed in place of holidays"
    )
