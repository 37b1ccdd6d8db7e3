"""Service-level clocks as facts: the KPI sheet, §7, and the cases of the routing sheet, §4."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.business_time.calendars import Calendar
from shared.domain.business_time.levels import Policy, ServiceLevels, Target, Whom
from shared.domain.figures.batch import histories_of
from shared.domain.figures.chronicle import chronicle_of
from shared.domain.figures.reading import read_lines
from shared.domain.figures.rules import Rules
from shared.domain.figures.service_levels import outcomes_of, sla_deadlines

H = 3600
ALL = {
    "first_response": Target({"any": 900}),
    "next_response": Target({"any": 600}),
    "update": Target({"any": 2 * H}),
    "resolution": Target({"normal": 8 * H, "high": 4 * H}),
    "assignment": Target({"any": 300}),
}


@pytest.fixture
def told(told: Any, rules: Rules) -> Any:
    policy = Policy("all", targets=ALL)  # type: ignore[arg-type]
    told.rules = replace(rules, levels=replace(rules.levels, policies=(policy,)))
    return told


def at(text: str) -> datetime:
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{clock}:00-05:00").astimezone(UTC)


def sla(told: Any, as_of: str = "12-31 00:00") -> dict[str, list[int]]:
    return {name[4:]: amounts for name, amounts in told.facts(as_of).items() if name.startswith("sla_")}


def due(told: Any, name: str, as_of: str) -> datetime | None:
    [history] = histories_of(read_lines(map(json.dumps, told.lines)).told, "acme")
    found = {
        running.name: standing.due for running, standing in outcomes_of(chronicle_of(history, told.rules, at(as_of)))
    }
    return found[name]  # type: ignore[index]


def test_a_stop_at_the_due_instant_is_met(told: Any) -> None:
    assert sla(told.asked("11-11 10:00").answered("11-11 10:15"))["first_response_met"] == [1]


def test_overdue_is_breached_now_not_when_somebody_answers(told: Any) -> None:
    told.asked("11-11 10:00")
    assert sla(told, "11-11 10:14") == {}
    assert sla(told, "11-11 10:15")["first_response_breached"] == [1]
    assert sla(told.answered("11-11 12:00"), "11-11 12:01")["first_response_breached"] == [1]


def test_a_stop_in_time_that_is_learnt_late_takes_the_breach_back(told: Any) -> None:
    told.asked("11-11 10:00")
    assert "first_response_breached" in sla(told, "11-11 11:00")
    told.answered("11-11 10:10")
    assert sla(told, "11-11 11:00")["first_response_met"] == [1]


def test_each_further_turn_has_its_clock(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01").asked("11-11 10:05").answered("11-11 10:10")
    told.asked("11-11 10:20").answered("11-11 10:40")
    found = sla(told, "11-11 10:41")
    assert (found["next_response_met"], found["next_response_breached"]) == ([1], [1])


def test_spam_is_of_no_matter(told: Any) -> None:
    assert sla(told.asked("11-11 10:00").state("11-11 10:05", "spam")) == {}


def test_a_bots_case_has_no_clock(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:00", "bot.started")("11-11 10:05", "bot.ended")
    assert sla(told) == {}


@pytest.mark.parametrize(
    ("more", "as_of", "expected"),
    [
        ([], "11-11 10:00", "11-11 17:00"),
        ([("11-11 11:00", "pending_customer"), ("11-11 15:00", "open")], "11-11 15:00", "11-12 12:00"),
    ],
)
def test_resolution_waits_for_nobody_but_the_customer(told: Any, more: Any, as_of: str, expected: str) -> None:
    told.asked("11-11 09:00").answered("11-11 09:05")
    for moment, state in more:
        told.state(moment, state)
    assert due(told, "resolution", as_of) == at(expected)


def test_what_was_used_before_a_reopening_is_used(told: Any) -> None:
    told.asked("11-13 15:00").answered("11-13 15:05").state("11-13 17:00", "resolved").asked("11-16 10:00")
    assert due(told, "resolution", "11-16 10:00") == at("11-16 16:00")


def test_a_case_cannot_wait_for_a_customer_who_waits(told: Any) -> None:
    told.asked("11-11 09:00").answered("11-11 09:05").asked("11-11 10:58").state("11-11 11:00", "pending_customer")
    assert due(told, "resolution", "11-11 12:00") == at("11-11 17:00")


def test_a_higher_priority_moves_the_target_not_the_start(told: Any) -> None:
    told.asked("11-11 09:00").answered("11-11 09:05")("11-11 12:00", "case.priority_changed", priority="high")
    assert due(told, "resolution", "11-11 12:00") == at("11-11 13:00")


@pytest.mark.parametrize(("changed", "flags"), [("11-11 12:00", set()), ("11-11 14:00", {"retarget"})])
def test_a_target_that_came_too_late_is_told_as_the_reason(told: Any, changed: str, flags: set[str]) -> None:
    told.asked("11-11 09:00").answered("11-11 09:05")(changed, "case.priority_changed", priority="high")
    facts = told.computed("11-11 18:00").facts["c"]
    [breached] = [fact for fact in facts if fact.metric == "sla_resolution_breached"]
    assert breached.flags == flags


def test_updates_while_the_case_is_open(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").answered("11-11 11:00").answered("11-11 15:00")
    found = sla(told.state("11-11 15:30", "resolved"))
    assert (found["update_met"], found["update_breached"]) == ([1], [1])


def test_assignment_per_entry_into_a_queue(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:00", "case.queued", queue="soporte")
    told("11-11 10:04", "case.assigned", agent="ana")("11-11 10:10", "case.transferred", to_queue="ventas")
    found = sla(told("11-11 10:20", "case.assigned", agent="luis"))
    assert (found["assignment_met"], found["assignment_breached"]) == ([1], [1])


def test_what_will_be_breached_next_is_told(told: Any) -> None:
    [history] = histories_of(read_lines(map(json.dumps, told.asked("11-11 10:00").lines)).told, "acme")
    assert sla_deadlines(history, told.rules, at("11-11 10:00")) == [at("11-11 10:15"), at("11-11 18:00")]
    assert sla_deadlines(history, told.rules, at("11-11 10:15")) == [at("11-11 18:00")]


def test_no_policy_no_service_level(told: Any) -> None:
    told.rules = Rules()
    assert sla(told.asked("11-11 10:00")) == {}


def test_the_calendar_of_the_start_stays(told: Any) -> None:
    early = Calendar("c", "UTC", (((0, 1440),),) * 7, valid_until=datetime(2026, 11, 11, tzinfo=UTC).date())
    late = Calendar("c", "UTC", ((),) * 7, valid_from=datetime(2026, 11, 11, tzinfo=UTC).date())
    told.rules = Rules(ServiceLevels({"acme": "UTC"}, {("acme", "c"): (early, late)}, ((Whom(), "c"),)))
    facts = told.asked("11-10 10:00").answered("11-11 10:00").facts()
    assert facts["frt_human_business"] == facts["frt_human_calendar"] == [86_400]
