"""The section `kpi`: windows, caps and thresholds of the figures."""

from __future__ import annotations

import pytest

from shared.configuration.kpi import DURATIONS, rules_of
from shared.domain.figures.rules import Limits
from tests.unit.configuration.one_brand import assert_one_fault, configured


def test_nothing_said_is_the_sheets_rules() -> None:
    assert configured("").kpi == Limits()


@pytest.mark.parametrize(("key", "limit"), DURATIONS.items())
def test_each_duration_is_its_own_limit(key: str, limit: str) -> None:
    limits = configured(f"kpi: {{{key}: PT61S}}").kpi
    assert getattr(limits, limit) == 61
    others = [name for name in DURATIONS.values() if name != limit]
    assert [getattr(limits, name) for name in others] == [getattr(Limits(), name) for name in others]


def test_what_cases_say_counts_here_too() -> None:
    limits = configured("cases: {courtesy: false, stay_on_hold: true}\nkpi: {later_topics: [visita]}").kpi
    assert (limits.courtesy, limits.stay_on_hold, limits.later_topics) == (False, True, frozenset({"visita"}))


def test_rules_are_limits_zones_calendars_and_promises() -> None:
    config = configured("sla:\n- {name: all, first_response: PT5M}\nkpi: {handle_cap: PT10M}")
    rules = rules_of(config)
    assert (rules.zones["acme"], rules.limits.handle_cap_s) == ("America/Guayaquil", 600)
    assert [policy.name for policy in rules.levels.policies] == ["all"]


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("kpi: [fcr_window]", "kpi", "must be a mapping"),
        ("kpi: {fcr_window: 7}", "kpi.fcr_window", "not a duration"),
        ("kpi: {fcr_window: PT0S}", "kpi.fcr_window", "longer than nothing"),
        ("kpi: {fcr_windows: P7D}", "kpi.fcr_windows", 'did you mean "fcr_window"'),
        ("kpi: {survey_change: PT24H1S}", "kpi.survey_change", "at most PT24H"),
        ("kpi: {survey_expiry: P8D}", "kpi.survey_expiry", "at most P7D"),
        ("kpi: {later_topics: visit}", "kpi.later_topics", "a list of topics"),
    ],
)
def test_a_fault_names_its_line_and_key(text: str, key: str, message: str) -> None:
    assert_one_fault(text, key, message)


def test_a_call_may_be_abandoned_from_the_first_second() -> None:
    assert configured("kpi: {short_abandon: PT0S}").kpi.short_abandon_s == 0


def test_surveys_may_be_changed_and_answered_for_as_long_as_answers_are_taken_and_for_less() -> None:
    most = configured("kpi: {survey_change: P1D, survey_expiry: PT168H}").kpi
    assert (most.survey_change_s, most.survey_expiry_s) == (86_400, 604_800)
    less = configured("kpi: {survey_change: PT0S, survey_expiry: P3D}").kpi
    assert (less.survey_change_s, less.survey_expiry_s) == (0, 259_200)
