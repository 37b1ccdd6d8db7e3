"""A survey and its journey: bound to it, and asked once about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.application.journeys import Deriving, derive
from shared.application.journeys_mark import mark
from shared.domain.journeys.model import Journey
from shared.domain.journeys.rules import JourneyRules
from shared.ports.table import Put, Update
from shared.store import keys
from shared.store.journeys import journey_item
from tests.engine.surveys.bench import HOUR, MINUTE, MORNING, AskingHub, asking, resolved
from tests.engine.surveys.test_answers import TAPPED
from tests.engine.surveys.test_hard_answers import EVA


def journey_kept(hub: AskingHub, customer: str, at: timedelta) -> None:
    """The clock derives the customer's journeys."""
    hub.at(at)
    mark(hub.table, [customer], hub.seconds)
    hub.seconds += 301
    due = hub.table.table.get(keys.journeys_of(customer)).item
    assert due
    deriving = Deriving(hub.table, JourneyRules(), lambda _: "America/Guayaquil", hub.seconds)
    assert derive(deriving, customer, due["due_sk"])


def test_it_is_bound_to_the_journey_that_its_case_is_part_of(hub: AskingHub) -> None:
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    [journey] = hub.table.table.get(keys.journeys_of(customer)).item["listed"]  # type: ignore[index]
    hub.look(case, MORNING + 25 * MINUTE)
    hub.tap(hub.asked(case), 5, "t1", TAPPED)
    assert [one.survey.journey for one in hub.surveys(case) if one.survey] == [journey, journey]


@pytest.mark.parametrize(("settings", "why"), [("kind: nps", "journey_asked"), ("kind: csat", None)])
def test_a_journey_is_asked_about_once_also_where_it_goes_on_after_its_rest(
    hub: AskingHub, settings: str, why: str | None
) -> None:
    hub.config = asking(f"{settings}, channels: [whatsapp]")
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    hub.look(case, MORNING + 25 * MINUTE)
    assert len(hub.surveys(case)) == 1
    again = hub.says("w2", "Sigue sin llegar", MORNING + 60 * HOUR).case
    assert again
    late = MORNING + timedelta(days=8)
    assert hub.says("w3", "¿Hola?", late).case == again
    hub.sets(again, "resolved", late + MINUTE)
    journey_kept(hub, customer, late + 2 * MINUTE)
    hub.look(again, late + 20 * MINUTE)
    assert hub.case(again)["survey_look"].get("why") == why
    assert len(hub.surveys(again)) == (0 if why else 1)


def test_of_journeys_asked_about_the_newest_are_known_and_those_of_whoever_was_merged(hub: AskingHub) -> None:
    hub.config = asking("kind: nps, channels: [whatsapp]")
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    hub.hold(customer, surveyed_journeys=[f"j{number}" for number in range(20)])
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    hub.look(case, MORNING + 25 * MINUTE)
    survey = hub.asked(case).survey
    assert survey
    assert hub.profile(customer)["surveyed_journeys"] == [*(f"j{number}" for number in range(1, 20)), survey.journey]


def test_whoever_was_merged_with_them_was_asked_about_it_as_well(hub: AskingHub) -> None:
    hub.config = asking("kind: nps, channels: [whatsapp]")
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    [journey] = hub.table.table.get(keys.journeys_of(customer)).item["listed"]  # type: ignore[index]
    eva = hub.case(hub.says("e1", "Hola", MORNING + 20 * MINUTE, **EVA).case)["customer"]
    hub.hold(eva, surveyed_journeys=[journey])
    hub.hold(customer, family=[eva])
    hub.look(case, MORNING + 26 * MINUTE)
    assert hub.case(case)["survey_look"].get("why") == "journey_asked"


def test_of_two_journeys_of_one_case_it_is_of_the_later(hub: AskingHub) -> None:
    """What the case is about changed: the first went on as the second."""
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    began = {"first": hub.moment(MORNING - HOUR), "second": hub.moment(MORNING), "other": hub.moment(MORNING + HOUR)}
    for name, at in began.items():
        cases = () if name == "other" else (case,)
        kept = Journey(name, customer, "acme", "unknown", at, at, at, (), (), cases=cases)
        hub.table.table.transact([Put(journey_item("2026-11-22", customer, kept))])
    listed = {name: ["2026-11-22", "-", at.isoformat()] for name, at in began.items()}
    hub.table.table.transact([Update(keys.journeys_of(customer), set={"listed": listed})])
    hub.look(case, MORNING + 25 * MINUTE)
    survey = hub.asked(case).survey
    assert survey
    assert survey.journey == "second"
