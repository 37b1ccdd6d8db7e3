"""Whoever counts or folds and is stopped at any call, before or after it, has lost and doubled nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from local.memory.table import MemoryTable
from local.memory.watched import WatchedTable
from shared.application.fold import fold
from shared.application.measure import Measuring, measure
from shared.domain.errors import Conflict, Transient
from shared.store.figures import open_blocks
from tests.engine.figures.bench import World, answer, event, making, one_per_message, state
from tests.property.faults import Killed, Storm, visit

MINUTE = timedelta(minutes=1)


def told(storm: Storm, work: Callable[[World, Any], None]) -> Any:
    world = World(MemoryTable(lambda: 0.0), making=making(facts_of=one_per_message))
    for number in range(6):
        world.open(f"c{number}", event(at=number * MINUTE), customer=f"k{number}")
        world.log(f"c{number}", answer((number + 1) * MINUTE, who=f"agent-{number}"))
        world.log(f"c{number}", state("resolved", "new", (number + 2) * MINUTE))
    work(world, WatchedTable(world.hub, storm.around))
    assert world.stored() == world.computed()
    return sorted(map(repr, world.stored().items()))


def again(work: Callable[[], object]) -> None:
    """As the stream and the clock do: what was stopped comes again."""
    for _ in range(8):
        with suppress(Transient, Conflict, Killed):
            work()
            return
    raise AssertionError("it never came to an end")


def counting(world: World, table: Any) -> None:
    measuring = Measuring(table, world.making, world.clock)
    changes = world.hub.shards["shard-0"]
    for first in range(0, len(changes), 5):
        again(lambda first=first: measure(measuring, "shard-0", changes[max(0, first - 2) : first + 5]))


def folding(world: World, table: Any) -> None:
    world.read_all(size=5)
    how = world.folding()
    again(lambda: fold(type(how)(table, how.zone_of, how.clock, how.has_time)))
    assert open_blocks(world.table) == []


@pytest.mark.parametrize("work", [counting, folding])
def test_stopped_at_any_call(work: Callable[[World, Any], None]) -> None:
    assert visit(lambda storm: told(storm, work)) > 20
