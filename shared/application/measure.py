"""The stream's second reader: what changed in cases becomes blocks of deltas of the figures.

A batch of changes is counted once. What each case contributed before and contributes now follows from its item before
and after and from its log; the differences of a batch are one block, written together with the place that the shard
is counted to. A batch, or a part of one, that comes again finds that place beyond it. So what identifies a change is
its shard and its sequence number there, which a reader of the stream is told in order, first of all things once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from shared.application.figures_joined import JOINED
from shared.application.figures_of_case import GENERATION, Making, differs, mark_of, outward, read_log
from shared.domain.element import digest
from shared.domain.errors import Conflict, Transient
from shared.domain.event import utc_text
from shared.domain.figures.totals import merge_into
from shared.domain.figures.vocabulary import GONE
from shared.ports.surroundings import Clock
from shared.ports.table import Absent, Check, Condition, Equals, Item, Operation, Put, Table
from shared.store import keys
from shared.store.figures import Block, Generations, generations_in, generations_text
from shared.store.figures_text import Look

TRIES: Final = 3

ADDS: Final = frozenset({"message", "postback", "comment", "call"})
"""Kinds of entries that take nothing back."""

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
    for key, states in _by_item(changes).items():
        if key[1] == "PROFILE":
            _look_at_customer(block, states, _now(measuring))
        elif key[1] == "CASE" and any(differs(*step) for step in pairwise(states)):
            _Case(measuring, block, states).count(generations)
    return block


States = Sequence[Item | None]
"""An item before the first of its changes, and after each of them."""


def _by_item(changes: Sequence[CaseChange]) -> dict[tuple[str, str], list[Item | None]]:
    """The states of each item. What it contributed in between cancels out; what others were told of it does not: the
    clock may have looked just then."""
    found: dict[tuple[str, str], list[Item | None]] = {}
    for change in changes:
        found.setdefault(change.key, [change.before]).append(change.after)
    return found


def _look_at_customer(block: Block, states: States, now: str) -> None:
    """Customers who became one, or were parted, see other cases beside theirs."""
    for before, after in pairwise(states):
        if before is None or after is None:
            continue
        if any(before.get(name) != after.get(name) for name in ("family", "merged_into")):
            block.looks.append(Look(now, "customer", after["id"]))
            return


def _mark(case: Item | None) -> int:
    """The latest generation of figures that the case's item says it counts in."""
    return int((case or {}).get(GENERATION, 0))


class _Case:
    """One case, before and after."""

    def __init__(self, measuring: Measuring, block: Block, states: States) -> None:
        self._measuring = measuring
        self._block = block
        self._states = states
        self._before, self._after = states[0], states[-1]
        known = [one for one in states if one and not one.get("imported")]
        self._log = read_log(measuring.table, *known)

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
            self._block.looks += dict.fromkeys(self._looks(after, generations))

    def _looks(self, after: Item, generations: Generations) -> Iterator[Look]:
        at, making = _now(self._measuring), self._measuring.making
        due = making.next_look(after, self._log)
        if due:
            yield Look(due, "case", after["id"], mark_of(after))
        over = making.made_good_until(after, self._log) - making.made_good_until(self._before, self._log)
        yield from (Look(one, "customer", after["customer"]) for one in sorted(over))
        seen = [outward(one, self._log) for one in self._to_compare()]
        if any(one != other for one, other in pairwise(seen)):
            customers = dict.fromkeys(one.customer for one in seen if one.customer)
            yield from (Look(at, "customer", customer) for customer in customers)
        yield from (Look(at, "joined", case_id) for case_id in self._goes_on_in())
        if self._before is None and not all(one.counts(after) for one in generations):
            # Its id is of before the generation began: its item has to say that it counts.
            yield Look(at, "count", after["id"])

    def _to_compare(self) -> States:
        """States in which others may have seen it otherwise than at both ends. Where things were only said, whatever
        they saw in between is so at the end too."""
        first = int((self._before or {}).get("sequence", 0))
        added = {entry["kind"] for entry in self._log if int(entry["sequence"]) > first}
        whole = {(one["state"] in GONE, str(one.get(JOINED))) for one in self._states if one}
        return self._states if added - ADDS or len(whole) > 1 else (self._before, self._after)

    def _goes_on_in(self) -> dict[str, None]:
        """The cases in which it went on at any time, whose figures hold its log; and itself, once it does so no more:
        others may have been joined to it meanwhile."""
        found = [one.get("merged_into") for one in self._states if one]
        ended = [one["id"] for one, after in pairwise(self._states) if one and after and _is_parted(one, after)]
        return dict.fromkeys([one for one in found if one] + ended)


def _is_parted(before: Item, after: Item) -> bool:
    return bool(before.get("merged_into")) and not after.get("merged_into")
