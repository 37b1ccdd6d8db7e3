"""When a local day's figures are sealed: later changes still count, but are corrections that say so. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

OPEN_FOR: Final = timedelta(hours=48)
"""After the local midnight that ends a day."""


def sealed_from(day: date, zone: tzinfo) -> datetime:
    """From this instant on a change of the day's figures is a correction."""
    return datetime.combine(day + timedelta(days=1), time(), zone) + OPEN_FOR


def is_sealed(day: date, zone: tzinfo, now: datetime) -> bool:
    """Whether the day is over for two days."""
    return now >= sealed_from(day, zone)
