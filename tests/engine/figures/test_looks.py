"""What time and other cases change in figures is set on the case by the clock, once, and counted by the stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.application.figures_looks import LookingAt, look_at_figures
from shared.application.figures_of_case import Making
from shared.application.fold import looks_item
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.event import utc_text
from shared.domain.figures.beside import beside_of
from shared.domain.figures.model import CaseHistory, Fact
from shared.domain.figures.ripening import next_change
from shared.ports.table import Item, Put, Table, Update
from shared.store import keys
from shared.store.figures_text import Look
from tests.engine.figures.bench import START, World, answer, event, making, state
from tests.engine.figures.context import context_of
from tests.engine.figures.looking import all_looks, due_looks, look, settle

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts: []
connectors: []
sla:
- {name: all, first_response: PT15M}
"""


def promising(minutes: int) -> Making:
    """As a configuration makes them that promises a first answer within so long."""
    rules = rules_of(parse(CONFIG.replace("PT15M", f"PT{minutes}M"), "test", {}))
    return making(rules=rules, next_change=next_change, beside_of=partial(beside_of, limits=rules.limits))


@pytest.fixture
def world(table: Table) -> World:
    return World(table, making=promising(15))


def minute_by_minute(world: World, until: timedelta, step: timedelta = MINUTE) -> None:
    """The reader reads, the clock folds and looks, each minute."""
    while world.now < (START + until).timestamp():
        world.now += step.total_seconds()
        world.read_all()
        world.fold_all()
        look(world)
    world.read_all()


def case_of(world: World, case: str) -> Item:
    return world.table.get(keys.case(case)).item or {}


def count(world: World, metric: str) -> int:
    return sum(totals.counters.get(metric, 0) for totals in world.stored().values())


def test_a_breach_counts_when_it_is_due_and_not_when_somebody_answers(world: World) -> None:
    world.open("c1", event())
    minute_by_minute(world, 14 * MINUTE)
    assert count(world, "sla_first_response_breached") == 0
    assert "figures_at" not in case_of(world, "c1")
    minute_by_minute(world, 17 * MINUTE)
    assert count(world, "sla_first_response_breached") == 1
    assert case_of(world, "c1")["figures_at"] >= utc_text(START + 15 * MINUTE)
    assert world.stored() == world.computed()


def test_an_answer_that_is_learnt_of_later_takes_the_breach_back(world: World) -> None:
    world.open("c1", event())
    minute_by_minute(world, 20 * MINUTE)
    world.log("c1", answer(8 * MINUTE))
    minute_by_minute(world, 25 * MINUTE)
    assert (count(world, "sla_first_response_breached"), count(world, "sla_first_response_met")) == (0, 1)
    assert world.stored() == world.computed()


def test_what_was_answered_in_time_is_not_written_when_time_passes(world: World) -> None:
    world.open("c1", event())
    world.log("c1", answer(2 * MINUTE))
    minute_by_minute(world, 40 * MINUTE)
    assert (count(world, "sla_first_response_met"), count(world, "sla_first_response_breached")) == (1, 0)
    assert "figures_at" not in case_of(world, "c1")


def test_a_look_that_comes_twice_writes_once(world: World) -> None:
    world.open("c1", event())
    world.read_all()
    world.fold_all()
    world.now += 1
    [item] = due_looks(world)
    world.now = (START + 16 * MINUTE).timestamp()
    looking = LookingAt(context_of(world), world.making, lambda: True)
    look_at_figures(looking, item)
    first = case_of(world, "c1")
    again: Any = world.table.get((item["pk"], item["sk"])).item
    if again:
        look_at_figures(looking, again)
    assert case_of(world, "c1") == first


class Watched:
    """A table that remembers which lists of a customer's cases were read."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self.listed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def query(self, pk: str, *given: Any, **more: Any) -> Any:
        self.listed += [pk] if more.get("index") == "cases" else []
        return self._table.query(pk, *given, **more)


def test_looks_that_ask_for_the_same_are_followed_once(world: World) -> None:
    """A customer of whom much was heard at once, whose cases are all read for each."""
    world.open("c1", event())
    world.now = (START + 2 * HOUR).timestamp()
    world.open("c2", event(at=2 * HOUR))
    looks = [Look(utc_text(START + number * MINUTE), "customer", "k1") for number in range(5)]
    later = Look(utc_text(START + 9 * HOUR), "customer", "k1")
    world.table.transact([Put(looks_item("many", [*looks, later], 1))])
    [item] = due_looks(world)
    watched = Watched(world.hub)
    looking = LookingAt(context_of(world, table=watched), world.making, lambda: True)
    assert look_at_figures(looking, item) == 5
    assert watched.listed == [keys.customer("k1")[0]]
    assert all_looks(world) == [later]
    assert case_of(world, "c1")["next_contact_at"] == utc_text(START + 2 * HOUR)


def test_a_target_that_became_longer_is_looked_at_when_it_is_due(world: World) -> None:
    world.open("c1", event())
    minute_by_minute(world, 10 * MINUTE)
    world.making = promising(40)
    minute_by_minute(world, 38 * MINUTE)
    assert count(world, "sla_first_response_breached") == 0
    minute_by_minute(world, 43 * MINUTE)
    assert count(world, "sla_first_response_breached") == 1
    assert world.stored() == world.computed()


def test_a_target_that_became_longer_twice_is_looked_at_once_at_a_time(world: World) -> None:
    world.open("c1", event())
    for said in range(1, 9):
        world.log("c1", event(at=said * MINUTE))
        minute_by_minute(world, said * MINUTE)
    for minutes, until in ((30, 20), (45, 35), (60, 50)):
        world.making = promising(minutes)
        minute_by_minute(world, until * MINUTE)
    breaches = [one for one in all_looks(world) if one.kind == "case" and one.at < utc_text(START + 2 * HOUR)]
    assert [one.at for one in breaches] == [utc_text(START + 60 * MINUTE)]
    minute_by_minute(world, 62 * MINUTE)
    assert count(world, "sla_first_response_breached") == 1
    assert world.stored() == world.computed()


def test_a_look_of_before_looks_said_how_the_case_stood_is_followed_like_any(world: World) -> None:
    world.open("c1", event())
    world.making = promising(40)
    world.table.transact([Put(looks_item("old", [Look(utc_text(START + 15 * MINUTE), "case", "c1")], 1))])
    world.now = (START + 16 * MINUTE).timestamp()
    look(world)
    assert [one.at for one in all_looks(world)] == [utc_text(START + 40 * MINUTE)]


def test_a_target_that_became_shorter_is_breached_at_the_latest_when_it_was_due_before(world: World) -> None:
    world.open("c1", event())
    minute_by_minute(world, 2 * MINUTE)
    world.making = promising(5)
    minute_by_minute(world, 17 * MINUTE)
    assert count(world, "sla_first_response_breached") == 1
    assert world.stored() == world.computed()


def test_the_next_case_of_a_customer_is_seen_by_the_one_before(world: World) -> None:
    solved = state("resolved", "open", 6 * MINUTE)
    world.open("c1", event())
    world.now = (START + 6 * MINUTE).timestamp()
    world.log("c1", answer(5 * MINUTE), solved)
    minute_by_minute(world, 30 * MINUTE)
    yes = count(world, "fcr_yes")
    world.now = (START + timedelta(hours=2)).timestamp()
    world.open("c2", event(at=timedelta(hours=2)))
    minute_by_minute(world, timedelta(hours=3))
    told = {name: value for name, value in case_of(world, "c1").items() if name.startswith("next_")}
    assert told["next_contact_at"] == utc_text(START + timedelta(hours=2))
    assert not [name for name in case_of(world, "c2") if name.startswith("next_")]
    assert count(world, "fcr_yes") <= yes
    assert world.stored() == world.computed()


def test_a_call_that_was_given_up_is_made_good_by_a_later_answer_in_a_case_answered_before(world: World) -> None:
    world.open("c1", event())
    world.now = (START + 9 * MINUTE).timestamp()
    world.log("c1", answer(2 * MINUTE))
    call = {"state": "abandoned", "queue_s": 60}
    world.open("c2", event("call", at=10 * MINUTE, channel="voice", call=call))
    minute_by_minute(world, 20 * MINUTE)
    world.log("c1", answer(20 * MINUTE))
    minute_by_minute(world, timedelta(hours=2))
    assert case_of(world, "c2")["next_answered_at"] == utc_text(START + 20 * MINUTE)
    assert (count(world, "queue_abandoned"), count(world, "queue_recovered")) == (1, 1)
    assert world.stored() == world.computed()


def test_who_writes_after_a_call_that_was_given_up_has_come_again(world: World) -> None:
    world.open("c1", event())
    world.now = (START + 9 * MINUTE).timestamp()
    call = {"state": "abandoned", "queue_s": 60}
    world.open("c2", event("call", at=10 * MINUTE, channel="voice", call=call))
    minute_by_minute(world, 20 * MINUTE)
    world.log("c2", event(at=20 * MINUTE))
    minute_by_minute(world, 30 * MINUTE)
    assert case_of(world, "c1")["next_contact_at"] == utc_text(START + 20 * MINUTE)


def test_customers_who_become_one_see_each_others_cases_and_no_more_once_they_are_parted(world: World) -> None:
    world.open("c1", event(), customer="k1")
    world.now = (START + timedelta(hours=1)).timestamp()
    world.log("c1", answer(5 * MINUTE), state("resolved", "open", 6 * MINUTE))
    world.open("c2", event(at=timedelta(hours=1)), customer="k2")
    minute_by_minute(world, timedelta(hours=2))
    assert "next_contact_at" not in case_of(world, "c1")
    survivor, loser = keys.customer("k1"), keys.customer("k2")
    world.hub.transact([Update(survivor, set={"family": ["k2"]}), Update(loser, set={"merged_into": "k1"})])
    minute_by_minute(world, timedelta(hours=3))
    assert case_of(world, "c1")["next_contact_at"] == utc_text(START + timedelta(hours=1))
    world.hub.transact([Update(survivor, set={"family": []}), Update(loser, remove=("merged_into",))])
    minute_by_minute(world, timedelta(hours=4))
    assert "next_contact_at" not in case_of(world, "c1")
    assert world.stored() == world.computed()


def test_a_look_that_nobody_can_follow_holds_up_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.open("c1", event(), customer="k1")
    world.read_all()
    world.fold_all()
    world.table.transact([Put({"pk": "CUS#k1", "sk": "PROFILE", "id": "k1", "merged_into": "nobody"})])
    minute_by_minute(world, 16 * MINUTE)
    assert count(world, "sla_first_response_breached") == 1
    assert "a look at figures (customer) is dropped: Permanent in " in caplog.text


def test_a_look_that_fails_for_whatever_reason_is_put_off_and_holds_up_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.open("c0", event(), customer="k0")
    world.open("c1", event(), customer="k1")
    world.now = (START + 16 * MINUTE).timestamp()
    world.read_all()
    world.fold_all()
    whole = world.making

    def facts_of(history: CaseHistory, *more: Any) -> list[Fact]:
        if history.case == "c0":
            raise ZeroDivisionError("a defect of ours")
        return whole.facts_of(history, *more)

    world.making = replace(whole, facts_of=facts_of)
    look(world)
    assert [one.id for one in all_looks(world) if one.kind == "case" and one.at < utc_text(START + HOUR)] == ["c0"]
    assert "a look at figures (case) is put off: ZeroDivisionError in facts_of:" in caplog.text
    assert "a defect of ours" not in caplog.text, "an error's text may quote somebody"
    world.making = whole
    minute_by_minute(world, 30 * MINUTE)
    assert count(world, "sla_first_response_breached") == 2
    assert world.stored() == world.computed()


def test_what_was_seen_and_taken_back_before_the_reader_came_is_not_believed(world: World) -> None:
    """The clock looks at a customer, for another reason, while an answer seems to have arrived."""
    call = {"state": "abandoned", "queue_s": 60}
    world.open("c1", event("call", at=10 * MINUTE, channel="voice", call=call))
    world.now = (START + 21 * MINUTE).timestamp()
    settle(world)
    world.open("c2", event(at=12 * MINUTE))
    world.read_all()
    world.fold_all()
    world.log("c2", answer(20 * MINUTE))
    look(world)
    assert case_of(world, "c1")["next_answered_at"] == utc_text(START + 20 * MINUTE)
    world.log("c2", event("deletion", "system", 21 * MINUTE, flags=["moved"]), attributes={"target": 2})
    settle(world)
    assert "next_answered_at" not in case_of(world, "c1")
    assert world.stored() == world.computed()


def test_an_answer_of_which_it_is_learnt_that_it_failed_made_good_no_call_in_another_case(world: World) -> None:
    call = {"state": "abandoned", "queue_s": 60}
    world.open("c1", event("call", at=10 * MINUTE, channel="voice", call=call))
    world.now = (START + 21 * MINUTE).timestamp()
    world.open("c2", event(at=12 * MINUTE))
    world.log("c2", answer(20 * MINUTE))
    settle(world)
    assert case_of(world, "c1")["next_answered_at"] == utc_text(START + 20 * MINUTE)
    failed = event("receipt", "system", 21 * MINUTE, receipt={"state": "failed", "target": "m"})
    world.log("c2", failed, attributes={"target": 2})
    settle(world)
    assert "next_answered_at" not in case_of(world, "c1")
    assert world.stored() == world.computed()
