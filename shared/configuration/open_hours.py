"""Hours as a configuration writes them: `mon-fri: ["09:00-13:00", "14:00-18:00"]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

from shared.configuration.checks import unknown_key
from shared.configuration.source import Path, Source
from shared.domain.business_time.calendars import CLOSED, MIDNIGHT, WEEKDAYS, Hours

EXAMPLE: Final = 'mon-fri: ["09:00-18:00"]'
_WINDOW: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_DATE: Final = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)


def day_of(value: object) -> date:
    """A date, from its text or as another reader of YAML made it. Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such date") from None
    raise ValueError("a date is written 2026-12-24")


def read_week(source: Source, entry: Mapping[Any, Any], path: Path, others: Sequence[str]) -> tuple[Hours, ...] | None:
    """The hours of each weekday of an entry; None where they have faults. `others`: its keys that name no days."""
    week: dict[int, Hours] = {}
    faults = len(source.faults)
    for key, value in entry.items():
        if key in others:
            continue
        days = _weekdays(str(key))
        if not days:
            source.fault((*path, key), unknown_key(str(key), (*WEEKDAYS, "mon-fri", *others)))
            continue
        hours = _hours(source, value, (*path, key))
        for day in days:
            if day in week:
                source.fault((*path, key), f"{WEEKDAYS[day]} has hours already: name each day once")
            week[day] = hours
    if len(source.faults) > faults:
        return None
    if not any(week.values()):
        source.fault(path, f"is open on no day of the week: write {EXAMPLE}")
        return None
    return tuple(week.get(day, CLOSED) for day in range(7))


def _weekdays(key: str) -> list[int]:
    """`mon-fri`, `sat`, `mon,wed`; nothing for what names no days. A range may pass Sunday: `sat-mon`."""
    days: list[int] = []
    for part in key.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            return []
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days += [day % 7 for day in range(begin, end + (7 if end < begin else 0) + 1)]
    return days


def read_special(source: Source, data: Any, path: Path) -> Iterator[tuple[date, Hours]]:
    """The dates with hours of their own: `{2026-12-31: ["09:00-12:00"]}`."""
    if data is None:
        return
    if not isinstance(data, Mapping):
        source.fault(path, 'must be a mapping of dates to hours: write {2026-12-31: ["09:00-12:00"]}')
        return
    for key, value in data.items():
        try:
            yield day_of(key), _hours(source, value, (*path, key))
        except ValueError as error:
            source.fault((*path, key), str(error))


def _hours(source: Source, value: Any, path: Path) -> Hours:
    """The windows of a day, in order; what is wrong with them is noted."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        source.fault(path, 'must be a list of windows: write ["09:00-18:00"], or [] for a day without any')
        return CLOSED
    windows: list[tuple[int, int]] = []
    for index, text in enumerate(texts):
        place = (*path, index) if isinstance(value, list) else path
        try:
            windows.append(_window(text))
        except ValueError as error:
            source.fault(place, str(error))
    windows.sort()
    for (_, closes), (opens, _) in pairwise(windows):
        if opens < closes:
            source.fault(path, "windows of a day may not overlap")
    return tuple(windows)


def _window(text: Any) -> tuple[int, int]:
    match = _WINDOW.fullmatch(text) if isinstance(text, str) else None
    numbers = [int(part) for part in match.groups()] if match else []
    if not match or numbers[1] > 59 or numbers[3] > 59:
        raise ValueError('a window is written "09:00-18:00", with four digits on each side')
    opens, closes = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if closes > MIDNIGHT:
        raise ValueError("a day ends at 24:00")
    if closes <= opens:
        raise ValueError('a window ends after it begins; one that passes midnight is two: "22:00-24:00", "00:00-06:00"')
    return opens, closes
