"""Two cases become one: one first contact, one first answer; parted again, each has its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.figures_of_case import history_of, read_log
from shared.ports.table import Item, Put, Table
from shared.store import keys
from tests.engine.figures.bench import World, answer, event

MINUTE = timedelta(minutes=1)


def merge(text: str | None, reason: str, at: timedelta, **more: Any) -> Any:
    return event("state_change", "agent", at, "Ana", channel="desk", text=text, reason=reason,
                 **{"provider_type": "merge", "visibility": "internal"} | more)  # fmt: skip


@pytest.fixture
def world(table: Table) -> World:
    world = World(table)
    world.open("c1", event(), customer="k1")
    world.open("c2", event(at=3 * MINUTE, channel="email"), customer="k1")
    world.table.transact([Put({"pk": "REFNO#K7QF", "sk": "REFNO", "case": "c1"})])
    return world


def join(world: World, at: timedelta = 4 * MINUTE, **more: Any) -> None:
    """As the recorder does: one transaction, hence one `received_at`."""
    now = world.now
    world.log("c1", merge("merged", "new", at), state="merged")
    world.now = now
    world.log("c2", merge(None, "K7QF", at, **more))


def case_of(world: World, case: str) -> Item:
    return world.table.get(keys.case(case)).item or {}


def count(world: World, metric: str) -> int:
    return sum(totals.counters.get(metric, 0) for totals in world.stored().values())


def times(world: World) -> tuple[int, int]:
    """How many first answers were counted, and how long they took together."""
    found = [totals.distributions.get("frt_human_calendar") for totals in world.stored().values()]
    return sum(one.n for one in found if one), sum(one.total for one in found if one)


def test_the_first_contact_of_both_and_the_first_answer_count_once(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.read_all()
    assert times(world) == (1, 300)


def test_it_is_the_same_however_the_changes_are_cut(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.read_all(size=1)
    assert times(world) == (1, 300)


def test_parted_again_each_has_its_own(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.read_all(size=1)
    world.log("c2", parted={"k1": {"case": "c1", "since": 2}})
    world.read_all(size=1)
    assert times(world) == (1, 120)


def test_joined_once_more_they_are_one_again(world: World) -> None:
    world.now += 600
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.log("c2", parted={"k1": {"case": "c1", "since": 3}})
    world.log("c1", merge("new", "merged", 6 * MINUTE, provider_type="hilo"))
    world.read_all(size=1)
    assert (times(world), count(world, "contacts_offered")) == ((1, 120), 2)
    join(world, 7 * MINUTE)
    world.read_all(size=1)
    assert (times(world), count(world, "contacts_offered")) == ((1, 300), 2)


def test_what_was_asked_before_they_became_one_counts_once(world: World) -> None:
    asked = {"kind": "csat", "scale": "csat", "case": "c1", "sequence": 2, "channel": "whatsapp"}
    given = {**asked, "answer": 5, "value": 5}
    world.log("c1", event("survey", "system", 2 * MINUTE, survey=asked))
    join(world)
    world.log("c2", event("survey", at=5 * MINUTE, survey=given))
    world.read_all(size=1)
    assert {name: count(world, name) for name in ("surveys_sent", "surveys_answered", "csat_5")} == {
        "surveys_sent": 1,
        "surveys_answered": 1,
        "csat_5": 1,
    }


@pytest.mark.parametrize("flag", ["stayed", "refused"])
def test_a_merge_that_did_not_hold_joins_nothing(world: World, flag: str) -> None:
    world.log("c2", merge(None, "K7QF", 4 * MINUTE, flags=[flag]))
    log = read_log(world.table, case_of(world, "c2"))
    assert all(":" not in one.id for one in history_of(case_of(world, "c2"), log).events)


def test_cases_that_went_into_each_other_are_read_once(world: World) -> None:
    world.table.transact([Put({"pk": "REFNO#OTHER", "sk": "REFNO", "case": "c2"})])
    join(world)
    world.log("c1", merge(None, "OTHER", 6 * MINUTE))
    log = read_log(world.table, case_of(world, "c2"))
    ids = [one.id for one in history_of(case_of(world, "c2"), log).events]
    assert len(ids) == len(set(ids))


def test_a_change_with_more_text_than_is_kept_plain_is_read_like_any_other(world: World) -> None:
    world.log("c2", merge("merged" * 6000, "K7QF", 4 * MINUTE, provider_type="priority"))
    assert "event_z" in read_log(world.table, case_of(world, "c2"))[-1]
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.read_all()
    assert times(world) == (1, 300)
