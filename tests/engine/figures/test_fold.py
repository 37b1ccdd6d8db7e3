"""Blocks become rows, once; whoever asks meanwhile is told what is true."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.metrics import CountedMetrics
from local.run import ports_of
from local.storage import Storage
from shared import bootstrap
from shared.application.figures import counted
from shared.application.fold import fold, keep_up, looks_in
from shared.application.measure import measure
from shared.domain.errors import Conflict
from shared.domain.figures.totals import Cell, Cells, Distribution, Totals
from shared.ports.table import Table
from shared.store import keys
from shared.store.figures import Block, open_blocks
from tests.engine.figures.bench import START, World, answer, event, making, one_per_message, state

MINUTE = timedelta(minutes=1)
DAY = date(2026, 11, 11)


@pytest.fixture
def world(table: Table) -> World:
    return World(table, making=making(facts_of=one_per_message))


def a_day(world: World, cases: int = 5, first: int = 0, days: int = 0) -> None:
    for number in range(first, first + cases):
        case, at = f"c{number}", number * MINUTE + timedelta(days=days)
        world.open(case, event(at=at), customer=f"k{number}", brand=("acme", "zeta")[number % 2])
        world.log(case, answer(at + 3 * MINUTE, who=f"agent-{number % 7}"), state("resolved", "new", at + 9 * MINUTE))


def figures(world: World) -> Any:
    return counted(world.table, DAY, DAY + timedelta(days=9)).cells


def test_folding_changes_no_figure_and_leaves_no_block(world: World) -> None:
    a_day(world, 20)
    world.read_all(size=7)
    before = figures(world)
    done = fold(world.folding())
    assert open_blocks(world.table) == []
    assert figures(world) == before == world.computed()
    assert done["blocks_folded"] == 1
    assert done["blocks_joined"] > 2
    assert all(len(one) <= 10 for one in world.hub.writes)


def test_nothing_open_writes_nothing(world: World) -> None:
    assert not fold(world.folding())
    assert world.hub.writes == []


def test_blocks_that_are_no_item_together_are_folded_one_by_one(world: World) -> None:
    draw = random.Random(1)
    for number in range(4):
        cells: Cells = {}
        for place in range(900):
            buckets = {bucket: draw.randint(1, 999) for bucket in draw.sample(range(900), 40)}
            spread = Distribution(sum(buckets.values()), draw.randint(1, 10**9), buckets)
            cells[Cell("acme", DAY, place % 24, "email", "-", f"agent-{place}")] = Totals({}, {"nrt_calendar": spread})
        world.table.transact([Block({0: cells}, name=f"2026-11-11T15:0{number}:00Z#b").put()])
    sizes = [block.size for block in open_blocks(world.table)]
    assert sum(sizes) > 400 * 1024 > 2 * max(sizes)
    wanted = world.stored()
    assert fold(world.folding(steps=5))["figures_written"] > 0
    assert world.stored() == wanted


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
def test_whoever_is_stopped_goes_on_where_it_was(world: World, steps: int) -> None:
    a_day(world, 24)
    world.read_all(size=11)
    wanted = world.computed()
    for _ in range(100):
        if not open_blocks(world.table):
            break
        fold(world.folding(steps + 1))
        assert world.stored() == wanted
        assert figures(world) == wanted
    assert open_blocks(world.table) == []


def test_two_who_fold_at_once_fold_once(world: World) -> None:
    a_day(world, 12)
    world.read_all(size=4)
    wanted = world.computed()
    first, other = world.hub.transact, World(world.table, making=world.making)
    raced: list[bool] = []

    def behind(operations: Any) -> Any:
        if len(world.hub.writes) > 30 and not raced:
            raced.append(True)
            fold(other.folding(3))
        return first(operations)

    world.hub.transact = behind  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        fold(world.folding())
    assert world.stored() == wanted
    fold(world.folding())
    assert world.stored() == wanted
    assert open_blocks(world.table) == []


def test_what_is_taken_back_leaves_no_row(world: World) -> None:
    a_day(world, 1)
    world.read_all()
    world.fold_all()
    moved = event("deletion", "system", flags=["moved"], message_id="gone")
    for sequence in (1, 2):
        world.log("c0", moved, attributes={"target": sequence})
    world.read_all()
    world.fold_all()
    assert world.stored() == {} == world.computed()
    assert world.table.query(keys.figures_of_day("2026-11-11"), keys.ROWS).items == []


def test_a_day_is_restated_once_it_is_sealed(world: World) -> None:
    a_day(world, 1)
    world.read_all()
    # Local midnight in Guayaquil is 05:00 UTC.
    world.now = datetime(2026, 11, 14, 4, 59, tzinfo=UTC).timestamp()
    world.fold_all()
    assert counted(world.table, DAY, DAY).restated == {}
    world.now = datetime(2026, 11, 14, 5, 0, tzinfo=UTC).timestamp()
    for number, wanted in ((1, 1), (2, 2)):
        world.log("c0", answer(number * MINUTE, who="late"))
        world.log("c0", answer(number * MINUTE, who=f"agent-{number}"))
        world.read_all()
        world.fold_all()
        [restated] = counted(world.table, DAY, DAY).restated[DAY]
        assert (restated.brand, restated.revision) == ("acme", wanted)
    assert restated.restated_at.startswith("2026-11-14T05:00")
    assert figures(world) == world.computed()


def test_a_block_of_many_rows_restates_a_day_once(world: World) -> None:
    a_day(world, 40)
    world.now = (START + timedelta(days=5)).timestamp()
    world.read_all(size=200)
    world.fold_all()
    told = counted(world.table, DAY, DAY).restated[DAY]
    assert sorted((one.brand, one.revision) for one in told) == [("acme", 1), ("zeta", 1)]


def test_looks_are_on_the_clock_for_the_soonest(table: Table) -> None:
    at = START + timedelta(hours=3)
    world = World(table, making=making(facts_of=one_per_message, next_change=lambda *_: at))
    a_day(world, 3)
    world.read_all()
    world.fold_all()
    due = [
        item
        for partition in range(8)
        for item in table.query(f"DUE#{partition}", index="due").items
        if item["pk"].startswith("KPI#LOOK#")
    ]
    [item] = [table.get((one["pk"], one["sk"])).item or {} for one in due]
    kinds = sorted({(look.kind, look.id) for look in looks_in(item)})
    assert kinds == [("case", "c0"), ("case", "c1"), ("case", "c2"), *(("customer", f"k{n}") for n in range(3))]
    assert item["due_sk"].startswith("2026-11-11T")


@pytest.mark.parametrize("seed", range(3))
def test_whoever_asks_while_it_is_folded_is_told_what_is_true(world: World, seed: int) -> None:
    """Between any two calls of who asks, the clock may fold, and the reader of the stream may count."""
    a_day(world, 16)
    draw = random.Random(seed)
    changes = world.hub.shards["shard-0"]
    position = 0

    class Busy:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            def call(*given: Any, **more: Any) -> Any:
                nonlocal position
                if draw.random() < 0.3 and position < len(changes):
                    measure(world.measuring, "shard-0", changes[position : position + 5])
                    position += 5
                    states.append(world.stored())
                if draw.random() < 0.1:
                    fold(world.folding(draw.randint(1, 6)))
                return getattr(world.table, name)(*given, **more)

            return call

    states: list[Any] = [world.stored()]
    busy: Any = Busy()
    while position < len(changes):
        known = len(states) - 1
        told = counted(busy, DAY, DAY + timedelta(days=1)).cells
        assert told in states[known:]


@pytest.mark.parametrize(("first", "last"), [(DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=400))])
def test_a_range_that_makes_no_sense_is_refused(world: World, first: date, last: date) -> None:
    with pytest.raises(ValueError, match="range"):
        counted(world.table, first, last)


@pytest.mark.parametrize("fault", [Conflict("another was quicker"), KeyError("Ana Paz")])
def test_what_was_done_before_it_stopped_is_counted_and_said_without_anybodys_data(
    world: World, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    a_day(world)
    world.read_all(size=4)
    began, folding, metrics = len(open_blocks(world.table)), world.folding(), CountedMetrics()
    writes = iter(range(2))  # that a round began, and that its blocks became one

    class Stopped:
        def __getattr__(self, name: str) -> Any:
            return getattr(folding.table, name)

        def transact(self, operations: Any) -> Any:
            if next(writes, None) is None:
                raise fault
            return folding.table.transact(operations)

    table: Any = Stopped()
    keep_up(replace(folding, table=table), metrics)
    counted = {one["name"]: one["value"] for one in metrics.counted()}
    stop = "fold_met_another" if isinstance(fault, Conflict) else "due_failed"
    assert counted == {"blocks_joined": began - 1, stop: 1}
    assert began > 2
    assert "Ana" not in caplog.text
    assert ("KeyError in transact" in caplog.text) is isinstance(fault, KeyError)


def quiet_week(world: World, *, shards_end: bool) -> None:
    """A batch is counted, and whoever read it dies before that is noted. Eight days on the clock is first."""
    a_day(world)
    world.read_all()
    world.now += timedelta(days=8).total_seconds()
    keep_up(replace(world.folding(), shards_end=shards_end), CountedMetrics())


def test_where_the_stream_keeps_what_was_not_read_nothing_is_counted_again_after_any_time(world: World) -> None:
    quiet_week(world, shards_end=False)
    world.read_all()
    assert world.stored() == world.computed()


def test_a_shard_that_ended_is_forgotten_after_a_week(world: World) -> None:
    quiet_week(world, shards_end=True)
    assert world.table.query(keys.figures_shard("")[0], keys.SHARDS).items == []


def test_the_embedded_hub_says_that_its_shards_do_not_end(tmp_path: Path) -> None:
    storage = Storage.open(tmp_path, {}, lambda: START.timestamp())
    try:
        with bootstrap.installed(**ports_of(storage)):
            assert not bootstrap.shards_end()
    finally:
        storage.database.close()
    assert bootstrap.shards_end()
