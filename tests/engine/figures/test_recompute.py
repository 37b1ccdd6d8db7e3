"""Figures compared with the logs, and counted anew while the hub goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from functions.api import recompute as api
from local.memory.table import MemoryTable
from shared.application.figures import counted
from shared.application.figures_looks import LookingAt, look_at_figures
from shared.application.fold import fold, looks_item
from shared.application.inquire_errors import BadQuestion, NotPossible
from shared.application.measure import measure
from shared.application.recompute import Recompute
from shared.domain.errors import Conflict
from shared.domain.figures.totals import Cells, merge_into
from shared.domain.ids import uuid7
from shared.ports.table import Put, Table, Update
from shared.store import keys
from shared.store.figures import generations_in, generations_of
from shared.store.figures_text import Look, plain_cells
from tests.engine.figures.bench import World, answer, event, making, one_per_message, state
from tests.engine.figures.context import context_of
from tests.engine.figures.looking import look as look_once
from tests.engine.figures.looking import settle

MINUTE = timedelta(minutes=1)
FIRST, LAST = date(2026, 11, 10), date(2026, 11, 20)


@pytest.fixture
def world(table: Table) -> World:
    return World(table, shards=2, making=making(facts_of=one_per_message))


def case_id(world: World, number: int) -> str:
    return uuid7(world.now, number.to_bytes(10, "big"))


def grow(world: World, cases: int, first: int = 0) -> list[str]:
    ids = []
    for number in range(first, first + cases):
        case = case_id(world, number)
        ids.append(case)
        world.open(case, event(at=number * MINUTE), customer=f"k{number}")
        world.log(case, answer((number + 3) * MINUTE, who=f"agent-{number % 5}"))
    return ids


def go_on(world: World, ids: list[str], minute: int) -> None:
    for case in ids:
        world.log(case, answer(minute * MINUTE, who="later"), state("resolved", "new", (minute + 1) * MINUTE))


def work_of(world: World, has_time: Callable[[], bool] = lambda: True) -> Recompute:
    return Recompute(context_of(world), world.making, has_time)


def ask(world: World, **asked: Any) -> dict[str, Any]:
    return api.answer(context_of(world), world.making, asked)


def pages(world: World, **asked: Any) -> list[dict[str, Any]]:
    found = [ask(world, **asked)]
    while found[-1]["next"]:
        found.append(ask(world, **asked, cursor=found[-1]["next"]))
    return found


def difference(world: World) -> Cells:
    days = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    left = plain_cells(ask(world, step="stored", **days)["cells"])
    for page in pages(world, step="compute", **days):
        merge_into(left, plain_cells(page["cells"]), -1)
    return left


def test_on_a_hub_at_rest_the_difference_is_none(world: World) -> None:
    grow(world, 9)
    assert len(difference(world)) > 0, "nothing is counted yet"
    world.read_all(size=4)
    assert difference(world) == {}
    world.fold_all()
    assert difference(world) == {}


def test_what_was_given_up_is_found_and_healed(world: World) -> None:
    ids = grow(world, 9)
    for changes in world.hub.shards.values():
        del changes[3:5]  # given up after many attempts
    world.read_all()
    world.fold_all()
    assert difference(world) != {}
    assert anew(world) == len(ids)
    assert difference(world) == {}
    assert world.stored(0) == {}, "rows of before are gone"


def anew(world: World, between: Callable[[], None] = lambda: None) -> int:
    """As the command line does; `between`: what else happens between two steps."""
    number = ask(world, step="begin")["generation"]
    between()
    for _ in pages(world, step="mark", generation=number):
        between()
    marked = sum(page["marked"] for page in pages(world, step="verify", generation=number))
    for _ in range(50):
        if ask(world, step="counted", generation=number)["counted"] >= marked:
            break
        between()
        world.read_all()
        world.fold_all()
    else:
        raise AssertionError("what is marked is never counted")
    ask(world, step="take_over", generation=number)
    for _ in pages(world, step="clear"):
        between()
    return marked


@pytest.mark.parametrize("seed", range(3))
def test_counted_anew_while_messages_come_in(table: Table, seed: int) -> None:
    world = World(table, shards=3, making=making(facts_of=one_per_message))
    draw = random.Random(seed)
    ids = grow(world, 25)
    known = iter(range(1000, 9000))

    def busy() -> None:
        ids.extend(grow(world, 2, next(known)))
        go_on(world, draw.sample(ids, 4), next(known) - 900)
        world.now += 45  # beyond the minute in which clocks may differ
        for shard, changes in world.hub.shards.items():
            first = draw.randint(0, len(changes))
            measure(world.measuring, shard, changes[: first + 7])
        fold(world.folding(draw.randint(0, 9)))
        look(world)

    anew(world, busy)
    for _ in range(4):
        busy()
    world.read_all()
    look(world)
    world.read_all()
    generation = generations_of(table)[0].number
    assert generation == 1
    assert world.stored(generation) == world.computed()
    assert difference(world) == {}


def look(world: World) -> None:
    world.fold_all()
    looking = LookingAt(context_of(world), world.making, lambda: True)
    for partition in range(keys.DUE_PARTITIONS):
        for one in world.table.query(f"DUE#{partition}", index="due").items:
            if one["pk"].startswith("KPI#LOOK#"):
                look_at_figures(looking, world.table.get((one["pk"], one["sk"])).item or {})


def test_twice_anew_leaves_one_generation(world: World) -> None:
    grow(world, 4)
    world.read_all()
    anew(world)
    anew(world)
    assert [one.number for one in generations_of(world.table)] == [2]
    assert difference(world) == {}


def test_whoever_begins_again_goes_on_with_what_was_begun(world: World) -> None:
    grow(world, 3)
    world.read_all()
    work = work_of(world)
    assert work.begin() == work.begin() == 1
    assert work.mark(1, None).marked == 3
    assert work.mark(1, None).marked == 0
    with pytest.raises(NotPossible):
        ask(world, step="take_over", generation=7)


class Dying:
    """The hub's table for one who is stopped at their n-th write; then others may go on, and they after them."""

    def __init__(self, world: World, writes: int, meanwhile: Callable[[], None] | None = None) -> None:
        self._hub, self._left, self._meanwhile = world.hub, writes, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hub, name)

    def transact(self, operations: Any) -> Any:
        self._left -= 1
        if self._left == -1:
            if self._meanwhile is None:
                raise KeyboardInterrupt
            self._meanwhile()
        return self._hub.transact(operations)


def with_four_shards(table: Table) -> World:
    world = World(table, shards=4, making=making(facts_of=one_per_message))
    grow(world, 12)
    world.read_all()
    return world


def begin_on(world: World, table: Any) -> int:
    return Recompute(context_of(world, table=table), world.making, lambda: True).begin()


@pytest.mark.parametrize("writes", range(7))
def test_whoever_stops_while_beginning_and_goes_on_minutes_later_misses_no_case(table: Table, writes: int) -> None:
    world = with_four_shards(table)
    with suppress(KeyboardInterrupt):
        begin_on(world, Dying(world, writes))
    world.now += 200  # beyond the boundary of what was begun
    grow(world, 12, 100)
    world.read_all()
    world.now += 200
    anew(world)
    grow(world, 12, 200)
    settle(world)
    assert world.stored(generations_of(table)[0].number) == world.computed()
    assert difference(world) == {}


@pytest.mark.parametrize("writes", range(1, 6))
def test_whoever_was_held_up_while_beginning_tells_no_shard_what_is_over(table: Table, writes: int) -> None:
    world = with_four_shards(table)

    def others() -> None:
        world.now += 200
        assert begin_on(world, world.hub) == 2
        grow(world, 12, 100)
        world.read_all()

    assert begin_on(world, Dying(world, writes, others)) == 2
    world.now += 300
    anew(world)
    grow(world, 12, 200)
    settle(world)
    assert world.stored(2) == world.computed()


def test_a_shard_that_is_just_being_counted_is_told_all_the_same(world: World) -> None:
    grow(world, 6)
    world.read_all()
    busy = [1, 1, 1]

    def held_up(operations: Any) -> Any:
        if busy and any(one.key[0] == "KPI#SHARDS" for one in operations):
            busy.pop()
            raise Conflict("another transaction is in the way")
        return world.hub.transact(operations)

    table: Any = Dying(world, 0)
    table.transact = held_up
    begin_on(world, table)
    told = world.table.query(keys.figures_shard("")[0], keys.SHARDS).items
    assert {len(generations_in(one)) for one in told} == {2}


def test_no_case_is_marked_while_a_shard_does_not_know_what_for(world: World) -> None:
    """A shard that is new knows it at once; what it puts on the clock may be looked at before the others are told."""
    ids = grow(world, 6)
    world.read_all()
    with suppress(KeyboardInterrupt):
        begin_on(world, Dying(world, 2))
    world.table.transact([Put(looks_item("new", [Look("2026-11-11T15:00:00Z", "count", case) for case in ids], 1))])
    look_once(world)
    go_on(world, ids, 30)
    world.read_all()
    anew(world)
    settle(world)
    assert world.stored(1) == world.computed()


def test_a_case_that_the_first_reading_of_the_table_did_not_show_is_marked_by_the_second(world: World) -> None:
    grow(world, 3)
    world.read_all()
    number = work_of(world).begin()
    assert work_of(world).marked(None, number).marked == 3


def test_a_page_ends_with_its_time_and_the_next_goes_on(table: Table) -> None:
    world = World(table, making=making(facts_of=one_per_message))
    for number in range(260):
        world.table.transact([Update((f"X#{number}", "X"), set={"x": 1})])
    ids = grow(world, 7)
    world.read_all()
    work = work_of(world, lambda: False)
    found, after, cases = {}, None, 0
    while True:
        page = work.contributions(FIRST, LAST, after)
        merge_into(found, page.cells)
        cases, after = cases + page.cases, page.next
        if after is None:
            break
    assert cases == len(ids)
    assert found == world.computed() == counted(table, FIRST, LAST).cells


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "step"),
        ({"step": "mend"}, "step"),
        ({"step": ["mark"]}, "step"),
        ({"step": "mark"}, "generation"),
        ({"step": "mark", "generation": True}, "generation"),
        ({"step": "compute", "from": "2026-11-01"}, "to"),
        ({"step": "compute", "from": "yesterday-1", "to": "2026-11-02"}, "from"),
        ({"step": "compute", "from": "2026-11-02", "to": "2026-11-01"}, "to"),
        ({"step": "compute", "from": "2020-11-02", "to": "2026-11-01"}, "to"),
        ({"step": "clear", "cursor": 5}, "cursor"),
        ({"step": "clear", "cursor": "[1, 2]"}, "cursor"),
        ({"step": "begin", "force": True}, "body"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(asked: dict[str, Any], says: str) -> None:
    world = World(MemoryTable(lambda: 0.0))
    with pytest.raises(BadQuestion, match=says):
        ask(world, **asked)


def test_erasing_a_person_leaves_the_figures(world: World) -> None:
    """Words, names and identities go; what happened, and when, stays."""
    [case] = grow(world, 1)
    world.read_all()
    before = world.stored()
    log = world.table.query(keys.case(case)[0], "ENT#").items
    for item in log:
        bare = event(at=timedelta()).model_validate_json(item["event"])
        bare = bare.model_copy(update={"text": None, "html": None, "display_name": None, "identities": []})
        text = bare.model_dump_json(exclude_defaults=True)
        world.hub.transact([Update((item["pk"], item["sk"]), set={"event": text}, remove=("raw",))])
    world.log(case, customer="erased")
    world.read_all()
    assert world.stored() == before == world.computed()
    assert before != {}
