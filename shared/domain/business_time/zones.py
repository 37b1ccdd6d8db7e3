"""Time zones, and the stretches of UTC in which a zone's offset stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from shared.domain.errors import Misconfigured

DAY_S: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class UnknownZone(Misconfigured):
    """No time zone has this name. It is never taken for UTC."""


class NoZoneData(Misconfigured):
    """This machine has no time zone database at all (the package `tzdata` brings it)."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name; `UTC` needs no database. Raises `UnknownZone`, `NoZoneData`."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise NoZoneData("this machine has no time zone database: install the package tzdata") from None
        raise UnknownZone(f"unknown time zone {name!r}: write an IANA name, such as America/Guayaquil") from None


def epoch_s(at: datetime) -> int:
    """Whole seconds since 1970, parts of a second cut off. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone: instants are aware, in UTC")
    return (at - _EPOCH) // _SECOND


def instant(seconds: int) -> datetime:
    """The inverse of `epoch_s`, in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def offsets(zone: tzinfo, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Stretches `(from, until, offset)` of `[start, stop)`, all in seconds, in each of which local time is UTC plus
    `offset`. Looks once a day of the span: a zone that changed twice within one day and back would be missed (none
    is on record)."""
    begin, offset = start, _offset(zone, start)
    for at in range(start, stop, DAY_S):
        after = min(at + DAY_S, stop)
        later = _offset(zone, after)
        change = _change(zone, at, after, offset) if later != offset else stop
        if change < stop:
            yield begin, change, offset
            begin, offset = change, later
    if begin < stop:
        yield begin, stop, offset


def _offset(zone: tzinfo, at: int) -> int:
    shift = instant(at).astimezone(zone).utcoffset()
    return 0 if shift is None else shift // _SECOND


def _change(zone: tzinfo, before: int, after: int, offset: int) -> int:
    """The first second with another offset than `offset`, which holds at `before` and no longer at `after`."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after
