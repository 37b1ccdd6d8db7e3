"""Replay: stored originals are read again, past the deduplication, by the parsers as they are now.

What is read as before stays as it is. What is read differently becomes a revision that carries both versions; what was
of no use and now is goes back to the inbound queue, and is recorded by its provider time. What never came to an end is
a dead letter, which redrive sends back.

There is no list of entries by time, on purpose: every message would have to write to it. Replay goes through the whole
table, at 0.5 RCU for each 4 KB of everything in it, whatever the range of time. A million short messages
are about 1.5 GB (1 KB each with its original, half as much beside it): some 190,000 RCU for one replay. Several callers
may each go through a segment of it at once; the first of them also goes through what was ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_paging import cursor_of, position_of
from shared.application.replay_entries import Entries
from shared.application.replay_ignored import FOLDER, Ignored
from shared.application.replay_originals import Originals
from shared.application.replay_page import Replayed, Wish
from shared.domain.event import utc_text
from shared.ports.channels import Channel
from shared.ports.files import Files
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock
from shared.ports.table import Table, scan_mark

SCANNED: Final = 500
"""Items read at once: a page that ends by time has read little in vain."""
LISTED: Final = 100
"""Names of files read at once."""
LONGEST_PLACE: Final = 20_000
"""Characters of a place: a key of the table as JSON."""


@dataclass(frozen=True, slots=True)
class Replay:
    """`channel`: the parser of a channel by its name; raises KeyError for one the hub does not have."""

    table: Table
    files: Files
    queues: Queues
    channel: Callable[[str], Channel]
    clock: Clock

    def page(self, wish: Wish, cursor: str | None, end: float) -> Replayed:
        """Go on from `cursor` until about `end` (seconds, by the clock), or to the end of all.

        0.5 RCU for each 4 KB of the table; for each revision 1 to 3 reads and 4 writes more, and a request for each
        original in Files. Raises `BadQuestion` for a cursor or a range that makes no sense, `Transient` when a store
        is unreachable: what is done is done, and the page can be asked for again.
        """
        days = wish.days
        place = position_of(cursor, "part", "after", longest=LONGEST_PLACE) or {"part": "table", "after": ""}
        if place["part"] not in ("table", "files"):
            raise BadQuestion("cursor: not one that a replay gave out")
        outcome = Replayed()
        originals = Originals(self.files, self.channel)
        if place["part"] == "table":
            entries = Entries(self.table, originals, wish, outcome, self._now)
            outcome.next = self._through_table(entries, place["after"] or None, end)
            place = {"part": "files", "after": ""}
        if outcome.next is None and wish.segment == 0:
            ignored = Ignored(self.files, self.queues, originals, wish, outcome)
            outcome.next = self._through_files(ignored, days, place["after"], end)
        return outcome

    def _through_table(self, entries: Entries, after: str | None, end: float) -> str | None:
        """The cursor of what is left, None at the end."""
        wish = entries.wish
        while True:
            try:
                page = self.table.scan(segment=wish.segment, segments=wish.segments, after=after, limit=SCANNED)
            except ValueError as wrong:
                raise BadQuestion("cursor: not one that a replay gave out") from wrong
            for item in page.items:
                entries.take(item)
                if self._is_over(entries.outcome, end):
                    return cursor_of(part="table", after=scan_mark((item["pk"], item["sk"])))
            after = page.next
            if after is None:
                return None

    def _through_files(self, ignored: Ignored, days: list[str], after: str, end: float) -> str | None:
        for day in days:
            prefix = f"{FOLDER}{day}/"
            if after and after[: len(prefix)] > prefix:
                continue
            while names := self.files.list(prefix, after, LISTED):
                for name in names:
                    ignored.take(name)
                    after = name
                    if self._is_over(ignored.outcome, end):
                        return cursor_of(part="files", after=after)
        return None

    def _is_over(self, outcome: Replayed, end: float) -> bool:
        return outcome.is_full or self.clock() >= end

    def _now(self) -> str:
        return utc_text(datetime.fromtimestamp(int(self.clock()), UTC))
