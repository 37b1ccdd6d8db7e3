"""The stream's second reader: what changed in cases becomes blocks of deltas of the figures.

A batch of changes is counted once. What each case contributed before and contributes now follows from its item before
and after and from its log; the differences of a batch are one block, written together with the place that the shard
is counted to. A batch, or a part of one, that comes again finds that place beyond it. So what identifies a change is
its shard and its sequence number there, which a reader of the stream is told in order, first of all things once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.application.figures_of_case import GENERATION, Making, differs, outward, read_log
from shared.domain.element import digest
from shared.domain.errors import Conflict, Transient
from shared.domain.event import utc_text
from shared.domain.figures.totals import merge_into
from shared.ports.surroundings import Clock
from shared.ports.table import Absent, Check, Condition, Equals, Item, Operation, Put, Table
from shared.store import keys
from shared.store.figures import Block, Generations, generations_in, generations_text
from shared.store.figures_text import Look

TRIES: Final = 3

DIGITS: Final = 40
"""Of a sequence number as it is stored: DynamoDB's are up to so long, and text is compared from the left."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One record of the stream: its sequence number, and the item of a case or of a customer before and after."""

    number: str
    before: Item | None
    after: Item | None

    @property
    def place(self) -> str:
        return self.number.zfill(DIGITS)

    @property
    def key(self) -> tuple[str, str]:
        item = self.after or self.before or {}
        return item["pk"], item["sk"]


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the reader needs."""

    table: Table
    making: Making
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Shard:
    """How far a shard is counted, for which generations; `item` None: it is new."""

    item: Item | None
    state: Item | None
    generations: Generations

    @property
    def place(self) -> str:
        return str(self.item["place"]) if self.item else ""


def measure(measuring: Measuring, shard: str, changes: Sequence[CaseChange]) -> bool:
    """Count these changes, in the order of the shard, if they are not counted yet. Whether anything was written.

    1 RCU for the shard's place (2 when it is new), and 1 for each 4 KB of the log of each case whose figures can have
    changed. 2 WRU for the place and 2 for each KB of the block, however many changes; none where nothing counts.
    Raises `Transient` when others keep counting the same shard.
    """
    lost: Conflict | None = None
    for _ in range(TRIES if changes else 0):
        at = _where(measuring.table, shard)
        fresh = [change for change in changes if change.place > at.place]
        if not fresh:
            return False
        block = _block(measuring, fresh, at.generations)
        if block.is_empty:
            return False  # counted again it comes to nothing again
        block.name = f"{_now(measuring)}#{digest('block', shard, fresh[-1].place)[:16]}"
        try:
            measuring.table.transact(_writes(shard, at, fresh[-1].place, block, _now(measuring)))
        except Conflict as quicker:
            lost = quicker
        else:
            return True
    if lost:
        raise Transient("others keep counting the same shard of the stream") from lost
    return False


def _now(measuring: Measuring) -> str:
    return utc_text(datetime.fromtimestamp(int(measuring.clock()), UTC))


def _where(table: Table, shard: str) -> _Shard:
    item = table.get(keys.figures_shard(shard)).item
    if item is not None:
        return _Shard(item, None, generations_in(item))
    state = table.get(keys.figures_state()).item
    return _Shard(None, state, generations_in(state))


def _writes(shard: str, at: _Shard, place: str, block: Block, now: str) -> list[Operation]:
    pk, sk = keys.figures_shard(shard)
    generations = generations_text(at.generations)
    item: Item = {"pk": pk, "sk": sk, "place": place, "generations": generations, "at": now}
    if at.item is not None:
        unchanged = (Equals("place", at.place), Equals("generations", at.item["generations"]))
        return [block.put(), Put(item, when=unchanged)]
    as_read: Condition = Equals("generations", generations) if at.state else Absent()
    return [block.put(), Put(item, when=(Absent(),)), Check(keys.figures_state(), (as_read,))]


def _block(measuring: Measuring, changes: Sequence[CaseChange], generations: Generations) -> Block:
    block = Block(cells={one.number: {} for one in generations})
    for key, (before, after) in _by_item(changes).items():
        if key[1] == "PROFILE":
            _look_at_customer(block, before, after, _now(measuring))
        elif key[1] == "CASE" and differs(before, after):
            _Case(measuring, block, before, after).count(generations)
    return block


def _by_item(changes: Sequence[CaseChange]) -> dict[tuple[str, str], tuple[Item | None, Item | None]]:
    """Each item as it was before the first of its changes and after the last: what is between cancels out."""
    found: dict[tuple[str, str], tuple[Item | None, Item | None]] = {}
    for change in changes:
        first = found[change.key][0] if change.key in found else change.before
        found[change.key] = first, change.after
    return found


def _look_at_customer(block: Block, before: Item | None, after: Item | None, now: str) -> None:
    """Customers who became one, or were parted, see other cases beside theirs."""
    if before is None or after is None:
        return
    if any(before.get(name) != after.get(name) for name in ("family", "merged_into")):
        block.looks.append(Look(now, "customer", after["id"]))


def _mark(case: Item | None) -> int:
    """The latest generation of figures that the case's item says it counts in."""
    return int((case or {}).get(GENERATION, 0))


class _Case:
    """One case, before and after."""

    def __init__(self, measuring: Measuring, block: Block, before: Item | None, after: Item | None) -> None:
        self._measuring = measuring
        self._block = block
        self._before, self._after = before, after
        longest = max((one for one in (before, after) if one), key=lambda one: int(one["sequence"]))
        imported = bool(longest.get("imported"))
        self._log = [] if imported else read_log(measuring.table, longest)

    def count(self, generations: Generations) -> None:
        making, before, after = self._measuring.making, self._before, self._after
        was, now = making.cells(before, self._log), making.cells(after, self._log)
        for generation in generations:
            cells = self._block.cells[generation.number]
            counted = before is not None and generation.counts(before)
            counts = after is not None and generation.counts(after)
            if counts:
                merge_into(cells, now)
            if counted:
                merge_into(cells, was, -1)
            if after is not None and _mark(before) < generation.number <= _mark(after):
                self._block.counted[generation.number] = self._block.counted.get(generation.number, 0) + 1
        if after is not None and not after.get("imported"):
            self._look_again(after, generations)

    def _look_again(self, after: Item, generations: Generations) -> None:
        at, making = _now(self._measuring), self._measuring.making
        due = making.next_look(after, self._log)
        if due:
            self._block.looks.append(Look(due, "case", after["id"]))
        over = making.made_good_until(after, self._log) - making.made_good_until(self._before, self._log)
        self._block.looks += [Look(one, "customer", after["customer"]) for one in sorted(over)]
        if outward(self._before, self._log) != outward(after, self._log):
            self._block.looks.append(Look(at, "customer", after["customer"]))
        if self._before is None and not all(one.counts(after) for one in generations):
            # Its id is of before the generation began: its item has to say that it counts.
            self._block.looks.append(Look(at, "count", after["id"]))
