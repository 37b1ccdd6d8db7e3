"""Moments as text. Standard library alone: functions that need no event do not pay for its model."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """`2026-11-22T10:00:00Z`, with milliseconds only where there are any."""
    moment = moment.astimezone(UTC)
    form = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.isoformat(timespec=form).replace("+00:00", "Z")
