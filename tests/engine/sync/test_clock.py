"""Each minute the clock looks at what is due and tells its owner; it clears nobody's due time."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.look_again import Looking, look_again
from shared.application.record.timers import Passed
from shared.application.retry import due_text
from shared.domain.errors import Transient
from shared.ports.table import Put, Update
from shared.store import keys


class Waiting:
    """Who looks at what waits for its target."""

    def __init__(self) -> None:
        self.looked_at: list[Any] = []
        self.fails: set[str] = set()

    def __call__(self, item_key: Any, *, now: float) -> None:
        if item_key[1] in self.fails:
            raise KeyError("+12025550100")
        self.looked_at.append((item_key, now))


def looking(world: Any, **more: Any) -> Looking:
    parts: dict[str, Any] = {
        "table": world.table,
        "queues": world.queues,
        "metrics": world.metrics,
        "clock": world.clock,
        "connectors_of": lambda _: ["demo"],
        "look_at_waiting": Waiting(),
        "pass_time": lambda _: Passed(0, None),
        "separate": lambda *_: None,
        "derive_journeys": lambda *_: 0,
        "look_at_figures": lambda _: 0,
        "remaining_s": lambda: 50.0,
    }
    return Looking(**parts | more)


def due_cursor(world: Any, case: str, at: float, customer: str = "c1") -> None:
    key = keys.cursor(case, "demo")
    pk, sk = key
    world.put({"pk": pk, "sk": sk, "customer": customer, "pushed": 0, **keys.due(key, due_text(at))})


def test_due_cursor_is_announced_and_keeps_its_due_time(world: Any) -> None:
    due_cursor(world, "k1", world.now)

    look_again(looking(world))

    [trigger] = world.queues.sent
    assert (trigger.connector, trigger.customer, trigger.case) == ("demo", "c1", "k1")
    assert trigger.due == due_text(world.now)
    assert world.cursor()["due_sk"]


def test_same_wait_is_announced_once_and_the_next_wait_again(world: Any) -> None:
    due_cursor(world, "k1", world.now)
    for _ in range(3):
        look_again(looking(world))
        world.pass_time(60)
    assert len(world.queues.sent) == 1
    due_cursor(world, "k1", world.now)

    look_again(looking(world))

    assert len(world.queues.sent) == 2


def test_what_is_due_later_is_left_alone(world: Any) -> None:
    due_cursor(world, "k1", world.now + 1)
    assert look_again(looking(world)) == {"due_announced": 0}
    world.pass_time(1)

    look_again(looking(world))

    assert len(world.queues.sent) == 1


def test_due_contact_is_announced_to_its_customer(world: Any) -> None:
    key = keys.reference_to_contact("c1", "demo")
    pk, sk = key
    world.put({"pk": pk, "sk": sk, "version": 1, "remote_id": "r1", **keys.due(key, due_text(world.now))})

    look_again(looking(world))

    [trigger] = world.queues.sent
    assert (trigger.connector, trigger.customer, trigger.case) == ("demo", "c1", None)


def test_failed_push_is_made_good_by_the_clock(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.faults = {("entry", "k1", 2): [Transient("503")]}
    assert world.sync(trigger) == "waiting"
    world.pass_time(60)

    look_again(looking(world))
    [again] = world.queues.take()

    assert world.sync(again) == "pushed"
    assert world.tool.entries() == [1, 2]
    world.pass_time(60)
    look_again(looking(world))
    assert world.queues.sent == []


def test_announced_trigger_is_followed_though_the_owners_clock_is_behind(world: Any) -> None:
    trigger = world.case(entries=1)
    world.tool.faults = {("entry", "k1", 1): [Transient("503")]}
    world.sync(trigger)
    world.pass_time(60)
    look_again(looking(world))
    [again] = world.queues.take()
    world.pass_time(-58)

    assert world.sync(again) == "pushed"


def compared(world: Any, case: str = "k1", **more: Any) -> Any:
    """A case whose daily comparison is due now."""
    trigger = world.case(entries=2, case=case, **keys.due(keys.case(case), due_text(world.now)), **more)
    return trigger


def test_case_whose_triggers_were_lost_is_found_within_a_day(world: Any) -> None:
    compared(world)

    assert look_again(looking(world))["reconciled"] == 1

    [trigger] = world.queues.sent
    assert (trigger.case, trigger.sequence) == ("k1", 2)
    assert world.sync(trigger) == "pushed"
    assert world.tool.entries() == [1, 2]
    assert world.item(keys.case("k1"))["due_sk"].startswith(due_text(world.now + 86_400))
    assert world.metrics["reconciled"] == 1


def test_case_in_step_is_only_put_off_a_day(world: Any) -> None:
    world.sync(compared(world))

    assert look_again(looking(world))["reconciled"] == 0

    assert world.queues.sent == []
    assert world.item(keys.case("k1"))["due_sk"].startswith(due_text(world.now + 86_400))


def test_contact_whose_trigger_was_lost_is_found_too(world: Any) -> None:
    world.sync(compared(world))
    world.customer(version=2)

    assert look_again(looking(world))["reconciled"] == 1

    assert world.sync(world.queues.take()[0]) == "pushed"
    assert world.tool.holds[-1] == ("contact", "c1", 2)


def test_case_that_waits_its_turn_is_not_counted_as_forgotten(world: Any) -> None:
    trigger = compared(world)
    world.tool.down = Transient("503", 3600)
    world.sync(trigger)

    assert look_again(looking(world))["reconciled"] == 0
    assert world.queues.sent == []


@pytest.mark.parametrize(("state", "synced", "stays"), [("closed", True, False), ("closed", False, True)])
def test_case_that_is_over_leaves_the_clock_once_it_is_in_step(
    world: Any, state: str, synced: bool, stays: bool
) -> None:
    trigger = compared(world, state=state)
    if synced:
        world.sync(trigger)

    look_again(looking(world))

    assert ("due_sk" in world.item(keys.case("k1"))) is stays


def test_case_that_changed_meanwhile_keeps_the_time_somebody_set(world: Any) -> None:
    compared(world)
    later = keys.due(keys.case("k1"), due_text(world.now + 500))

    class Meddling:
        """Somebody else sets another time just before the clock does."""

        def __init__(self) -> None:
            self.is_done = False

        def __call__(self) -> None:
            if world.table.writes and not self.is_done:
                self.is_done = True
                world.table.table.transact([Update(keys.case("k1"), set=later)])

    world.table.writes = 0
    world.table.before = Meddling()
    look_again(looking(world))

    assert world.item(keys.case("k1"))["due_sk"] == later["due_sk"]


def test_refused_trigger_of_a_comparison_is_sent_next_minute(world: Any) -> None:
    compared(world)
    world.queues.refuses = 1
    look_again(looking(world))
    assert world.queues.sent == []
    assert world.metrics["due_failed"] == 1
    world.queues.refuses = 0
    world.pass_time(60)

    look_again(looking(world))

    assert [trigger.case for trigger in world.queues.sent] == ["k1"]


def waiting(world: Any, name: str) -> Any:
    key = keys.waiting(("MSG#whatsapp#1#m1", "MSG"), name)
    pk, sk = key
    world.put({"pk": pk, "sk": sk, "envelope": "{}", **keys.due(key, due_text(world.now))})
    return key


def test_what_waits_for_its_target_is_shown_to_its_owner(world: Any) -> None:
    key, owner = waiting(world, "e1"), Waiting()

    look_again(looking(world, look_at_waiting=owner))

    assert owner.looked_at == [(key, world.now)]


def test_one_bad_item_does_not_stop_the_others(world: Any) -> None:
    for name in ("e1", "e2", "e3"):
        waiting(world, name)
    due_cursor(world, "k1", world.now)
    broken = keys.case("k9")
    world.put({"pk": broken[0], "sk": broken[1], "id": "k9", **keys.due(broken, due_text(world.now - 1))})
    owner = Waiting()
    owner.fails = {"e2"}

    look_again(looking(world, look_at_waiting=owner))

    assert sorted(key[1] for key, _ in owner.looked_at) == ["e1", "e3"]
    assert [trigger.case for trigger in world.queues.sent] == ["k1"]
    assert world.metrics["due_failed"] == 2


def test_item_of_a_kind_nobody_knows_is_counted(world: Any) -> None:
    key = ("XYZ#1", "ABC")
    world.put({"pk": key[0], "sk": key[1], **keys.due(key, due_text(world.now))})
    due_cursor(world, "k1", world.now)

    assert look_again(looking(world))["due_unknown"] == 1

    assert len(world.queues.sent) == 1


def test_ten_thousand_due_are_handled_over_the_minutes_without_starving_anyone(fresh_world: Any) -> None:
    world = fresh_world()
    total = 10_000
    batch: list[Any] = []
    for number in range(total):
        key = keys.cursor(f"k{number}", "demo")
        item = {"pk": key[0], "sk": key[1], "customer": f"c{number}", "pushed": 0}
        batch.append(Put(item | keys.due(key, due_text(world.now - number % 600))))
        if len(batch) == 10:
            world.table.table.transact(batch)
            batch = []
    told: set[str] = set()
    minutes = 0
    while len(told) < total:
        minutes += 1
        assert minutes <= 4
        world.table.reads = 0
        time_up = world.table.reads + 4_000  # a minute in which so many reads fit
        counts = look_again(looking(world, remaining_s=lambda end=time_up: 50.0 if world.table.reads < end else 1.0))
        sent = world.queues.take()
        assert counts["due_announced"] == len(sent)
        told |= {trigger.case for trigger in sent}
        done = [Update(keys.cursor(trigger.case, "demo"), remove=("due_pk", "due_sk")) for trigger in sent]
        for start in range(0, len(done), 10):
            world.table.table.transact(done[start : start + 10])
        world.pass_time(60)
    assert minutes == 3


def test_deep_partition_does_not_hold_up_the_others(fresh_world: Any) -> None:
    world = fresh_world()
    by_partition: dict[str, list[str]] = {}
    number = 0
    while max(map(len, by_partition.values()), default=0) < 300:
        case = f"k{number}"
        by_partition.setdefault(keys.due(keys.cursor(case, "demo"), "t")["due_pk"], []).append(case)
        number += 1
    deep, *others = sorted(by_partition)
    for case in by_partition[deep][:300]:
        due_cursor(world, case, world.now)
    for partition in others:
        due_cursor(world, by_partition[partition][0], world.now)

    look_again(looking(world, remaining_s=lambda: 50.0 if world.table.reads < 120 else 1.0))

    assert {by_partition[partition][0] for partition in others} <= {trigger.case for trigger in world.queues.sent}


def test_an_undone_merge_whose_entries_are_still_to_go_back_is_gone_on_with(world: Any) -> None:
    key = keys.merge("c1", "c1~0123456789ab")
    world.put({"pk": key[0], "sk": key[1], "id": "c1~0123456789ab", **keys.due(key, due_text(world.now))})
    gone_on: list[tuple[str, bool]] = []
    counts = look_again(looking(world, separate=lambda merge_id, has_time: gone_on.append((merge_id, has_time()))))
    assert gone_on == [("c1~0123456789ab", True)]
    assert counts["merges_looked_at"] == 1


def test_a_case_whose_timer_ran_out_is_compared_at_its_next_look(world: Any) -> None:
    compared(world)

    counts = look_again(looking(world, pass_time=lambda _: Passed(2, None)))

    assert counts["timers_run_out"] == 2
    assert world.queues.sent == []


@pytest.mark.parametrize(("state", "ahead"), [("resolved", 3600.0), ("open", 3600.0), ("resolved", 86_400.0 * 5)])
def test_a_case_is_looked_at_for_its_next_timer_and_in_a_day_at_the_latest(
    world: Any, state: str, ahead: float
) -> None:
    compared(world, state=state)

    look_again(looking(world, pass_time=lambda _: Passed(0, world.now + ahead)))

    due = world.item(keys.case("k1"))["due_sk"].partition("#")[0]
    assert due == due_text(world.now + min(ahead, 86_400))
