"""What surveys come to in the figures: of the log alone, by channel and agent of when they were asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.figures_joined import JOINED, joined_now
from shared.application.figures_of_case import history_of, read_log
from shared.domain.figures.facts import facts_of
from shared.domain.figures.model import Fact
from shared.domain.figures.rules import Rules
from shared.ports.table import Update
from shared.store import keys
from tests.engine.surveys.bench import HOUR, MINUTE, MORNING, AskingHub, asked_case, asking
from tests.engine.surveys.test_answers import TAPPED
from tests.engine.surveys.test_hard_answers import joined

SOON = MORNING + timedelta(days=2)


def facts(hub: AskingHub, case: str, **rules: Any) -> list[Fact]:
    history = history_of(hub.case(case), hub.entries(case))
    return [one for one in facts_of(history, Rules(**rules), hub.moment(SOON)) if _is_of_surveys(one.metric)]


def _is_of_surveys(metric: str) -> bool:
    return metric.partition("_")[0] in ("surveys", "csat", "nps", "ces")


def metrics(hub: AskingHub, case: str) -> list[str]:
    return sorted(one.metric for one in facts(hub, case))


def test_asked_and_not_answered(hub: AskingHub) -> None:
    case = asked_case(hub)
    assert metrics(hub, case) == ["surveys_delivered", "surveys_sent"]


@pytest.mark.parametrize(
    ("settings", "answer", "metric", "mapped"),
    [
        ("kind: csat", 4, "csat_4", False),
        ("kind: csat, scale: thumbs", 0, "csat_1", True),
        ("kind: csat, scale: faces", 3, "csat_5", True),
        ("kind: nps", 10, "nps_10", False),
        ("kind: ces", 1, "ces_1", False),
        ("kind: ces, scale: ces_old", 2, "ces_old_4", True),
    ],
)
def test_each_answer_has_its_counter(hub: AskingHub, settings: str, answer: int, metric: str, mapped: bool) -> None:
    hub.config = asking(f"{settings}, channels: [whatsapp]")
    case = asked_case(hub)
    hub.tap(hub.asked(case), answer, "t1", TAPPED)
    assert metrics(hub, case) == sorted([metric, "surveys_answered", "surveys_delivered", "surveys_sent"])
    [counted] = [one for one in facts(hub, case) if one.metric == metric]
    assert ("scale_mapped" in counted.flags) is mapped
    assert counted.dimensions.channel == "whatsapp"


def test_changed_it_counts_once_and_a_comment_not_at_all(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    hub.says("w2", "El repartidor nunca llamó", TAPPED + MINUTE)
    hub.tap(hub.asked(case), 5, "t2", TAPPED + HOUR)
    hub.tap(hub.asked(case), 1, "t3", TAPPED + 25 * HOUR)
    assert metrics(hub, case) == ["csat_5", "surveys_answered", "surveys_delivered", "surveys_sent"]


def test_it_is_of_the_agent_who_had_the_case_then(hub: AskingHub) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    held = {"owner_at": "2026-11-22T16:00:00Z", "owner_by": "desk"}
    hub.table.table.transact([Update(keys.case(case), set={"owner": "eva", **held})])
    hub.sets(case, "resolved", MORNING + 10 * MINUTE)
    hub.look(case, MORNING + 25 * MINUTE)
    hub.table.table.transact([Update(keys.case(case), set={"owner": "luis"})])
    hub.tap(hub.asked(case), 4, "t1", TAPPED)
    assert {one.dimensions.agent for one in facts(hub, case)} == {"eva"}


def test_an_answer_is_no_contact_and_no_turn(hub: AskingHub) -> None:
    case = asked_case(hub)
    before = history_of(hub.case(case), hub.entries(case))
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    after = history_of(hub.case(case), hub.entries(case))
    at = hub.moment(SOON)
    others = [
        [(one.metric, one.amount) for one in facts_of(history, Rules(), at) if not _is_of_surveys(one.metric)]
        for history in (before, after)
    ]
    assert others[0] == others[1]


def test_answered_before_and_after_its_case_was_joined_to_another_it_counts_once_there(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    hub.tap(asked, 2, "t1", TAPPED)
    other = hub.says("w2", "Otra consulta", TAPPED + HOUR, account="200000000000002").case
    assert other
    joined(hub, case, other, TAPPED + 2 * HOUR)
    hub.tap(asked, 5, "t2", TAPPED + 3 * HOUR)
    hub.tap(asked, 1, "t3", TAPPED + 25 * HOUR)
    going_on = hub.case(other) | {JOINED: joined_now(hub.table, hub.case(other))}  # as the clock notes it
    history = history_of(going_on, read_log(hub.table, going_on))
    found = [one.metric for one in facts_of(history, Rules(), hub.moment(SOON)) if _is_of_surveys(one.metric)]
    assert sorted(found) == ["csat_5", "surveys_answered", "surveys_delivered", "surveys_sent"]
    assert metrics(hub, case) == []
