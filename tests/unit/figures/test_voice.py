"""The telephone queue: the KPI sheet, §6."""

from __future__ import annotations

from typing import Any

import pytest


def calls(told: Any, *waits: tuple[str, int, str]) -> Any:
    for index, (case, seconds, end) in enumerate(waits):
        told(f"11-11 {10 + index}:00", "call.queued", case=case, customer=case, call=case)
        told(
            f"11-11 {10 + index}:{seconds // 60:02}:{seconds % 60:02}", f"call.{end}", case=case, call=case, agent="ana"
        )
    return told


def test_worked_example(told: Any, figures_by_name: Any) -> None:
    calls(told, ("a", 15, "answered"), ("b", 3, "abandoned"), ("c", 95, "abandoned"), ("d", 40, "answered"))
    found = figures_by_name(told.computed())
    assert (found["calls_offered"].value, found["calls_short"].value) == (4, 1)
    shown = {name: (found[name].numerator, found[name].denominator, found[name].value) for name in
             ("abandonment", "abandonment_raw", "service_level")}  # fmt: skip
    assert shown == {"abandonment": (1, 3, 33.3), "abandonment_raw": (2, 4, 50.0), "service_level": (1, 3, 33.3)}
    assert found["asa"].value == 27.5


@pytest.mark.parametrize(("seconds", "short"), [(4, True), (5, False)])
def test_a_short_abandon_is_under_the_threshold(told: Any, seconds: int, short: bool) -> None:
    facts = calls(told, ("a", seconds, "abandoned")).facts()
    assert ("queue_abandoned_short" in facts, "queue_abandoned" in facts) == (short, not short)


@pytest.mark.parametrize(("seconds", "within"), [(20, True), (21, False)])
def test_the_service_levels_edge_is_in_time(told: Any, seconds: int, within: bool) -> None:
    assert ("calls_within" in calls(told, ("a", seconds, "answered")).facts()) is within


@pytest.mark.parametrize(
    ("at", "case", "recovered"),
    [("11-11 11:01:29", "a", True), ("11-11 11:01:30", "a", False), ("11-11 10:30", "other", True)],
)
def test_an_abandoned_call_is_made_good_within_the_hour(told: Any, at: str, case: str, recovered: bool) -> None:
    told("11-11 10:00", "call.queued", call="k", case="a")("11-11 10:01:30", "call.abandoned", call="k", case="a")
    told.asked("11-11 10:20", case=case).answered(at, case=case)
    assert ("queue_recovered" in told.facts()) is recovered


def test_calling_back_makes_an_abandoned_call_good(told: Any) -> None:
    told("11-11 10:00", "call.queued", call="a")("11-11 10:02", "call.abandoned", call="a")
    told("11-11 10:30", "call.answered", call="b", agent="ana", direction="outbound")
    assert told.facts()["queue_recovered"] == [1]


def test_a_callback_is_not_abandoned_and_waits_until_it_is_answered(told: Any) -> None:
    told("11-11 10:00", "call.queued", call="k")("11-11 10:02", "call.abandoned", call="k", reason="callback")
    facts = told.facts()
    assert facts["callbacks"] == [1]
    assert not {"queue_abandoned", "asa", "queue_ended"} & set(facts)
    assert told("11-11 10:30", "call.answered", call="k", agent="ana").facts()["asa"] == [1_800]


def test_what_ends_in_the_menu_was_not_offered(told: Any) -> None:
    facts = told("11-11 10:00", "call.started")("11-11 10:01", "call.ended").facts()
    assert facts == {"calls_self_service": [1]}


def test_a_call_that_waits_still_is_offered_and_nothing_more(told: Any) -> None:
    facts = told("11-11 10:00", "call.queued").facts("11-11 10:00")
    assert facts["calls_offered"] == [1]
    assert not {"queue_ended", "calls_answered", "asa"} & set(facts)


def test_calls_without_names_go_by_their_order(told: Any) -> None:
    told("11-11 10:00", "call.queued")("11-11 10:01", "call.abandoned")
    told("11-11 10:10", "call.queued")("11-11 10:10:05", "call.answered", agent="ana")("11-11 10:12", "call.ended")
    facts = told("11-11 10:20", "call.queued")("11-11 10:20:07", "call.answered", agent="ana").facts()
    assert (facts["calls_offered"], facts["asa"], facts["queue_abandoned"]) == ([1, 1, 1], [5, 7], [1])


def test_a_call_on_a_channel_of_messages_is_of_that_channel(told: Any, figures_by_name: Any) -> None:
    told("11-11 10:00", "call.queued", channel="whatsapp")("11-11 10:00:09", "call.answered", channel="whatsapp")
    told.asked("11-11 11:00")
    result = told.computed()
    assert figures_by_name(result, "whatsapp")["asa"].value == 9
    assert figures_by_name(result)["cases_human"].value == 1
    assert "cases_switched" not in told.facts()
    assert "frt_live_calendar" in told.facts()


def test_an_answer_whose_clock_is_3_s_behind_is_at_once(told: Any) -> None:
    facts = told("11-11 10:00:03", "call.queued")("11-11 10:00", "call.answered", agent="ana").facts()
    assert facts["asa"] == [0]
    assert "negative_duration" not in facts
