"""Two cases become one: one first contact, one first answer; parted again, each has its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.figures_joined import joined_now
from shared.application.figures_of_case import history_of, read_log
from shared.domain.figures.totals import Cells, merge_into
from shared.ports.table import Item, Put, Table
from shared.store import keys
from tests.engine.figures.bench import World, answer, event, making, state
from tests.engine.figures.looking import look, settle

MINUTE = timedelta(minutes=1)


def merge(text: str | None, reason: str, at: timedelta, **more: Any) -> Any:
    return event("state_change", "agent", at, "Ana", channel="desk", text=text, reason=reason,
                 **{"provider_type": "merge", "visibility": "internal"} | more)  # fmt: skip


@pytest.fixture
def world(table: Table) -> World:
    world = World(table)
    world.now += 600  # nothing is yet to happen
    world.open("c1", event(), customer="k1")
    world.open("c2", event(at=3 * MINUTE, channel="email"), customer="k1")
    world.table.transact([Put({"pk": f"REFNO#{case}", "sk": "REFNO", "case": case}) for case in ("c1", "c2", "c3")])
    return world


def join(world: World, at: timedelta = 4 * MINUTE, case: str = "c1", into: str = "c2") -> None:
    """As the recorder does: one transaction, hence one `received_at`."""
    now = world.now
    state = case_of(world, case)["state"]
    world.log(case, merge("merged", state, at), state="merged", merged_into=into)
    world.now = now
    world.log(into, merge(None, case, at))


def part(world: World, at: timedelta, case: str = "c1", into: str = "c2") -> None:
    """As the clock does after customers were parted."""
    world.log(case, merge("new", "merged", at, provider_type="hilo"), merged_into=None)
    world.log(into, parted={"k1": {"case": case, "since": case_of(world, into)["sequence"]}})


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
    settle(world)
    assert times(world) == (1, 300)


def test_it_is_the_same_however_the_changes_are_cut(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    world.read_all(size=1)
    settle(world)
    assert times(world) == (1, 300)


def test_parted_again_each_has_its_own(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    settle(world)
    part(world, 6 * MINUTE)
    settle(world)
    assert times(world) == (1, 120)


def test_joined_once_more_they_are_one_again(world: World) -> None:
    join(world)
    world.log("c2", answer(5 * MINUTE))
    part(world, 6 * MINUTE)
    settle(world)
    assert (times(world), count(world, "contacts_offered")) == ((1, 120), 2)
    join(world, 7 * MINUTE)
    settle(world)
    assert (times(world), count(world, "contacts_offered")) == ((1, 300), 2)


def test_what_was_asked_before_they_became_one_counts_once(world: World) -> None:
    asked = {"kind": "csat", "scale": "csat", "case": "c1", "sequence": 2, "channel": "whatsapp"}
    given = {**asked, "answer": 5, "value": 5}
    world.log("c1", event("survey", "system", 2 * MINUTE, survey=asked))
    join(world)
    world.log("c2", event("survey", at=5 * MINUTE, survey=given))
    settle(world)
    assert {name: count(world, name) for name in ("surveys_sent", "surveys_answered", "csat_5")} == {
        "surveys_sent": 1,
        "surveys_answered": 1,
        "csat_5": 1,
    }


@pytest.mark.parametrize("flag", ["stayed", "refused"])
def test_a_merge_that_did_not_hold_joins_nothing(world: World, flag: str) -> None:
    world.log("c2", merge(None, "c1", 4 * MINUTE, flags=[flag]))
    settle(world)
    assert "figures_joined" not in case_of(world, "c2")
    assert joined_now(world.table, case_of(world, "c2")) == {}


def test_cases_that_went_into_each_other_are_read_once(world: World) -> None:
    join(world)
    world.log("c1", merge(None, "c2", 6 * MINUTE))
    settle(world)
    log = read_log(world.table, case_of(world, "c2"))
    ids = [one.id for one in history_of(case_of(world, "c2"), log).events]
    assert len(ids) == len(set(ids)) > 2


def test_a_change_with_more_text_than_is_kept_plain_is_read_like_any_other(world: World) -> None:
    world.log("c2", merge("merged" * 6000, "c1", 4 * MINUTE, provider_type="priority"))
    assert "event_z" in read_log(world.table, case_of(world, "c2"))[-1]
    join(world)
    world.log("c2", answer(5 * MINUTE))
    settle(world)
    assert times(world) == (1, 300)


def chain(world: World, *, parted: str = "no") -> None:
    """c1 into c2 into c3. `parted`: whether c1 leaves c2 `before` that goes on in c3, or `after`."""
    world.open("c3", event(at=3 * MINUTE, channel="webchat"), customer="k1")
    join(world)
    settle(world)
    if parted == "before":
        part(world, 5 * MINUTE)
    join(world, 6 * MINUTE, "c2", "c3")
    settle(world)
    if parted == "after":
        part(world, 7 * MINUTE)
        settle(world)


def test_a_chain_of_cases_is_one_case(world: World) -> None:
    chain(world)
    assert (count(world, "cases_human"), count(world, "contacts_offered")) == (1, 3)
    assert case_of(world, "c3")["figures_joined"] == {"c1": 2, "c2": 3}


@pytest.mark.parametrize("parted", ["before", "after"])
def test_what_leaves_a_chain_counts_in_it_no_more(world: World, parted: str) -> None:
    chain(world, parted=parted)
    assert (count(world, "cases_human"), count(world, "contacts_offered")) == (2, 3)
    assert case_of(world, "c3")["figures_joined"] == {"c2": 3}


def test_whoever_leaves_another_case_does_not_bring_back_who_left_before(world: World) -> None:
    """Of one customer a case remembers the last one alone that left it (`parted`)."""
    world.open("c3", event(at=2 * MINUTE), customer="k1")
    join(world)
    join(world, 5 * MINUTE, "c3")
    part(world, 6 * MINUTE)
    part(world, 7 * MINUTE, "c3")
    settle(world)
    assert (count(world, "cases_human"), count(world, "contacts_offered")) == (3, 3)


def test_what_is_joined_and_parted_between_two_looks_of_the_reader_leaves_nothing_behind(world: World) -> None:
    """The clock looked in between, for another reason."""
    world.open("c3", event(at=2 * MINUTE), customer="k1")
    join(world, case="c3")
    world.read_all()
    world.fold_all()
    join(world)
    look(world)
    assert set(case_of(world, "c2")["figures_joined"]) == {"c1", "c3"}
    part(world, 7 * MINUTE)
    settle(world)
    assert (count(world, "cases_human"), count(world, "contacts_offered")) == (2, 3)


def test_what_leaves_the_log_of_a_case_that_ended_leaves_the_one_in_which_it_goes_on(world: World) -> None:
    """An entry of another customer's moves to a case of theirs after its case was joined to another."""
    world.log("c1", event(at=MINUTE))
    join(world)
    settle(world)
    assert count(world, "contacts_offered") == 2
    gone = event("deletion", "system", 8 * MINUTE, flags=["moved"])
    world.log("c1", gone, attributes={"target": 2})
    world.log("c1", event("deletion", "system", 8 * MINUTE, flags=["moved"]), attributes={"target": 1})
    settle(world)
    assert (count(world, "contacts_offered"), times(world)) == (1, (0, 0))


def test_a_case_that_went_on_in_another_counts_there_alone_whatever_its_tools_clock_says(world: World) -> None:
    """Who joined them has a clock that is late: the case has changed since, as it seems."""
    world.log("c1", answer(2 * MINUTE), state("open", "new", 2 * MINUTE))
    join(world, MINUTE)
    settle(world)
    assert (count(world, "cases_human"), count(world, "contacts_handled_human")) == (1, 1)


def test_where_only_the_reader_has_been_stream_and_logs_agree_all_the_same(world: World) -> None:
    join(world)
    world.read_all(size=1)
    world.log("c2", answer(5 * MINUTE))
    world.read_all(size=2)
    world.fold_all()
    look(world)
    world.read_all()
    found: Cells = {}
    for case in ("c1", "c2"):
        item = case_of(world, case)
        merge_into(found, making().cells(item, read_log(world.table, item)))
    assert world.stored() == found != {}
