"""From when on a figure no longer changes by time alone, and how a local day's figures stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

from shared.domain.figures.days import is_sealed
from shared.domain.figures.rules import Limits

State = Literal["open", "sealed", "restated"]

WINDOWS: Final[Mapping[str, str]] = {
    "fcr": "fcr_s",
    "fcr_net": "fcr_s",
    "fcr_repeat_contact": "fcr_s",
    "cases_reopened": "reopen_s",
    "reopen_events": "reopen_s",
    "reopen_rate": "reopen_s",
    "containment_verified": "contained_s",
    "conversion": "conversion_s",
    "survey_response": "survey_expiry_s",
    "handoff_lost": "leave_s",
    "recovered_abandons": "recovered_s",
}
"""Figures that are provisional until a window has passed, and which limit says how long it is."""


def last_mature_day(window_s: int, zones: Iterable[tzinfo], now: datetime) -> date:
    """The last local day whose end lies so long ago, in each of the zones. Raises ValueError without a zone."""
    return min(_last_mature(window_s, zone, now) for zone in zones)


def _last_mature(window_s: int, zone: tzinfo, now: datetime) -> date:
    day = now.astimezone(zone).date()
    while _end_of(day, zone) + timedelta(seconds=window_s) > now:
        day -= timedelta(days=1)
    return day


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def mature_days(limits: Limits, zones: Iterable[tzinfo], now: datetime) -> dict[str, date]:
    """The last mature day of each figure that has one."""
    held = list(zones)
    return {name: last_mature_day(getattr(limits, limit), held, now) for name, limit in WINDOWS.items()}


def state_of(day: date, zone: tzinfo, now: datetime, revision: int) -> State:
    """How a brand's day stands: open for two days after its end, then sealed; corrected since, restated."""
    if not is_sealed(day, zone, now):
        return "open"
    return "restated" if revision else "sealed"
