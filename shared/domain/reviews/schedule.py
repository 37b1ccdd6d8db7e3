"""When a review is due: at its time in the brand's zone, and for some hours after, should the clock stand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from shared.domain.reviews.model import Kind

LATE: Final = timedelta(hours=6)
"""A review that could not go out for so long goes out no more: it would be yesterday's news."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of day, of one weekday (0 is Monday) or of each."""

    kind: Kind
    at: time
    weekday: int | None = None


def due(slot: Slot, zone: tzinfo, now: datetime) -> date | None:
    """The last day of the review that is to go out now: the one before the day on which it is due; None for none."""
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if slot.weekday is not None and day.weekday() != slot.weekday:
            continue
        moment = datetime.combine(day, slot.at, zone).astimezone(UTC)
        if moment <= now < moment + LATE:
            return day - timedelta(days=1)
    return None
