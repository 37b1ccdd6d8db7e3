"""Figures against the logs: compared with an independent computation, or counted anew from nothing.

The comparison reads every case once, computes what it contributes from its log, adds that up, and takes away what the
rows and open blocks say. On a hub at rest nothing is left. While messages come in, what is on its way through the
stream is; so it is asked again.

Counting anew goes through the stream itself, in order with everything else: a new generation of figures begins empty,
each case's item is marked with it, and the reader of the stream, seeing the mark, adds all that the case contributes;
from then on its changes count in both. Once every case is counted the new generation is the one that is asked, and the
rows of the old one go. So nothing has to stand still, and a mark that comes twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shared.application.figures_of_case import Making, as_of, history_of, read_log
from shared.application.inquire_errors import BadQuestion
from shared.application.record.context import Context
from shared.application.record.figures_marks import note_counted
from shared.domain.errors import Conflict, Transient
from shared.domain.figures.totals import Cells, cells_of, merge_into
from shared.domain.ids import uuid7
from shared.ports.table import Absent, Check, Condition, Delete, Equals, Item, Key, Present, Table, Update
from shared.store import keys
from shared.store.conditional import took_effect
from shared.store.figures import Generation, Generations, generations_in, generations_of, generations_text

SCANNED: Final = 200
"""Items read at once."""

CELLS: Final = 4000
"""Of one page: an answer holds 6 MB."""

AHEAD_S: Final = 120.0
"""Cases that begin within so long after a generation are marked too: every shard has to know of it by then."""

TOLD_WITHIN_S: Final = 60.0
"""So long telling the shards may take. The rest is for clocks that differ."""

TRIES: Final = 9


@dataclass(slots=True)
class Page:
    """What one page did. `cells`: what its cases contribute. `next`: where to go on, None at the end."""

    cases: int = 0
    marked: int = 0
    removed: int = 0
    cells: Cells = field(default_factory=dict)
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Recompute:
    """`has_time`: whether another page of the table may be read."""

    context: Context
    making: Making
    has_time: Callable[[], bool]

    # compare

    def contributions(self, first: date, last: date, after: str | None) -> Page:
        """What the next cases of the table contribute to these days, by their logs alone.

        0.5 RCU for each 4 KB of the table that was read, and 1 for each 4 KB of the log of each case.
        """
        page = Page()
        for case in self._cases(page, after):
            if case.get("imported"):
                continue
            found = self._cells(case)
            merge_into(page.cells, {cell: totals for cell, totals in found.items() if first <= cell.day <= last})
        return page

    def _cells(self, case: Item) -> Cells:
        history = history_of(case, read_log(self.context.table, case))
        if not history.events:
            return {}
        facts = self.making.facts_of(history, self.making.rules, as_of(case, history))
        return cells_of(facts, self.making.zone_of)

    # count anew

    def begin(self) -> int:
        """Begin a new generation, or go on with the one that has begun; its number. 2 writes, and 4 for each shard.

        A case with an id beyond its boundary counts in it from the first, so there must be none before every shard
        knows it. One of which that is not sure, since whoever began it stopped, is given up for another. Raises
        `Transient` when the shards cannot be told in time.
        """
        for _ in range(TRIES):
            item = self.context.table.get(keys.figures_state()).item
            generations = generations_in(item)
            number = generations[-1].number
            if len(generations) > 1 and item and int(item.get("told", 0)) == number:
                return number
            if len(generations) == 1 or self._is_late(item):
                made = Generation(number + 1, uuid7(self.context.clock() + AHEAD_S, bytes(10)))
                self._keep((generations[0], made), item, tell_by=int(self.context.clock() + TOLD_WITHIN_S))
            elif self._tell_shards(generations) and not self._is_late(item):
                self._keep(generations, item, told=number)
        raise Transient("the shards of the stream could not all be told of a new generation of figures in time")

    def _is_late(self, state: Item | None) -> bool:
        return self.context.clock() > int((state or {}).get("tell_by", 0))

    def mark(self, generation: int, after: str | None) -> Page:
        """Let the next cases of the table count in the generation. 0.5 RCU for each 4 KB read, 1 RCU and 1 WRU for each
        KB of each case that is not marked."""
        page = Page()
        made = generations_of(self.context.table)[-1]
        for case in self._cases(page, after):
            if not made.counts(case):
                page.marked += note_counted(self.context, case["id"], generation)
        return page

    def marked(self, after: str | None, generation: int) -> Page:
        """How many of the next cases of the table are marked. One that the first reading did not show, as it may lag
        behind, is marked now. 0.5 RCU for each 4 KB read, and as `mark` for each of those."""
        page = Page()
        made = generations_of(self.context.table)[-1]
        for case in self._cases(page, after):
            if not made.counts(case):
                page.marked += note_counted(self.context, case["id"], generation)
            else:
                page.marked += int(case.get("figures_gen", 0)) >= generation
        return page

    def counted(self, generation: int) -> int:
        """How many marked cases the stream's reader has counted. 1 RCU."""
        item = self.context.table.get(keys.figures_generation(generation)).item or {}
        return int(item.get("counted", 0))

    def take_over(self, generation: int) -> None:
        """From now on the new generation is the one that is asked, and the only one counted. Raises `Conflict` when it
        is not the one being made."""
        item = self.context.table.get(keys.figures_state()).item
        generations = generations_in(item)
        if generations[-1].number != generation:
            raise Conflict(f"generation {generation} is not being made")
        if len(generations) > 1 and not self._keep(generations[-1:], item):
            raise Conflict("another generation of figures was begun meanwhile")
        self._tell_shards(generations[-1:])

    def clear(self, after: str | None) -> Page:
        """Remove rows of generations that nobody asks any more. 0.5 RCU for each 4 KB read, 1 WRU for each KB gone."""
        oldest = generations_of(self.context.table)[0].number
        page = Page()
        for item in self._items(page, after):
            number = _generation_of(item)
            if number is not None and number < oldest:
                self.context.table.transact([Delete((item["pk"], item["sk"]))])
                page.removed += 1
        return page

    def _keep(self, generations: Generations, before: Item | None, **more: int) -> bool:
        text = generations_text(generations)
        as_read: Condition = Equals("generations", before["generations"]) if before else Absent()
        step = Update(keys.figures_state(), set={"generations": text, **more}, when=(as_read,))
        return took_effect(self.context.table, [step])

    def _tell_shards(self, generations: Generations) -> bool:
        """Whoever counts a shard finds out with the next batch; a shard that is new asks by itself. False when the
        generations are others by now: then nobody is told of these any more. Raises `Transient` for a shard that is
        changed all the time."""
        text = generations_text(generations)
        unchanged = Check(keys.figures_state(), (Equals("generations", text),))
        for _ in range(TRIES):
            untold = [key for key, told in self._shards() if told != text]
            for key in untold:
                took_effect(self.context.table, [Update(key, set={"generations": text}, when=(Present(),)), unchanged])
            if generations_text(generations_of(self.context.table)) != text:
                return False
            if not untold:
                return True
        raise Transient("a shard of the stream that is counted all the time")

    def _shards(self) -> Iterator[tuple[Key, str]]:
        after = None
        while True:
            page = self.context.table.query(keys.figures_shard("")[0], keys.SHARDS, after=after)
            yield from (((item["pk"], item["sk"]), item["generations"]) for item in page.items)
            after = page.next
            if after is None:
                return

    def _cases(self, page: Page, after: str | None) -> Iterator[Item]:
        for item in self._items(page, after):
            if item["sk"] == "CASE":
                page.cases += 1
                yield item

    def _items(self, page: Page, after: str | None) -> Iterator[Item]:
        table: Table = self.context.table
        while True:
            try:
                found = table.scan(after=after, limit=SCANNED)
            except ValueError as wrong:
                raise BadQuestion("cursor: not one that was given out") from wrong
            yield from found.items
            page.next = after = found.next
            if after is None or not self.has_time() or len(page.cells) > CELLS:
                return


def _generation_of(item: Item) -> int | None:
    """Of a row, or of what says that a day was restated."""
    for prefix in (keys.ROWS, keys.DAYS):
        if item["pk"].startswith("KPI#") and item["sk"].startswith(prefix):
            return int(item["sk"].removeprefix(prefix).partition("#")[0])
    return None
