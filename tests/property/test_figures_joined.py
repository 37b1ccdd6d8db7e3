"""Whatever customers and cases are joined and parted, in chains and in any order: each message counts in one case.

What happens is written by the hub's own recorder. The stream's reader takes any piece of it, again and again; the clock
folds and looks at any time in between; figures are begun to be counted anew by people who stop.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from local.sqlite.stream import Change
from shared.application.figures_looks import LookingAt, histories_of_customer, look_at_figures
from shared.application.figures_of_case import BESIDE, Making, read_log
from shared.application.fold import Folding, fold, looks_in
from shared.application.measure import CaseChange, Measuring, measure
from shared.application.recompute import Recompute
from shared.aws.attributes import unmarshal_image
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.event import utc_text
from shared.domain.figures.beside import beside_of
from shared.domain.figures.facts import facts_of
from shared.domain.figures.model import Beside, CaseHistory, Fact
from shared.domain.figures.ripening import next_change
from shared.domain.figures.rules import Rules
from shared.domain.figures.totals import Cells, merge_into
from shared.ports.table import Item
from shared.store import keys
from shared.store.figures import cells_of_row, generations_of, hours_in, open_blocks, row_key_of
from tests.engine.figures.bench import one_per_message
from tests.engine.record.bench import CONFIG
from tests.property.test_merge_and_part import WHO, Script

JOIN = st.tuples(st.just("join"), WHO, WHO)
WRITE = st.tuples(st.just("write"), WHO, st.integers(0, 3))
STEPS = st.lists(
    st.one_of(
        WRITE,
        WRITE,
        JOIN,
        JOIN,
        JOIN,
        st.tuples(st.just("merge"), WHO, WHO),
        st.tuples(st.just("part"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("say_state"), WHO, st.sampled_from(["open", "pending_customer", "resolved", "closed"])),
    ),
    min_size=4,
    max_size=20,
)

PROMISED = CONFIG + "\nsla:\n- {name: all, first_response: PT2M, next_response: PT3M, resolution: PT30M}\n"
DAY_S = 86_400
Step = tuple[str, Any, Any]
SHARDS = 2
MARK = "contacts_short"
"""A counter of what is rare here anyway, for what is to be told apart: each message, once."""


def whole_and_each_message(history: CaseHistory, rules: Rules, as_of: Any) -> list[Fact]:
    told = [one for one in facts_of(history, rules, as_of) if one.metric != MARK]
    each = [one for one in one_per_message(history, rules, as_of) if one.metric == "contacts_offered"]
    return [*told, *(Fact(one.case, MARK, 1, one.at, dimensions=one.dimensions) for one in each)]


class Stopped(BaseException):
    """Whoever worked is no more."""


class Stopping:
    """A table for one who stops at their n-th write."""

    def __init__(self, table: Any, writes: int) -> None:
        self._table, self._left = table, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def transact(self, operations: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Stopped
        return self._table.transact(operations)


class Counting:
    """The readers of the stream, the clock, and people who count anew, beside a hub on which things happen."""

    def __init__(self, script: Script, draw: Random) -> None:
        self.hub, self.draw = script.people.hub, draw
        self.table: Any = self.hub.table.table
        rules = rules_of(parse(PROMISED, "test", {}))
        self.making = Making(whole_and_each_message, rules, partial(beside_of, limits=rules.limits), next_change)
        self.shards: dict[str, list[CaseChange]] = {f"shard-{number}": [] for number in range(SHARDS)}
        self.places = dict.fromkeys(self.shards, 0)
        self.numbers = itertools.count(10**20)
        self.table.listen(self.tell)

    def tell(self, change: Change) -> None:
        if change.sk in ("CASE", "PROFILE"):
            before, after = (image and unmarshal_image(image) for image in (change.old, change.new))
            name = f"shard-{crc32(change.pk.encode()) % SHARDS}"
            self.shards[name].append(CaseChange(str(next(self.numbers)), before, after))

    def tell_what_was_there(self) -> None:
        for case in self.cases():
            name = f"shard-{crc32(case['pk'].encode()) % SHARDS}"
            self.shards[name].append(CaseChange(str(next(self.numbers)), None, case))

    # what each does

    def clock(self) -> float:
        return float(self.hub.seconds)

    def read(self, most: int) -> None:
        for shard, changes in self.shards.items():
            place = self.places[shard]
            again = self.draw.randint(0, place) if self.draw.random() < 0.2 else place
            batch = changes[again : place + self.draw.randint(1, most)]
            measure(Measuring(self.table, self.making, self.clock), shard, batch)
            self.places[shard] = max(place, again + len(batch))

    def fold(self, steps: int = 10_000) -> None:
        left = iter(range(steps))
        fold(Folding(self.table, self.making.zone_of, self.clock, lambda: next(left, None) is not None))

    def look(self) -> int:
        due = [item for item in self.looks() if looks_in(item)[0].at <= self.now]
        for item in due:
            look_at_figures(LookingAt(self.hub.context, self.making, lambda: True), item)
        return len(due)

    def begin(self) -> None:
        """Somebody wants all counted anew, and stops on the way or not."""
        table = Stopping(self.table, self.draw.randint(0, 6))
        with suppress(Stopped):
            number = self.recompute(table).begin()
            self.recompute(table).mark(number, None)
        self.hub.seconds += self.draw.choice([1, 100, 400])

    def recompute(self, table: Any) -> Recompute:
        return Recompute(replace(self.hub.context, table=table), self.making, lambda: True)

    def some_time(self) -> None:
        """Anything of it, in any order."""
        for _ in range(self.draw.randint(0, 3)):
            work = self.draw.choice([partial(self.read, 9), partial(self.fold, 3), self.fold, self.look, self.look])
            work()
        if self.draw.random() < 0.1:
            self.begin()

    def rest(self) -> None:
        for _ in range(60):
            while any(self.places[shard] < len(changes) for shard, changes in self.shards.items()):
                self.read(50)
            self.fold()
            if not self.look() and not open_blocks(self.table):
                return
        raise AssertionError("the clock never comes to rest")

    def anew(self) -> None:
        number = self.recompute(self.table).begin()
        self.recompute(self.table).mark(number, None)
        marked = self.recompute(self.table).marked(None, number).marked
        self.rest()
        assert self.recompute(self.table).counted(number) >= marked
        self.recompute(self.table).take_over(number)

    # what is so

    @property
    def now(self) -> str:
        return utc_text(datetime.fromtimestamp(int(self.hub.seconds), UTC))

    def items(self) -> Iterator[Item]:
        yield from self.table.scan().items

    def looks(self) -> list[Item]:
        return [item for item in self.items() if item["pk"].startswith("KPI#LOOK#")]

    def cases(self) -> list[Item]:
        return [item for item in self.items() if item["sk"] == "CASE"]

    def stored(self) -> Cells:
        found: Cells = {}
        number = generations_of(self.table)[0].number
        for item in self.items():
            if item["pk"].startswith("KPI#2") and item["sk"].startswith(f"{keys.ROWS}{number}#"):
                merge_into(found, cells_of_row(row_key_of(item), hours_in(item)))
        for block in open_blocks(self.table):
            merge_into(found, block.cells.get(number, {}))
        return found

    def computed(self) -> Cells:
        found: Cells = {}
        for case in self.cases():
            merge_into(found, self.making.cells(case, read_log(self.table, case)))
        return found


def check(counting: Counting, script: Script) -> None:
    counting.rest()
    stored = counting.stored()
    assert stored == counting.computed()
    each = sum(totals.counters.get(MARK, 0) for totals in stored.values())
    assert each == sum(map(len, script.wrote.values())), "each message counts once"
    seen_by = counting.making.beside_of
    for who in "abcd":
        histories = histories_of_customer(counting.hub.context, script.people.ids[who])
        found = seen_by([history for _, history in histories])
        for case, _ in histories:
            beside = found.get(case["id"], Beside())
            told = {name: utc_text(at) for name in BESIDE if (at := getattr(beside, name))}
            assert {name: case[name] for name in BESIDE if name in case} == told


@settings(max_examples=30, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_each_message_counts_once_whatever_is_joined_and_parted(
    steps: list[tuple[str, Any, Any]], draw: Random
) -> None:
    script = Script()
    counting = Counting(script, draw)
    for case in counting.cases():  # what was there before anybody listened
        counting.shards["shard-0"].append(CaseChange(str(next(counting.numbers)), None, case))
    for step, first, second in steps:
        getattr(script, step)(first, second)
        counting.some_time()
    counting.hub.seconds += 600
    check(counting, script)
    while script.merges:
        script.part(draw.randrange(100))
        counting.some_time()
    counting.hub.seconds += DAY_S * draw.choice([0, 1, 9])
    check(counting, script)
    counting.anew()
    check(counting, script)
