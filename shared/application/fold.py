"""The clock's part of the figures: open blocks of deltas go into the rows of their days, once.

A block is folded piece by piece. Each transaction writes a few rows and takes what they now hold out of the block, so
whoever dies in between has lost and doubled nothing, and whoever comes after goes on. Two who fold at once meet in the
block's version: the slower of them changes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate, islice
from typing import Final

from shared.domain.element import digest
from shared.domain.errors import Conflict, describe
from shared.domain.event import utc_text
from shared.domain.figures.days import is_sealed
from shared.domain.figures.totals import Cells
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import MAX_OPERATIONS, Absent, Delete, Equals, Item, Operation, Put, Table, Update
from shared.store import keys
from shared.store.figures import Block, Hours, RowKey, cells_of_row, open_blocks, row_step, rows_of
from shared.store.figures_text import Look, packed, unpacked

log = logging.getLogger("hilo")

AT_ONCE: Final = 9
"""Blocks that one transaction makes one."""

MOST: Final = 90
"""Blocks of one round."""

LARGE: Final = 1000
"""Cells, beyond which a block is folded before another joins it."""

HELD: Final = 200_000
"""Bytes that blocks made one may have: an item holds 400 KB, and what is being counted anew fills large blocks."""

FORGOTTEN_AFTER: Final = timedelta(days=7)

LOOKS: Final = 2000
"""Looks of one item."""


@dataclass(frozen=True, slots=True)
class Folding:
    """What the clock needs for it. `has_time`: whether another transaction may begin. `shards_end`: whether those of
    the stream do, and with them whatever could come again."""

    table: Table
    zone_of: Callable[[str], tzinfo]
    clock: Clock
    has_time: Callable[[], bool]
    shards_end: bool = True

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self.clock()), UTC)


def fold(folding: Folding) -> Counter[str]:
    """Fold what is open, oldest first, as long as there is time.

    1 RCU for each 4 KB of the blocks and of each row; 2 WRU for each KB of each row that changes and, for about eight
    rows, of the block. Raises `Conflict` when another is folding: what is done is done. Counts what was done.
    """
    done: Counter[str] = Counter()
    _fold_open(folding, done)
    return done


def _fold_open(folding: Folding, done: Counter[str]) -> None:
    """`done` grows with each step, so that whoever is stopped knows what was done."""
    while folding.has_time():
        blocks = open_blocks(folding.table, limit=MOST)
        if not blocks:
            return
        # Whoever reads meanwhile sees by this that rows may hold what was not yet open when they began.
        folding.table.transact([Update(keys.figures_round(), add={"rounds": 1})])
        block = _joined(folding, blocks, done)
        _fold_block(folding, block, done)


def keep_up(folding: Folding, metrics: Metrics) -> Counter[str]:
    """Fold as `fold` does, and forget shards that are long read. What stops it is counted, beside what was done until
    then, and met again next minute: the clock's other work goes on."""
    done: Counter[str] = Counter()
    try:
        _fold_open(folding, done)
        done["shards_forgotten"] += _forget_shards(folding) if folding.shards_end else 0
    except Conflict:
        done["fold_met_another"] += 1
    except Exception as error:  # noqa: BLE001  whatever is wrong with the figures must not stop retries and deadlines
        metrics.count("due_failed", error=type(error).__name__)
        log.error("the figures could not be folded: %s", describe(error))  # noqa: TRY400
    done = +done  # without what there was nothing of
    for name, number in done.items():
        metrics.count(name, number)
    return done


def _forget_shards(folding: Folding) -> int:
    """1 RCU, and a write for each shard of a week ago: its records are gone from the stream after a day. Where they
    stay until they are read, the place of a shard is what keeps them from being counted again after any time."""
    since = utc_text(folding.now - FORGOTTEN_AFTER)
    page = folding.table.query(keys.figures_shard("")[0], keys.SHARDS)
    old = [item for item in page.items if item["at"] < since]
    for item in old:
        folding.table.transact([Delete((item["pk"], item["sk"]), when=(Equals("at", item["at"]),))])
    return len(old)


def _joined(folding: Folding, blocks: list[Block], done: Counter[str]) -> Block:
    """All of them as one block, or as many as one holds."""
    first, *others = blocks
    while others and folding.has_time() and sum(map(len, first.cells.values())) < LARGE:
        few = _that_fit(first, others[: AT_ONCE - 1])
        if not few:
            break
        others = others[len(few) :]
        for other in few:
            first.join(other)
        folding.table.transact([first.put(), *(other.gone() for other in few)])
        first.version += 1
        done["blocks_joined"] += len(few)
    return first


def _that_fit(first: Block, others: list[Block]) -> list[Block]:
    sizes = accumulate((other.size for other in others), initial=first.size)
    return [other for other, size in zip(others, islice(sizes, 1, None), strict=True) if size <= HELD]


def _fold_block(folding: Folding, block: Block, done: Counter[str]) -> None:
    while folding.has_time():
        writes, left = _piece(folding, block)
        step: Operation = block.gone() if left.is_empty else left.put()
        folding.table.transact([step, *writes])
        left.version = block.version + 1
        block = left
        done["figures_written"] += len(writes)
        if block.is_empty:
            done["blocks_folded"] += 1
            return


def _piece(folding: Folding, block: Block) -> tuple[list[Operation], Block]:
    """What the next transaction writes, and the block that it leaves: first what is to be looked at, then rows."""
    left = Block(name=block.name, version=block.version, restated=set(block.restated))
    if block.looks or block.counted:
        looks = sorted(block.looks)
        left.cells, left.looks = block.cells, looks[LOOKS:]
        return [*_looks(block, looks[:LOOKS]), *_counted(block)], left
    rows = [row for number in sorted(block.cells) for row in sorted(rows_of(number, block.cells[number]).items())]
    writes: list[Operation] = []
    for place, (key, change) in enumerate(rows):
        more = [_row(folding, key, change), *_restating(folding, key, left.restated)]
        if len(writes) + len(more) >= MAX_OPERATIONS:
            left.cells = _cells(rows[place:])
            break
        left.restated |= _as_restated(folding, key)
        writes += more
    return writes, left


def _cells(rows: list[tuple[RowKey, Hours]]) -> dict[int, Cells]:
    found: dict[int, Cells] = {}
    for key, hours in rows:
        found.setdefault(key.generation, {}).update(cells_of_row(key, hours))
    return found


def _row(folding: Folding, key: RowKey, change: Hours) -> Operation:
    return row_step(key, folding.table.get(key.key).item, change)


def _restating(folding: Folding, key: RowKey, restated: set[tuple[int, str, str]]) -> list[Operation]:
    """A sealed day says that it was corrected, once for each block."""
    if not _as_restated(folding, key) - restated:
        return []
    change: Operation = Update(
        keys.figures_day(key.generation, key.day.isoformat(), key.brand),
        set={"brand": key.brand, "restated_at": utc_text(folding.now)},
        add={"revision": 1},
    )
    return [change]


def _as_restated(folding: Folding, key: RowKey) -> set[tuple[int, str, str]]:
    sealed = is_sealed(key.day, folding.zone_of(key.brand), folding.now)
    return {(key.generation, key.day.isoformat(), key.brand)} if sealed else set()


def _looks(block: Block, looks: list[Look]) -> Iterator[Operation]:
    """What is to be looked at, on the clock."""
    if looks:
        name = digest("looks", block.name, str(block.version))[:32]
        yield Put(looks_item(name, looks, 1), when=(Absent(),))


def looks_item(name: str, looks: list[Look], version: int) -> Item:
    """Looks as stored, on the clock for the soonest of them. `looks`: sorted, at least one."""
    key = keys.figures_looks(name)
    return {"pk": key[0], "sk": key[1], "version": version, "z": packed(looks), **keys.due(key, looks[0].at)}


def looks_in(item: Item) -> list[Look]:
    return [Look(*look) for look in unpacked(item["z"])]


def _counted(block: Block) -> Iterator[Operation]:
    for number, count in sorted(block.counted.items()):
        yield Update(keys.figures_generation(number), add={"counted": count})
