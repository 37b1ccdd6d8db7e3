"""Questions about figures: totals of a range of local days, exact at the moment they are asked. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from shared.domain.errors import Transient
from shared.domain.figures.totals import Cell, Cells, Totals, merge_into
from shared.ports.table import Table
from shared.store import keys
from shared.store.figures import (
    Block,
    Restated,
    RowKey,
    cells_of_row,
    generations_of,
    open_blocks,
    restated_of_day,
    rows_of_day,
)

MOST_DAYS: Final = 400
"""Of one question."""

TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures of a range of days. `restated`: by day, the brands whose figures were corrected after it was sealed."""

    cells: Cells
    restated: Mapping[date, list[Restated]]


def _itself(cell: Cell) -> Cell:
    return cell


def _unbounded(_: int) -> None:
    """For whoever reads few days."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is kept of what is read, so that a year needs the memory of its answer alone. `place`: the cell in which a
    cell is added up, None for nowhere (which must not depend on its hour); `metrics`: all where None; `go_on`: told
    after each day how many cells are held, and raises to stop."""

    place: Callable[[Cell], Cell | None] = _itself
    metrics: frozenset[str] | None = None
    go_on: Callable[[int], None] = _unbounded

    def add(self, cells: Cells, others: Mapping[Cell, Totals]) -> None:
        for cell, totals in others.items():
            place = self.place(cell)
            if place is not None:
                merge_into(cells, {place: totals if self.metrics is None else totals.only(self.metrics)})

    def has_row(self, key: RowKey) -> bool:
        return self.place(Cell(key.brand, key.day, 0, *key[3:])) is not None


ALL: Final = Wanted()


def counted(table: Table, first: date, last: date, wanted: Wanted = ALL) -> Counted:
    """What was counted of these local days (both included): their rows, and the blocks that are not folded yet.

    1 RCU for each 4 KB of the rows of each day (1 at least, and 1 for whether it was restated), and of the open blocks
    twice: had one of them been folded meanwhile, it is read again. Raises ValueError for a range of more than
    `MOST_DAYS`, `Transient` where folding never pauses.
    """
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ValueError(f"a range of 1 to {MOST_DAYS} days")
    days = list(_days(first, last))
    for _ in range(TRIES):
        rounds, before = _rounds(table), open_blocks(table)
        generation = generations_of(table)[0].number
        cells: Cells = {}
        for day in days:
            for key, hours in rows_of_day(table, generation, day, wanted.has_row):
                wanted.add(cells, cells_of_row(key, hours))
            wanted.go_on(len(cells))
        if not _is_as_before(before, open_blocks(table)) or rounds != _rounds(table):
            continue
        for block in before:
            wanted.add(cells, _within(block.cells.get(generation, {}), first, last))
        restated = {day: found for day in days if (found := restated_of_day(table, generation, day))}
        return Counted(cells, restated)
    raise Transient("the figures are being folded without a pause")


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _within(cells: Cells, first: date, last: date) -> Cells:
    return {cell: totals for cell, totals in cells.items() if first <= cell.day <= last}


def _rounds(table: Table) -> int:
    return int((table.get(keys.figures_round()).item or {}).get("rounds", 0))


def _is_as_before(before: list[Block], after: list[Block]) -> bool:
    """Nothing of what was open was folded meanwhile. What opened since is folded in another round alone."""
    now = {block.name: block.version for block in after}
    return all(now.get(block.name) == block.version for block in before)
