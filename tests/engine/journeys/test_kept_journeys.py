"""Journeys as kept: what the logs say, whoever derives them how often, and whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from shared.application.journeys_mark import mark, mark_all
from shared.application.record.unmerge import unmerge
from shared.domain.errors import Transient
from shared.ports.table import Delete, Put
from shared.store import keys

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THE_DAY = date(2026, 11, 22)
Staff = Callable[..., Any]


def helped(people: Any, staff: Staff, who: str = "a", at: timedelta = timedelta()) -> Any:
    """Somebody writes, is answered after ten minutes and helped after twenty."""
    outcome = people.writes(who, "Hola", at)
    staff(f"{outcome.case}-r", outcome.case, at=at + 10 * MINUTE)
    staff(f"{outcome.case}-s", outcome.case, at=at + 20 * MINUTE, state="resolved")
    return outcome


def journey_writes(hub: Any) -> list[Any]:
    writes = [one for each in hub.table.transactions for one in each]
    return [one for one in writes if isinstance(one, Put | Delete) and one.key[0].startswith("JRN#")]


def test_a_case_that_was_answered_and_resolved(kept: Any, people: Any, staff: Staff) -> None:
    outcome = helped(people, staff)
    assert kept.look(people.ids["a"]) == 1
    [journey] = kept.all()
    assert [visit.stage for visit in journey.visits] == ["discover", "diagnose", "resolve"]
    assert [step.channel for step in journey.channels] == ["whatsapp"]
    assert (journey.cases, journey.brand, journey.type) == ((outcome.case,), "acme", "unknown")
    assert (journey.in_first_contact, journey.effort.contacts, journey.effort.messages) == (True, 1, 2)
    assert journey.effort.waiting_s == 600
    told = kept.ask(THE_DAY, THE_DAY, HOUR)
    assert told["measures"]["outcomes"] == {"resolved": 1, "abandoned": 0, "transferred": 0, "active": 0}
    assert (told["journeys"], told["revision"], told["filters"]) == (1, 0, {"by": "channel"})


def test_who_is_marked_and_derived_is_off_the_clock(kept: Any, people: Any, staff: Staff) -> None:
    helped(people, staff)
    kept.look(people.ids["a"])
    assert kept.due(people.ids["a"]) is None


def test_deriving_again_writes_no_journey(kept: Any, hub: Any, people: Any, staff: Staff) -> None:
    helped(people, staff)
    kept.look(people.ids["a"])
    hub.table.reset()
    assert kept.look(people.ids["a"]) == 0
    assert journey_writes(hub) == []


def test_whoever_is_left_alone_is_abandoned_by_time_without_a_write(kept: Any, hub: Any, people: Any) -> None:
    people.writes("a", "Hola")
    kept.look(people.ids["a"])
    hub.table.reset()
    soon = kept.ask(THE_DAY, THE_DAY, HOUR)
    assert soon["measures"]["outcomes"]["active"] == 1
    late = kept.ask(THE_DAY, THE_DAY + 7 * DAY, 7 * DAY)
    assert late["measures"]["outcomes"] == {"resolved": 0, "abandoned": 1, "transferred": 0, "active": 0}
    assert late["measures"]["abandoned_unanswered"] == 1
    assert hub.table.transactions == []


def test_an_active_journey_is_of_no_period_that_has_ended(kept: Any, people: Any) -> None:
    people.writes("a", "Hola")
    kept.look(people.ids["a"])
    assert kept.ask(THE_DAY, THE_DAY, 2 * DAY)["journeys"] == 0
    assert kept.ask(THE_DAY, THE_DAY + 2 * DAY, 2 * DAY)["journeys"] == 1


def test_a_late_answer_brings_an_abandoned_journey_back(kept: Any, people: Any, staff: Staff) -> None:
    """It happened in time and came to light late: the journey was never abandoned."""
    outcome = people.writes("a", "Hola")
    kept.look(people.ids["a"])
    week = THE_DAY, THE_DAY + 8 * DAY, 8 * DAY
    assert kept.ask(*week)["measures"]["outcomes"]["abandoned"] == 1
    staff("late", outcome.case, at=5 * DAY)
    kept.look(people.ids["a"])
    assert kept.ask(*week)["measures"]["outcomes"]["active"] == 1
    staff("done", outcome.case, at=5 * DAY + HOUR, state="resolved")
    kept.look(people.ids["a"])
    assert kept.ask(*week)["measures"]["outcomes"]["resolved"] == 1


def test_a_return_takes_the_resolution_back_and_restates_its_day(
    kept: Any, hub: Any, people: Any, staff: Staff
) -> None:
    helped(people, staff)
    kept.look(people.ids["a"])
    assert kept.ask(THE_DAY, THE_DAY, 5 * DAY)["measures"]["outcomes"]["resolved"] == 1
    hub.seconds += 5 * 86_400
    people.writes("a", "Sigue igual", 5 * DAY)
    kept.look(people.ids["a"])
    [journey] = kept.all()
    assert (journey.resolved_at, journey.returns, journey.effort.contacts) == (None, 1, 2)
    told = kept.ask(THE_DAY, THE_DAY, 5 * DAY)
    assert (told["journeys"], told["revision"], told["restated_at"]) == (0, 1, "2026-11-27T10:10:04Z")


def test_merged_they_have_one_journey_and_parted_each_their_own(kept: Any, people: Any) -> None:
    people.writes("a", "Hola")
    people.writes("b", "Hola", 10 * MINUTE)
    both = people.ids["a"], people.ids["b"]
    kept.look(*both)
    apart = kept.all()
    assert len(apart) == 2
    merge_id = people.merge("a", "b")
    kept.look(*both)
    kept.look(*both)
    [one] = kept.all()
    assert (len(one.cases), one.profile) == (2, people.ids[people.lives_as("a")])
    unmerge(people.hub.context, merge_id, by="api")
    kept.look(*both)
    assert kept.all() == apart


@pytest.mark.parametrize("survivor", ["a", "b"])
def test_what_was_closed_before_they_became_one_is_theirs_too(
    kept: Any, people: Any, staff: Staff, survivor: str
) -> None:
    """A closed case is in no profile's list: it is found under whoever it was opened for."""
    outcomes = {who: helped(people, staff, who, at) for who, at in (("a", timedelta()), ("b", HOUR))}
    for who, outcome in outcomes.items():
        staff(f"{who}-closed", outcome.case, at=2 * HOUR, state="closed")
        assert outcome.case not in people.profile(who)["cases"]
    people.knows(survivor, 2)
    both = people.ids["a"], people.ids["b"]
    kept.look(*both)
    people.merge("a", "b")
    assert people.lives_as("a") == people.lives_as("b") == survivor
    kept.look(*both)
    kept.look(*both)
    [one] = kept.all()
    assert (sorted(one.cases), one.profile) == (sorted(each.case for each in outcomes.values()), people.ids[survivor])


def test_what_is_active_is_known_before_the_index_lists_it(kept: Any, hub: Any, people: Any) -> None:
    outcome = people.writes("a", "Hola")
    whole = hub.table.query

    def lagging(pk: str, prefix: str = "", **options: Any) -> Any:
        page = whole(pk, prefix, **options)
        return replace(page, items=[]) if options.get("index") else page

    hub.table.query = lagging
    kept.look(people.ids["a"])
    [journey] = kept.all()
    assert journey.cases == (outcome.case,)


def test_so_it_is_of_a_whole_family(kept: Any, people: Any, staff: Staff) -> None:
    cases = []
    for number, who in enumerate("abc"):
        outcome = helped(people, staff, who, number * HOUR)
        staff(f"{who}-closed", outcome.case, at=4 * HOUR, state="closed")
        cases.append(outcome.case)
    people.merge("b", "c")
    people.merge("a", people.lives_as("b"))
    living = people.ids[people.lives_as("a")]
    kept.look(*people.ids.values())
    kept.look(living)
    assert sorted(case for one in kept.all() for case in one.cases) == sorted(cases)
    assert {one.profile for one in kept.all()} == {living}


@pytest.mark.parametrize("turned", [False, True])
def test_parted_whoever_is_derived_first(kept: Any, people: Any, turned: bool) -> None:
    people.writes("a", "Hola")
    people.writes("b", "Hola", 10 * MINUTE)
    both = (people.ids["b"], people.ids["a"]) if turned else (people.ids["a"], people.ids["b"])
    kept.look(*both)
    apart = kept.all()
    merge_id = people.merge("a", "b")
    kept.look(*both)
    kept.look(*both)
    unmerge(people.hub.context, merge_id, by="api")
    kept.look(*both)
    assert kept.all() == apart


def test_news_while_deriving_is_met_afterwards(kept: Any, hub: Any, people: Any, staff: Staff) -> None:
    outcome = people.writes("a", "Hola")
    customer = people.ids["a"]
    mark(hub.table, [customer], hub.seconds)
    hub.seconds += 301
    begun: list[Any] = []

    def meanwhile(operations: Any) -> None:
        begun.append(operations)
        if len(begun) == 2:  # the cases are read, nothing is written yet
            hub.table.before_transact = None
            staff("r", outcome.case, at=10 * MINUTE)
            mark(hub.table, [customer], hub.seconds)

    hub.table.before_transact = meanwhile
    assert kept.derive(customer) == 0
    assert kept.all() == []
    assert kept.due(customer) is not None
    hub.seconds += 301
    assert kept.derive(customer) == 1
    [journey] = kept.all()
    assert [visit.stage for visit in journey.visits] == ["discover", "diagnose"]


@pytest.mark.parametrize("step", range(1, 5))
def test_whoever_dies_at_any_write_leaves_nothing_behind(
    kept: Any, hub: Any, people: Any, staff: Staff, step: int
) -> None:
    helped(people, staff)
    people.closes(people.writes("a", "Otra cosa", 20 * DAY))
    customer = people.ids["a"]
    mark(hub.table, [customer], hub.seconds)
    hub.seconds += 301
    left = [step]

    def dies(_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Transient("the worker is gone")

    hub.table.before_transact = dies
    with pytest.raises(Transient):
        kept.derive(customer)
    hub.table.before_transact = None
    hub.seconds += 601
    kept.derive(customer)
    found = kept.all()
    assert [one.outcome(one.last_at) for one in found] == ["resolved", "active"]
    assert kept.due(customer) is None
    assert kept.look(customer) == 0
    assert kept.all() == found


def test_a_lively_conversation_is_marked_once(hub: Any, people: Any) -> None:
    people.writes("a", "Hola")
    hub.table.reset()
    assert mark(hub.table, [people.ids["a"]], hub.seconds) == 1
    assert mark(hub.table, [people.ids["a"]], hub.seconds + 60) == 0
    assert (hub.table.reads, len(hub.table.transactions)) == (2, 1)


def test_all_are_marked_where_rules_changed(hub: Any, people: Any) -> None:
    for who in "abc":
        people.writes(who, "Hola")
    done = mark_all(hub.table.table, None, lambda: hub.seconds, hub.seconds + 10)
    assert (done.marked, done.next) == (3, None)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_is_derived_from_nothing(
    kept: Any, hub: Any, people: Any, staff: Staff, seed: int
) -> None:
    """Whatever happened, and whenever the clock looked in between."""
    chance = Random(seed)
    cases = [people.writes(who, "Hola").case for who in "abc"]
    merges: list[str] = []
    at = HOUR
    for number in range(25):
        at += timedelta(hours=chance.randrange(1, 60))
        hub.seconds += 3600
        deed = chance.choice(("writes", "writes", "answers", "resolves", "merges", "parts"))
        if deed == "writes":
            cases.append(people.writes(chance.choice("abc"), "Hola otra vez", at).case)
        elif deed == "answers":
            staff(f"r{number}", chance.choice(cases), at=at)
        elif deed == "resolves":
            staff(f"s{number}", chance.choice(cases), at=at, state="resolved")
        elif deed == "merges" and not merges:
            merges.append(people.merge("a", "b"))
        elif deed == "parts" and merges:
            unmerge(people.hub.context, merges.pop(), by="api")
        if chance.random() < 0.4:
            kept.look(chance.choice(list(people.ids.values())))
    customers = list(people.ids.values())
    kept.look(*customers)
    kept.look(*customers)
    found = kept.all()
    assert found
    gone = [keys.journeys_of(one) for one in customers]
    page = hub.table.table.scan()
    gone += [(item["pk"], item["sk"]) for item in page.items if item["pk"].startswith("JRN#")]
    assert page.next is None
    for key in gone:
        hub.table.table.transact([Delete(key)])
    assert kept.all() == []
    kept.look(*customers)
    assert kept.all() == found


def test_what_is_kept_holds_no_text_and_no_address(hub: Any, kept: Any, people: Any, staff: Staff) -> None:
    helped(people, staff)
    kept.look(people.ids["a"])
    pages = hub.table.table.query(keys.journey("2026-11-22", "", "")[0]).items
    assert len(pages) == 1
    assert "Hola" not in str(pages)
    assert "593991234567" not in str(pages)
