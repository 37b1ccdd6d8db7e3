"""Survey metrics: the worked examples of the KPI sheet, §5."""

from __future__ import annotations

from typing import Any

import pytest


def answered(told: Any, survey: str, *values: int | str) -> Any:
    for index, value in enumerate(values):
        told("11-11 10:00", "survey.sent", survey=survey, instance=f"{survey}{index}")
        told("11-11 11:00", "survey.answered", survey=survey, instance=f"{survey}{index}", value=value)
    return told


def test_csat_example(told: Any, figures_by_name: Any) -> None:
    found = figures_by_name(answered(told, "csat", 5, 4, 3, 5, 2, 1, 4, 5).computed())
    csat, mean = found["csat"], found["csat_mean"]
    assert (csat.numerator, csat.denominator, csat.value, mean.value) == (5, 8, 62.5, 3.625)
    assert csat.is_uncertain


def test_nps_example(told: Any, figures_by_name: Any) -> None:
    nps = figures_by_name(answered(told, "nps", 10, 9, 9, 8, 7, 6, 3, 10).computed())["nps"]
    assert (nps.numerator, nps.denominator, nps.value) == (2, 8, 25.0)


def test_nps_of_detractors_alone_is_below_nothing(told: Any, figures_by_name: Any) -> None:
    assert figures_by_name(answered(told, "nps", 0, 6).computed())["nps"].value == -100


def test_ces_example(told: Any, figures_by_name: Any) -> None:
    found = figures_by_name(answered(told, "ces", 7, 6, 5, 4, 2, 7).computed())
    assert found["ces_mean"].value == pytest.approx(5.17, abs=0.005)
    assert (found["ces_agree"].value, found["ces_strict"].value) == (66.7, 50.0)


def test_scores_of_channels_are_added_not_averaged(told: Any, figures_by_name: Any) -> None:
    answered(told, "nps", 10, 10, 10, 0)
    for index, value in enumerate((0, 0)):
        told("11-11 12:00", "survey.answered", survey="nps", instance=f"m{index}", value=value, channel="email")
    result = told.computed()
    each = [figures_by_name(result, channel)["nps"].value for channel in ("whatsapp", "email")]
    assert (each, figures_by_name(result)["nps"].value) == ([50.0, -100.0], 0.0)


@pytest.mark.parametrize(
    ("scale", "value", "metric"),
    [("thumbs", "up", "csat_5"), ("thumbs", "down", "csat_1"), ("faces", 2, "csat_3"), ("ces_old", 1, "ces_old_5")],
)
def test_another_scale_is_mapped_by_its_table_and_says_so(told: Any, scale: str, value: Any, metric: str) -> None:
    answered(told, scale, value)
    [fact] = [fact for fact in told.computed().facts["c"] if fact.metric == metric]
    assert fact.flags == {"scale_mapped"}


@pytest.mark.parametrize(("scale", "value"), [("csat", 6), ("csat", 0), ("nps", 11), ("ces", 8), ("mood", 3)])
def test_a_value_that_the_scale_does_not_have_counts_for_nothing(told: Any, scale: str, value: int) -> None:
    assert not [metric for metric in answered(told, scale, value).facts() if metric.startswith(("csat", "nps", "ces"))]


def test_was_it_solved_in_this_contact(told: Any, figures_by_name: Any) -> None:
    found = figures_by_name(answered(told, "fcr", "sí", "no", "yes", 1).computed())["fcr_survey"]
    assert (found.numerator, found.denominator, found.value) == (3, 4, 75.0)


def test_it_is_of_the_agent_and_channel_that_it_was_bound_to(told: Any) -> None:
    told("11-11 10:00", "survey.sent", survey="csat", instance="s", agent="ana", actor_type="agent")
    told("11-11 12:00", "survey.answered", survey="csat", instance="s", value=5, channel="email")
    [fact] = [fact for fact in told.computed().facts["c"] if fact.metric == "csat_5"]
    assert (fact.dimensions.agent, fact.dimensions.channel, fact.at.hour) == ("ana", "whatsapp", 17)


def test_an_answer_starts_no_contact_and_reopens_nothing(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved")
    before = told.facts()
    told("11-12 10:00", "survey.answered", survey="csat", instance="s", value=5)
    told.asked("11-12 10:00", flags=["survey"])
    after = told.facts()
    assert {metric: value for metric, value in after.items() if metric != "csat_5"} == before


@pytest.mark.parametrize(("at", "metric"), [("11-12 10:59:59", "csat_2"), ("11-12 11:00", "csat_5")])
def test_the_last_answer_within_24_hours_wins(told: Any, at: str, metric: str) -> None:
    answered(told, "csat", 5)(at, "survey.answered", instance="csat0", survey="csat", value=2)
    assert {name for name in told.facts() if name.startswith("csat")} == {metric}


@pytest.mark.parametrize(("at", "late"), [("11-18 09:59:59", False), ("11-18 10:00", True)])
def test_an_answer_after_seven_days_is_kept_and_not_counted(told: Any, at: str, late: bool) -> None:
    told("11-11 10:00", "survey.sent", survey="csat", instance="s")
    facts = told(at, "survey.answered", survey="csat", instance="s", value=5).facts()
    assert ("surveys_late" in facts, "csat_5" in facts, "surveys_answered" in facts) == (late, not late, not late)


def test_what_was_late_when_it_came_stays_late(told: Any) -> None:
    told("11-11 10:00", "survey.sent", survey="csat", instance="s")
    facts = told("11-11 11:00", "survey.answered", survey="csat", instance="s", value=5, flags=["survey_late"]).facts()
    assert ("surveys_late" in facts, "csat_5" in facts) == (True, False)


def test_the_response_rate_is_of_those_delivered(told: Any, figures_by_name: Any) -> None:
    for index, state in enumerate(("delivered", "delivered", "sent", "failed", "read")):
        told("11-11 10:00", "survey.sent", survey="csat", instance=f"s{index}", delivery=state)
    told("11-11 11:00", "survey.answered", survey="csat", instance="s0", value=5)
    found = figures_by_name(told.computed())
    assert (found["surveys_sent"].value, found["survey_response"].denominator) == (5, 3)
    assert found["survey_response"].value == 33.3


@pytest.mark.parametrize(("change_s", "metric"), [(0, "csat_2"), (3600, "csat_4")])
def test_the_first_answer_counts_where_none_may_be_changed(told: Any, change_s: int, metric: str) -> None:
    told("11-11 10:00", "survey.sent", survey="csat", instance="s")
    for at, value in (("11:00", 2), ("11:59", 4), ("12:00", 5)):
        told(f"11-11 {at}", "survey.answered", survey="csat", instance="s", value=value)
    told.limits(survey_change_s=change_s)
    assert [name for name in told.facts() if name.startswith("csat")] == [metric]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        ([], []),
        ([("11-11 11:00", 4)], ["csat_4"]),
        ([("11-11 11:00", 4), ("11-11 12:00", 2)], ["csat_2"]),
        ([("11-11 11:00", 4), ("11-12 11:00", 2)], ["csat_4"]),
        ([("11-11 11:00", 4), ("11-12 10:00", 3), ("11-12 11:00", 2)], ["csat_3"]),
        ([("11-18 09:00", 1), ("11-18 10:00", 5)], ["csat_1"]),
        ([("11-19 10:00", 1)], []),
    ],
)
def test_the_one_that_counts_in_whatever_order_they_came(
    told: Any, answers: list[tuple[str, int]], counts: list[str], is_turned: bool
) -> None:
    told("11-11 10:00", "survey.sent", survey="csat", instance="s")
    for at, value in reversed(answers) if is_turned else answers:
        told(at, "survey.answered", survey="csat", instance="s", value=value)
    assert [name for name in told.facts() if name.startswith("csat")] == counts
