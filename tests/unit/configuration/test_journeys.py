"""The section `journeys`: types, stages, idle limits, rules."""

from __future__ import annotations

import pytest

from shared.domain.journeys.rules import RULES, JourneyRules
from tests.unit.configuration.one_brand import assert_one_fault, configured

DAY = 86_400


def test_nothing_said_is_the_defaults() -> None:
    assert configured("").journeys == JourneyRules()


def test_times_of_all_types() -> None:
    rules = configured("journeys: {return: P14D, reaction: PT24H, unknown: P3D, sessions: {webchat: PT10M}}").journeys
    assert (rules.return_s, rules.reaction_s, rules.unknown.idle_s) == (14 * DAY, DAY, 3 * DAY)
    assert (rules.session_s("webchat"), rules.session_s("whatsapp")) == (600, DAY)


def test_a_type_of_ones_own_beside_the_built_in_ones() -> None:
    text = """journeys:
  types:
  - name: warranty
    idle: P10D
    topics: [Garantía]
    stages: [ask, send, repaired]
    goals: [repaired]
    rules:
    - {stage: send, when: {event: [message.out], actor: [agent]}, after: [ask]}
"""
    rules = configured(text).journeys
    kind = rules.named("warranty")
    assert rules.of_topic("garantía") == "warranty"
    assert (kind.idle_s, kind.stages, kind.goals) == (10 * DAY, ("ask", "send", "repaired"), {"repaired"})
    assert [rule.stage for rule in kind.rules] == ["send"]
    assert rules.of_topic("devolucion") == "returns"


def test_a_built_in_type_is_changed_where_something_is_said() -> None:
    rules = configured("journeys: {types: [{name: outage, idle: PT48H}]}").journeys
    kind = rules.named("outage")
    assert (kind.idle_s, kind.held, kind.rules) == (2 * DAY, ("incident.opened", "incident.closed"), RULES)
    assert rules.of_topic("avería") == "outage"
    assert sum(one.name == "outage" for one in rules.types) == 1


def test_without_a_goal_the_last_stage_is_it() -> None:
    rules = configured("journeys: {types: [{name: quote, stages: [asked, offered, sold]}]}").journeys
    assert rules.named("quote").goals == {"sold"}


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("journeys: [return]", "journeys", "must be a mapping"),
        ("journeys: {retrun: P7D}", "journeys.retrun", 'did you mean "return"'),
        ("journeys: {return: 7}", "journeys.return", "not a duration"),
        ("journeys: {unknown: PT0S}", "journeys.unknown", "at least a second"),
        ("journeys: {sessions: {webchat: 30}}", "journeys.sessions.webchat", "not a duration"),
        ("journeys: {types: {name: a}}", "journeys.types", "must be a list"),
        ("journeys: {types: [{idle: P7D}]}", "journeys.types[0].name", "is missing"),
        ("journeys: {types: [{name: a, idle: soon}]}", "journeys.types[0].idle", "not a duration"),
        ("journeys: {types: [{name: unknown}]}", "journeys.types[0].name", "is taken"),
        ("journeys: {types: [{name: a, goals: [reslove]}]}", "journeys.types[0].goals[0]", 'did you mean "resolve"'),
        ("journeys: {types: [{name: a, rules: [{stage: b}]}]}", "journeys.types[0].rules[0].stage", "no stage of"),
        (
            "journeys: {types: [{name: a, rules: [{stage: resolve, when: {evnt: [x]}}]}]}",
            "journeys.types[0].rules[0].when.evnt",
            'did you mean "event"',
        ),
        (
            "journeys: {types: [{name: a, topics: [x]}, {name: b, topics: [x]}]}",
            "journeys.types[1]",
            "belongs to a already",
        ),
    ],
)
def test_a_fault_names_its_line_and_key(text: str, key: str, message: str) -> None:
    assert_one_fault(text, key, message)
