"""What happened in cases as steps of journeys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.figures.model import CaseHistory, KpiEvent
from shared.domain.journeys.events import CaseLinks, kind_of, steps_of
from shared.domain.journeys.model import JourneyEvent
from shared.domain.journeys.rules import JourneyRules

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
RULES = JourneyRules()


def event(name: str, type_: str = "message.in", **more: Any) -> KpiEvent:
    actor = {"message.in": "customer", "message.out": "agent", "call.answered": "agent"}.get(type_, "system")
    at = START + timedelta(minutes=more.pop("minutes", 0))
    return KpiEvent(name, type_, at, **{"channel": "whatsapp", "actor_type": actor, **more})


def steps(*events: KpiEvent, links: dict[str, CaseLinks] | None = None) -> list[JourneyEvent]:
    return steps_of([CaseHistory("A", "p", "acme", events)], links or {}, RULES)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (event("1"), "contact"),
        (event("1", flags=frozenset({"courtesy"})), "system"),
        (event("1", flags=frozenset({"opt_out"})), "system"),
        (event("1", flags=frozenset({"auto_reply"})), "system"),
        (event("1", "message.out"), "agent"),
        (event("1", "message.out", public=False), "system"),
        (event("1", "message.out", flags=frozenset({"automated"})), "system"),
        (event("1", "message.out", actor_type="bot"), "bot"),
        (event("1", "message.out", actor_type="system"), "system"),
        (event("1", "call.queued", channel="voice"), "contact"),
        (event("1", "call.queued", channel="voice", flags=frozenset({"outbound"})), "agent"),
        (event("1", "call.abandoned", channel="voice"), "contact"),
        (event("1", "call.answered", channel="voice"), "agent"),
        (event("1", "visit.checked_in", channel="in_person"), "contact"),
        (event("1", "bot.started"), "bot"),
        (event("1", "self_service.viewed"), "self_service"),
        (event("1", "order.delivered"), "milestone"),
        (event("1", "survey.answered"), "system"),
        (event("1", "case.state_changed", state="open"), "system"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.type}-{'-'.join(sorted(value.flags))}",
)
def test_kinds(told: KpiEvent, kind: str) -> None:
    assert kind_of(told) == kind


def test_a_step_says_what_is_known_of_it() -> None:
    told = event("1", topic="Devolucion", details={"order": "A-1", "asked": "name", "call": 7})
    [step] = steps(told, links={"A": CaseLinks(follow_up_of="Z", objects=frozenset({"order:B-2"}))})
    assert (step.id, step.profile, step.brand, step.case, step.follows) == ("A/1", "p", "acme", "A", "Z")
    assert (step.type, step.objects, step.contact) == ("returns", {"order:A-1", "order:B-2"}, "7")
    assert step.attributes == {"asked": "name"}


def test_a_bots_flow_says_the_stage() -> None:
    [step] = steps(event("1", "journey.stage_entered", details={"stage": "authenticate"}))
    assert (step.stage, step.kind) == ("authenticate", "bot")


def test_what_is_done_behind_the_scenes_is_on_no_channel() -> None:
    [step] = steps(event("1", "case.state_changed", state="resolved"))
    assert (step.channel, step.state) == ("-", "resolved")


def test_an_answer_that_failed_is_none() -> None:
    found = steps(event("1", "message.out"), event("2", "message.failed", target="1", minutes=1))
    assert [(step.id, step.kind) for step in found] == [("A/1", "system")]


def test_spam_has_no_steps_unless_it_was_taken_back() -> None:
    spam = event("2", "case.state_changed", state="spam", minutes=1)
    assert steps(event("1"), spam) == []
    assert len(steps(event("1"), spam, event("3", "case.state_changed", state="open", minutes=2))) == 3


def test_a_merged_case_counts_as_the_one_it_went_into() -> None:
    links = {"A": CaseLinks(merged_into="B"), "B": CaseLinks(merged_into="C"), "C": CaseLinks(follow_up_of="A")}
    histories = [CaseHistory(name, "p", "acme", (event("1"),)) for name in "ABC"]
    found = steps_of(histories, links, RULES)
    assert {step.case for step in found} == {"C"}
    assert {step.follows for step in found} == {None}
    assert len({step.id for step in found}) == 3


def test_cases_merged_in_a_circle_end_somewhere() -> None:
    links = {"A": CaseLinks(merged_into="B"), "B": CaseLinks(merged_into="A")}
    assert [step.case for step in steps(event("1"), links=links)] == ["B"]
