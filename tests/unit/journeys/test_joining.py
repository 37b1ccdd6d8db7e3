"""Which steps belong together, and what becomes of a journey: the model's table, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.model import Journey, JourneyEvent
from shared.domain.journeys.rules import JourneyRules

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
RULES = JourneyRules()
DAY, HOUR = 24.0, 1.0


def step(name: str, hours: float, **more: Any) -> JourneyEvent:
    """A customer's message so many hours after the start, unless `more` says what else."""
    parts = {"id": name, "profile": "p", "channel": "whatsapp", "type": "returns", "source": "message.in"}
    return JourneyEvent(occurred_at=START + timedelta(hours=hours), **{**parts, **more})


def agent(name: str, hours: float, **more: Any) -> JourneyEvent:
    return step(name, hours, **{"kind": "agent", "actor": "agent", "source": "message.out", **more})


def state(name: str, hours: float, becomes: str, **more: Any) -> JourneyEvent:
    said = {"kind": "system", "actor": "agent", "source": "case.state_changed", "state": becomes, "channel": "-"}
    return step(name, hours, **{**said, **more})


def derived(*events: JourneyEvent) -> list[Journey]:
    """Whatever order they come in."""
    found = journeys_of(events, RULES)
    for order in list(permutations(events))[1:24]:
        assert journeys_of([*order, order[0]], RULES) == found
    return found


def cases(journeys: list[Journey]) -> list[tuple[str, ...]]:
    return [journey.cases for journey in journeys]


def outcomes(journeys: list[Journey], hours: float) -> list[str]:
    return [journey.outcome(START + timedelta(hours=hours)) for journey in journeys]


@pytest.mark.parametrize(
    ("second", "journeys"),
    [
        (step("2", 7 * DAY - HOUR, case="B"), 1),  # same type, within the idle limit
        (step("2", 7 * DAY, case="B"), 2),  # at the limit it is over
        (step("2", HOUR, case="B", type="payment"), 2),  # another goal
        (step("2", HOUR, case="B", type="unknown"), 2),  # what is not known is not guessed
        (step("2", HOUR, case="B", type="unknown", follows="A"), 1),  # but it follows the first
        (step("2", 30 * DAY, case="A"), 1),  # the same case, however late
        (step("2", 30 * DAY, case="B", follows="A"), 1),
        (step("2", HOUR, case="B", brand="zeta"), 2),  # nothing joins across brands
    ],
)
def test_joining_by_link_and_by_time(second: JourneyEvent, journeys: int) -> None:
    assert len(derived(step("1", 0, case="A"), second)) == journeys


@pytest.mark.parametrize(
    ("first", "second", "hours", "journeys"),
    [
        ("order:A-1", "order:A-1", 20 * DAY, 1),  # the same object joins whatever the gap
        ("order:A-1", "order:B-2", HOUR, 2),  # two orders stay apart
        ("order:A-1", None, HOUR, 1),  # nothing said of which
    ],
)
def test_two_of_one_type_stay_apart_by_their_objects(
    first: str, second: str | None, hours: float, journeys: int
) -> None:
    found = derived(
        step("1", 0, case="A", objects=frozenset({first})),
        step("2", hours, case="B", objects=frozenset({second}) if second else frozenset()),
    )
    assert len(found) == journeys


def test_what_names_none_goes_on_with_the_latest() -> None:
    found = derived(
        step("1", 0, case="A", objects=frozenset({"order:A-1"})),
        step("2", 1, case="B", objects=frozenset({"order:B-2"})),
        step("3", 2, case="C"),
    )
    assert cases(found) == [("A",), ("B", "C")]


def test_what_a_case_is_about_counts_from_its_beginning() -> None:
    """The second case names its order only later: its first words do not join the other order's journey."""
    found = derived(
        step("1", 0, case="A", objects=frozenset({"order:A-1"})),
        step("2", 1, case="B"),
        step("3", 2, case="B", objects=frozenset({"order:B-2"})),
        step("4", 3, case="B"),
    )
    assert cases(found) == [("A",), ("B",)]


def test_so_does_its_type() -> None:
    """The second case says only later that it is a return: its first words do not join what is of no known type."""
    found = derived(
        step("1", 0, case="A", type="unknown"),
        step("2", 1, case="B", type="unknown"),
        step("3", 2, case="B"),
    )
    assert [(one.type, one.cases) for one in found] == [("unknown", ("A",)), ("returns", ("B",))]


def test_what_follows_says_of_which_type_it_was() -> None:
    [journey] = derived(step("1", 0, case="A", type="unknown"), step("2", 1, case="B", follows="A"))
    assert journey.type == "returns"


def test_what_goes_on_itself_did_not_end_with_the_other() -> None:
    first, second = derived(
        step("1", 0, case="A", type="order_status"),
        step("2", 1, case="B", follows="A"),
        step("3", 2, case="A", type="order_status"),
    )
    assert (first.outcome(START), second.outcome(START)) == ("active", "active")
    assert first.cases == ("A",)


def test_a_type_learnt_late_is_the_type_of_all() -> None:
    [journey] = derived(step("1", 0, case="A", type="unknown"), step("2", 1, case="A", type="returns"))
    assert (journey.type, len(journey.visits)) == ("returns", 1)


def test_another_topic_in_the_same_case_is_another_journey() -> None:
    first, second = derived(
        step("1", 0, case="A", type="order_status"),
        step("2", 1, case="A", type="returns"),
        step("3", 2, case="A", type="returns"),
    )
    assert (first.type, first.outcome(START), first.over_at) == ("order_status", "transferred", second.started_at)
    assert (second.type, second.continues) == ("returns", first.id)


def test_what_was_resolved_is_not_transferred() -> None:
    first, second = derived(
        step("1", 0, case="A", type="order_status"),
        state("2", 1, "resolved", case="A", type="order_status"),
        step("3", 2, case="B", type="returns", follows="A"),
    )
    assert (first.outcome(START), second.continues) == ("resolved", None)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(2 * DAY, ["active"]), (7 * DAY + 0.9, ["active"]), (7 * DAY + 1, ["resolved", "active"])],
)
def test_a_return_within_the_window_takes_the_resolution_back(hours: float, expected: list[str]) -> None:
    found = derived(step("1", 0, case="A"), state("2", 1, "resolved", case="A"), step("3", hours, case="A"))
    assert outcomes(found, hours) == expected
    assert found[0].returns == (1 if len(expected) == 1 else 0)


def test_an_agent_who_reopens_takes_it_back_too() -> None:
    [journey] = derived(step("1", 0, case="A"), state("2", 1, "resolved", case="A"), state("3", 2, "open", case="A"))
    assert (journey.resolved_at, journey.returns, journey.visits[-1].stage) == (None, 1, "diagnose")


def test_what_follows_a_resolution_by_itself_leaves_it() -> None:
    [journey] = derived(
        step("1", 0, case="A"),
        state("2", 1, "resolved", case="A"),
        step("3", 2, case="A", kind="system", source="survey.answered"),
        state("4", 3, "closed", case="A"),
    )
    assert journey.resolved_at == START + timedelta(hours=1)
    assert [visit.stage for visit in journey.visits] == ["discover", "resolve", "feedback"]


def test_a_note_does_not_resolve_what_a_return_took_back() -> None:
    told = {"rules": ()}
    rules = replace(RULES, types=tuple(replace(one, **told) for one in RULES.types))
    steps = [
        step("1", 0, case="A"),
        step("2", 1, case="A", stage="resolve"),
        step("3", 2, case="A"),
        step("4", 3, case="A", kind="system", source="case.priority_changed"),
    ]
    [journey] = journeys_of(steps, rules)
    assert (journey.resolved_at, journey.returns) == (None, 1)


@pytest.mark.parametrize(("hours", "begins"), [(71.0, 0.0), (72.0, 72.0), (80.0, 80.0)])
def test_a_message_of_the_company_begins_one_if_the_customer_reacts(hours: float, begins: float) -> None:
    [journey] = derived(agent("1", 0, case="A"), step("2", hours, case="A"))
    assert journey.started_at == START + timedelta(hours=begins)
    assert [(one.channel, one.forced) for one in journey.channels] == [("whatsapp", False)]


def test_a_message_nobody_reacts_to_is_no_journey() -> None:
    assert derived(agent("1", 0, case="A"), state("2", 1, "resolved", case="A")) == []


def test_self_service_begins_one_and_a_milestone_alone_does_not() -> None:
    assert len(derived(step("1", 0, kind="self_service", channel="self_service"))) == 1
    assert derived(step("1", 0, kind="milestone", source="order.delivered")) == []


def test_a_goal_milestone_resolves() -> None:
    [journey] = derived(
        step("1", 0, type="order_status", objects=frozenset({"order:A-1"})),
        step("2", 3, type="order_status", kind="milestone", source="order.delivered", objects=frozenset({"order:A-1"})),
    )
    assert journey.outcome(START) == "resolved"


@pytest.mark.parametrize(
    ("more", "closed_after", "abandoned_at"),
    [
        ({}, None, 1 + DAY),
        ({"incident": True}, None, 1 + 30 * DAY + DAY),
        ({"incident": True}, 5 * DAY, 5 * DAY + DAY),
    ],
)
def test_an_outage_waits_for_the_end_of_its_incident(
    more: dict[str, Any], closed_after: float | None, abandoned_at: float
) -> None:
    steps = [step("1", 0, type="outage", case="A"), agent("2", 1, type="outage", case="A")]
    if more:
        steps.append(step("3", 1, type="outage", case="A", kind="milestone", source="incident.opened"))
    if closed_after:
        steps.append(step("4", closed_after, type="outage", case="A", kind="milestone", source="incident.closed"))
    found = derived(*steps)
    assert outcomes(found, abandoned_at - 0.01) == ["active"]
    assert outcomes(found, abandoned_at) == ["abandoned"]


@pytest.mark.parametrize(
    ("days", "abandoned_at"),
    [(10, 11 * DAY), (60, 31 * DAY), (-10, DAY)],
    ids=["to come", "far ahead", "long past"],
)
def test_an_appointment_waits_for_its_date(days: int, abandoned_at: float) -> None:
    date = int((START + timedelta(days=days)).timestamp())
    found = derived(step("1", 0, type="appointment", attributes={"until": date}))
    assert outcomes(found, abandoned_at - 0.01) == ["active"]
    assert outcomes(found, abandoned_at) == ["abandoned"]


def test_the_hubs_own_doings_keep_no_journey_alive() -> None:
    found = derived(step("1", 0, case="A"), state("2", 6 * DAY, "on_hold", case="A"))
    assert outcomes(found, 7 * DAY) == ["abandoned"]


def test_the_same_however_often_it_is_derived_also_when_it_turns_out_to_be_of_another_type() -> None:
    [before] = derived(step("1", 0, case="A", type="unknown"))
    [after] = derived(step("1", 0, case="A", type="unknown"), step("2", 1, case="A", type="payment"))
    assert before.id == after.id
