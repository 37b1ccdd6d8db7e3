"""The section `cases`: what becomes of a case by time and by thanks."""

from __future__ import annotations

import pytest

from shared.configuration import ConfigurationFault
from tests.unit.configuration.one_brand import assert_one_fault, configured


def test_nothing_said_is_the_defaults() -> None:
    rules = configured("").cases
    assert (rules.remind_s, rules.give_up_s, rules.courtesy, rules.stay_on_hold) == (86_400, 259_200, True, False)


def test_what_is_said_counts() -> None:
    rules = configured("cases: {remind: PT1H, give_up: P7D, courtesy: false, stay_on_hold: true}").cases
    assert (rules.remind_s, rules.give_up_s, rules.courtesy, rules.stay_on_hold) == (3600, 7 * 86_400, False, True)


def test_how_old_a_mail_begins_a_new_topic() -> None:
    assert configured("").cases.new_topic_s == 14 * 86_400
    assert configured("cases: {new_topic: P30D}").cases.new_topic_s == 30 * 86_400
    assert configured("cases: {new_topic: PT0S}").cases.new_topic_s == 0


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("cases: {new_topic: 14}", "cases.new_topic", "not a duration"),
        ("cases: [remind]", "cases", "must be a mapping"),
        ("cases: {remind: 24}", "cases.remind", "not a duration"),
        ("cases: {give_up: P1M}", "cases.give_up", "not a duration"),
        ("cases: {courtesy: sometimes}", "cases.courtesy", "true or false"),
        ("cases: {curtesy: true}", "cases.curtesy", 'did you mean "courtesy"'),
    ],
)
def test_a_fault_names_its_line_and_key(text: str, key: str, message: str) -> None:
    assert_one_fault(text, key, message)


@pytest.mark.parametrize("name", ["hub", "whatsapp"])
def test_a_connector_is_not_called_like_the_hub_or_a_channel(name: str) -> None:
    with pytest.raises(ConfigurationFault, match="has this name: choose another"):
        configured(f"connectors:\n- {{name: {name}, kind: tool, secret: tool}}")
