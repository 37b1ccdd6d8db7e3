"""A worker may die before or after any call to a port. Whoever comes next finishes, and nothing is doubled or lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.application.telling import MAX_DEATHS
from shared.domain.errors import Transient
from shared.store import keys

ENTRIES = 3


class SuddenDeath(BaseException):
    """The process is gone: nothing of ours may catch it."""


class Fate:
    """Ends the process at its `deadly`-th step. A dead process does nothing more, not even in its `finally`."""

    def __init__(self, deadly: int | None) -> None:
        self.deadly = deadly
        self.steps = 0

    def step(self, *_: Any) -> None:
        self.steps += 1
        if self.deadly is not None and self.steps >= self.deadly:
            raise SuddenDeath


def fated(world: Any, fate: Fate) -> None:
    """Let fate strike before and after each table call, and before and after each thing takes effect."""
    world.table.before = world.table.after = fate.step
    world.tool.on_call = fate.step
    world.tool.spend = fate.step


def unfated(world: Any) -> None:
    world.table.before = world.table.after = lambda: None
    world.tool.on_call = world.tool.spend = lambda _: None


def first_push(world: Any) -> Any:
    return world.case(entries=ENTRIES)


def later_push(world: Any) -> Any:
    world.sync(world.case(entries=1))
    for _ in range(ENTRIES - 2):
        world.say()
    return world.say()


def failing_push(world: Any) -> Any:
    world.tool.faults = {("entry", "k1", 2): [Transient("503")]}
    return first_push(world)


def push_whose_contact_fails(world: Any) -> Any:
    trigger = push_with_a_newer_contact(world)
    world.tool.loses = {("contact", "c1", 2): Transient("timeout")}
    return trigger


def push_after_a_lost_answer(world: Any) -> Any:
    world.case(entries=1)
    world.tool.loses = {("entry", "k1", 1): Transient("timeout")}
    trigger = world.say()
    world.sync(trigger)
    world.pass_time(3600)
    world.say()
    return trigger


def push_with_a_newer_contact(world: Any) -> Any:
    trigger = later_push(world)
    world.customer(version=2)
    return trigger


def capped_push(world: Any) -> Any:
    world.cap = 1
    return first_push(world)


def capped_push_while_another_waits(world: Any) -> Any:
    pk, sk = keys.connector_slot("demo", 0)
    other = world.case(entries=1, case="k2", customer="c2")
    world.cap = 1
    world.put({"pk": pk, "sk": sk, "lease": int(world.now) + 1})
    world.sync(other)
    world.pass_time(2)
    return first_push(world)


SCENES = [
    first_push,
    later_push,
    failing_push,
    push_whose_contact_fails,
    push_after_a_lost_answer,
    push_with_a_newer_contact,
    capped_push,
    capped_push_while_another_waits,
]


def steps_of(scene: Callable[[Any], Any], make: Callable[[], Any]) -> int:
    world = make()
    trigger = scene(world)
    fate = Fate(None)
    fated(world, fate)
    world.sync(trigger)
    return fate.steps


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_death_at_any_step_loses_and_doubles_nothing(scene: Callable[[Any], Any], fresh_world: Any) -> None:
    steps = steps_of(scene, fresh_world)
    assert steps > 12
    for deadly in range(1, steps + 1):
        world = fresh_world()
        trigger = scene(world)
        fated(world, Fate(deadly))
        with pytest.raises(SuddenDeath):
            world.sync(trigger)
        unfated(world)

        world.sync(trigger)  # at once: it meets the lease, if there is one
        for _ in range(2):
            world.pass_time(120)  # then the queue shows the trigger again, or the clock sends one
            world.sync(trigger)

        assert world.tool.entries() == [1, 2, 3], f"died at step {deadly}"
        assert world.tool.doubled == [], f"died at step {deadly}"
        assert world.cursor()["pushed"] == ENTRIES
        assert not {"lease", "pushing", "due_sk", "error"} & set(world.cursor()), f"died at step {deadly}"
        assert world.letters() == []


def test_death_between_giving_back_and_continuing_is_made_good_by_the_same_trigger(fresh_world: Any) -> None:
    world = fresh_world()
    world.sync(world.case(entries=1))
    world.say()
    trigger = world.say()

    class Dead:
        def send(self, queue: str, batch: Any) -> Any:
            raise SuddenDeath

    alive, world.queues = world.queues, Dead()
    with pytest.raises(SuddenDeath):
        world.sync(trigger, limit_s=1)
    world.queues = alive

    assert world.sync(trigger) == "pushed"
    assert world.tool.entries() == [1, 2, 3]


def test_entry_that_kills_worker_after_worker_becomes_a_letter(fresh_world: Any) -> None:
    world = fresh_world()
    trigger = world.case(entries=3)

    def kill(thing: Any) -> None:
        if thing == ("entry", "k1", 2):
            raise SuddenDeath

    world.tool.on_call = kill
    for _ in range(1 + MAX_DEATHS - 1):
        with pytest.raises(SuddenDeath):
            world.sync(trigger)
        world.pass_time(120)
    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [1, 3]
    assert [letter["error"] for letter in world.letters()] == ["Defect"]


def test_contact_that_kills_worker_after_worker_blocks_only_itself(fresh_world: Any) -> None:
    world = fresh_world()
    world.sync(world.case(entries=1))
    world.customer(version=2)
    trigger = world.say()

    def kill(thing: Any) -> None:
        if thing[0] == "contact":
            raise SuddenDeath

    world.tool.on_call = kill
    for _ in range(MAX_DEATHS):
        with pytest.raises(SuddenDeath):
            world.sync(trigger)
        world.pass_time(120)
    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [1, 2]
    assert [letter["error"] for letter in world.letters()] == ["Defect"]


def test_worker_that_lost_its_lease_writes_nothing_more(fresh_world: Any) -> None:
    world = fresh_world()
    world.sync(world.case(entries=1))
    world.say()
    trigger = world.say()

    def falls_asleep(thing: Any) -> None:
        world.tool.on_call = lambda _: None
        world.pass_time(120)  # meanwhile another finds the lease at its end, and finishes
        assert world.sync(trigger) == "pushed"
        world.pass_time(-60)  # by the sleeper's own clock there is time

    world.tool.on_call = falls_asleep
    with pytest.raises(Transient, match="lost"):
        world.sync(trigger)

    assert world.tool.entries() == [1, 2, 3]
    assert world.cursor()["pushed"] == 3
    assert "lease" not in world.cursor()


def test_dead_workers_lease_is_respected_until_it_ends(fresh_world: Any) -> None:
    world = fresh_world()
    trigger = world.case(entries=1)
    world.tool.on_call = Fate(1).step
    with pytest.raises(SuddenDeath):
        world.sync(trigger)
    world.tool.on_call = lambda _: None

    assert world.sync(trigger) == "waiting"
    assert world.item(keys.cursor("k1", "demo"))["due_sk"]
    world.pass_time(64)
    assert world.sync(trigger) == "waiting"
    world.pass_time(3)
    assert world.sync(trigger) == "pushed"
