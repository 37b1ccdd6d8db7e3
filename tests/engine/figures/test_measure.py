"""What changed in cases is counted once, whatever comes again, and at what cost."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from shared.application.measure import CaseChange, measure
from shared.ports.table import Table
from shared.store.figures import open_blocks
from tests.engine.figures.bench import World, answer, event, making, one_per_message, state

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(table: Table) -> World:
    return World(table, making=making(facts_of=one_per_message))


def a_day(world: World, cases: int = 5) -> None:
    for number in range(cases):
        case = f"c{number}"
        world.open(case, event(at=number * MINUTE), customer=f"k{number}")
        world.log(case, answer((number + 3) * MINUTE, who=("Ana", "Luis")[number % 2]))
        world.log(case, event(at=(number + 5) * MINUTE), state("resolved", "new", (number + 9) * MINUTE))


def test_what_is_counted_is_what_the_logs_say(world: World) -> None:
    a_day(world)
    world.read_all()
    assert world.stored() == world.computed() != {}
    assert len(open_blocks(world.table)) == 1


def test_a_batch_that_comes_again_changes_nothing(world: World) -> None:
    a_day(world)
    world.read_all()
    changes = world.hub.shards["shard-0"]
    before = [block.put().item for block in open_blocks(world.table)]
    for first, last in ((0, 100), (0, 3), (3, 9), (len(changes) - 1, len(changes)), (1, 2)):
        assert not measure(world.measuring, "shard-0", changes[first:last])
    assert [block.put().item for block in open_blocks(world.table)] == before


def test_a_batch_that_is_partly_known_counts_the_rest_alone(world: World) -> None:
    a_day(world)
    changes = world.hub.shards["shard-0"]
    assert measure(world.measuring, "shard-0", changes[:7])
    assert measure(world.measuring, "shard-0", changes[4:])
    assert world.stored() == world.computed()


def test_each_shard_has_a_place_of_its_own(table: Table) -> None:
    world = World(table, shards=3, making=making(facts_of=one_per_message))
    a_day(world, cases=9)
    world.read_all(size=2)
    world.read_all(size=5)
    assert world.stored() == world.computed()


def test_what_is_no_change_of_figures_is_not_written(world: World) -> None:
    a_day(world, cases=1)
    world.read_all()
    world.hub.writes.clear()
    world.log("c0", updated_at="2026-11-22T10:00:00Z", owner="Luis")
    world.read_all()
    assert len(world.hub.writes) == 1  # the case's own


def test_two_readers_of_one_batch_count_it_once(world: World) -> None:
    a_day(world)
    changes = world.hub.shards["shard-0"]
    other = World(world.table, making=world.making)
    first = world.hub.transact
    raced: list[bool] = []

    def behind(operations: Any) -> Any:
        if not raced:
            raced.append(measure(other.measuring, "shard-0", changes[:6]))
        return first(operations)

    world.hub.transact = behind  # type: ignore[method-assign]
    assert measure(world.measuring, "shard-0", changes)
    assert raced == [True]
    assert world.stored() == world.computed()


def test_past_messages_are_not_counted(world: World) -> None:
    world.open("c1", event(), imported=True)
    world.read_all()
    assert world.stored() == {}


def test_a_case_that_goes_takes_its_figures_with_it(world: World) -> None:
    a_day(world, cases=1)
    world.read_all()
    before = world.cases["c0"]
    gone = CaseChange(str(10**30), before, None)
    assert measure(world.measuring, "shard-0", [gone])
    assert world.stored() == {}


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_pieces_it_comes(table: Table, seed: int) -> None:
    world = World(table, shards=2, making=making(facts_of=one_per_message))
    a_day(world, cases=12)
    draw = random.Random(seed)
    for shard, changes in world.hub.shards.items():
        first = 0
        while first < len(changes):
            last = first + draw.randint(1, 9)
            measure(world.measuring, shard, changes[max(0, first - draw.randint(0, 9)) : last])
            first = draw.choice([first, last, last])
    assert world.stored() == world.computed()


def test_a_hundred_events_cost_a_tenth_of_a_write_unit_each(priced_transactions: Table) -> None:
    world = World(priced_transactions)
    for number in range(50):
        world.open(f"c{number:02}", event(at=number * MINUTE), customer=f"k{number}")
        agent = f"agent-{number % 6}"
        world.log(f"c{number:02}", answer((number + 1) * MINUTE, who=agent))
    changes = world.hub.shards["shard-0"]
    assert len([change for change in changes if change.key[1] == "CASE"]) == 100
    world.hub.cost = type(world.hub.cost)()
    assert measure(world.measuring, "shard-0", changes)
    cost = world.hub.cost
    assert cost.writes <= 10, cost
    # One query of each case's log, and where the shard and the generations stand.
    assert cost.reads <= 50 + 2
    world.read_all()
    assert world.stored() == world.computed()
