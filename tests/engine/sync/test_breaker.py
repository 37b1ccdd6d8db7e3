"""A connector that fails is left alone for a while; one process at a time tries whether it is well again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.breaker import LONG_S, PROBE_S, Breaker
from shared.domain.errors import Transient
from shared.store import keys


def breaker(world: Any) -> Breaker:
    """The breaker of a new process."""
    return Breaker("demo", world.table, world.clock, world.metrics)


def opened(world: Any) -> Breaker:
    made = breaker(world)
    for _ in range(5):
        made.failed("503")
    return made


def state(world: Any) -> dict[str, Any]:
    return world.item(keys.connector_state("demo")) or {}


def test_four_failures_and_a_success_leave_it_closed(world: Any) -> None:
    made = breaker(world)
    for _ in range(3):
        for _ in range(4):
            made.failed("503")
        made.succeeded()

    assert made.closed_until() is None
    assert state(world) == {}
    assert world.table.writes == 0


def test_five_failures_in_a_row_open_it_for_everybody(world: Any) -> None:
    made = opened(world)

    assert made.closed_until() == breaker(world).closed_until() == world.now + 30
    assert state(world)["state"] == "open"
    assert world.metrics["breaker_opened"] == 1


def test_two_failures_that_were_long_waited_for_open_it(world: Any) -> None:
    made = breaker(world)
    made.failed("did not answer", took_s=LONG_S)
    assert made.closed_until() is None
    made.failed("did not answer", took_s=LONG_S)
    assert made.closed_until() == world.now + 30


def test_a_tool_that_hangs_is_left_alone_after_two_calls(world: Any) -> None:
    world.breaker = breaker(world)
    world.tool.spend, world.tool.takes_s = world.pass_time, 15.0
    world.tool.down = Transient("did not answer within 15 s")
    for number in range(3):
        assert world.sync(world.case(entries=1, case=f"k{number}", customer=f"c{number}")) == "waiting"

    assert len(world.tool.calls) == 2
    assert state(world)["state"] == "open"


def test_processes_that_fail_together_open_it_once(world: Any) -> None:
    several = [breaker(world) for _ in range(4)]
    for made in several:
        made.closed_until()
    for _ in range(5):
        for made in several:
            made.failed("503")

    assert world.metrics["breaker_opened"] == 1
    assert state(world)["failures"] == 1
    assert state(world)["until"] == world.now + 30


def test_one_process_wins_the_probe(world: Any) -> None:
    opened(world)
    world.pass_time(31)
    several = [breaker(world) for _ in range(3)]

    verdicts = [made.closed_until() for made in several]

    assert verdicts == [None, world.now + PROBE_S, world.now + PROBE_S]


def test_success_of_the_probe_closes_it_for_everybody(world: Any) -> None:
    opened(world)
    world.pass_time(31)
    made = breaker(world)
    assert made.closed_until() is None
    made.succeeded()

    assert breaker(world).closed_until() is None
    assert state(world)["state"] == "closed"


def test_failed_probes_double_the_pause_to_five_minutes(world: Any) -> None:
    opened(world)
    pauses = []
    for _ in range(6):
        world.now = state(world)["until"] + 1
        made = breaker(world)
        assert made.closed_until() is None
        made.failed("503")
        pauses.append(state(world)["until"] - world.now)

    assert pauses == [60, 120, 240, 300, 300, 300]
    assert world.metrics["breaker_opened"] == 1


def test_probe_whose_process_died_is_tried_by_another(world: Any) -> None:
    opened(world)
    world.pass_time(31)
    assert breaker(world).closed_until() is None
    world.pass_time(61)

    assert breaker(world).closed_until() is None


def test_state_is_read_once_in_five_seconds(world: Any) -> None:
    made = breaker(world)
    for _ in range(20):
        assert made.closed_until() is None
    assert world.table.reads == 1
    opened(world)
    assert made.closed_until() is None  # not known here yet
    world.pass_time(5)
    assert made.closed_until() is not None


@pytest.mark.parametrize(("asked_s", "pause_s"), [(None, 30), (10, 30), (90, 90), (9_999, 300)])
def test_pause_is_as_long_as_asked_up_to_five_minutes(world: Any, asked_s: float | None, pause_s: int) -> None:
    made = breaker(world)
    for _ in range(5):
        made.failed("429", asked_s)

    assert made.closed_until() == world.now + pause_s


def test_stop_alarms_once_and_tries_every_five_minutes(world: Any) -> None:
    made = breaker(world)
    assert made.stop("401") == world.now + 300
    assert breaker(world).stop("401") == world.now + 300
    for _ in range(3):
        world.now = state(world)["until"] + 1
        trying = breaker(world)
        assert trying.closed_until() is None
        trying.stop("401")
        assert state(world)["until"] == int(world.now) + 300

    assert world.metrics["connector_stopped"] == 1
    assert state(world)["state"] == "stopped"
    assert state(world)["reason"] == "401"


def test_stopped_stays_stopped_when_it_fails_otherwise(world: Any) -> None:
    breaker(world).stop("401")
    world.pass_time(301)
    trying = breaker(world)
    assert trying.closed_until() is None
    trying.failed("503")

    assert state(world)["state"] == "stopped"
    assert world.metrics["connector_stopped"] == 1


def test_open_breaker_costs_a_trigger_no_call_and_its_cursor_waits(world: Any) -> None:
    means = world.process()
    triggers = [world.case(entries=1, case=f"k{n}", customer=f"c{n}") for n in range(1, 9)]
    world.tool.down = Transient("503")
    for trigger in triggers:
        assert world.sync(trigger, means=means) == "waiting"

    assert len(world.tool.calls) == 5
    assert all(world.cursor(f"k{n}")["due_sk"] for n in range(1, 9))
    assert world.metrics["breaker_opened"] == 1
    world.tool.down = None
    world.pass_time(31)
    for trigger in triggers:
        assert world.sync(trigger, means=means) == "pushed"
    assert all(world.tool.entries(f"k{n}") == [1] for n in range(1, 9))


def test_one_connectors_outage_does_not_touch_another(world: Any) -> None:
    opened(world)

    assert Breaker("other", world.table, world.clock, world.metrics).closed_until() is None
