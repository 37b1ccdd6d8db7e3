"""Edits that a channel counts: of several the highest number holds, in whichever order they come. Pure."""

from __future__ import annotations

from typing import Final

from shared.domain.event import Event

OUTDATED: Final = "outdated_edit"
"""Of an edit that was recorded after a later one: what it says no longer holds."""

MOST: Final = 2**31
"""A number from here on is none."""


def number_of(event: Event) -> int | None:
    """How often the message had been edited with it, where its channel counts; None for all else."""
    return event.edit_number if event.kind == "edit" else None


def as_counted(event: Event, highest: int) -> Event:
    """The edit as it is recorded after those up to `highest`: flagged when it is below."""
    number = number_of(event)
    if number is None or number >= highest:
        return event
    return event.model_copy(update={"flags": [*event.flags, OUTDATED]})
