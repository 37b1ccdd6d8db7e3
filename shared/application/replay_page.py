"""What a replay is asked for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.application.inquire_errors import BadQuestion

MOST_NAMED: Final = 500
"""Differences, or originals that cannot be read, in one page: then it ends, so that each is named."""
MOST_DAYS: Final = 3_700
"""Ten years: more is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Entries received from `since` on and before `until`, of `only` one channel or all. `dry`: change nothing.

    `segment` of `segments`: the part of the table that is gone through, where several go through it at once.
    """

    since: datetime
    until: datetime
    only: str | None = None
    dry: bool = False
    segment: int = 0
    segments: int = 1

    def covers(self, received_at: str, channel: str) -> bool:
        at = datetime.fromisoformat(received_at)
        return self.since <= at < self.until and self.only in (None, channel)

    @property
    def days(self) -> list[str]:
        """Every day of the range, oldest first. Raises `BadQuestion` for too many."""
        last = self.until - timedelta(microseconds=1)
        number = (last.date() - self.since.date()).days + 1
        if number > MOST_DAYS:
            raise BadQuestion("to: more than ten years after from")
        return [(self.since + timedelta(days=day)).date().isoformat() for day in range(number)]


@dataclass(slots=True)
class Replayed:
    """What came of one page.

    `read`: originals in the range that were looked at, each of which is one of `same`, `revised`, `conflicts` (read
    differently in a way that a person must judge), `requeued`, or one of those that could not be read. `differences`:
    where and in which fields, with `conflict` saying why nothing was written. When nothing may be changed, `revised`
    and `requeued` count what would be. `no_parser`: entries of no channel that the hub reads, such as what happened in
    a tool; they are not among `read`. `next`: the cursor of the rest.
    """

    read: int = 0
    same: int = 0
    revised: int = 0
    conflicts: int = 0
    requeued: int = 0
    no_parser: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[dict[str, Any]] = field(default_factory=list)
    next: str | None = None

    @property
    def is_full(self) -> bool:
        return len(self.differences) >= MOST_NAMED or len(self.unreadable) >= MOST_NAMED
