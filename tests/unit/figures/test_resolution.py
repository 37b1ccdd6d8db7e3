"""Resolution, reopening and backlog: the worked examples of the KPI sheet, §3 and §7."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.figures.backlog import age_group, aging

HOUR = 3600


def test_worked_example(told: Any) -> None:
    told.asked("11-13 20:00", channel="email").answered("11-14 09:05", channel="email").state("11-16 09:30", "resolved")
    told.asked("11-17 10:00", channel="email").state("11-17 10:40", "resolved")
    facts = told.facts()
    times = {
        name: (facts[f"{name}_calendar"], facts[f"{name}_business"])
        for name in ("first_resolution", "full_resolution", "net_resolution")
    }
    assert times == {
        "first_resolution": ([221_400], [16_200]),
        "full_resolution": ([312_000], [52_800]),
        "net_resolution": ([223_800], [18_600]),
    }


def test_while_it_is_open_again_only_the_first_is_known(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved").asked("11-11 11:00")
    facts = told.facts()
    assert facts["first_resolution_calendar"] == [600]
    assert "full_resolution_calendar" not in facts


def test_it_is_provisional_until_the_case_is_closed(told: Any) -> None:
    def flags() -> frozenset[str]:
        [fact] = [fact for fact in told.computed().facts["c"] if fact.metric == "full_resolution_calendar"]
        return fact.flags

    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved")
    assert flags() == {"provisional"}
    told.state("11-14 10:10", "closed", actor_type="system")
    assert flags() == frozenset()
    assert told.facts()["full_resolution_calendar"] == [600]


def test_where_the_time_went(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:10").state("11-11 10:10", "pending_customer")
    told.asked("11-11 11:10").state("11-11 11:20", "on_hold").state("11-11 13:20", "open").state(
        "11-11 13:30", "resolved"
    )
    facts = told.facts()
    assert facts["agent_idle"] == [HOUR]
    assert facts["on_hold_time"] == [2 * HOUR]
    assert facts["requester_wait"] == [600 + 600 + 2 * HOUR + 600]


def test_resolved_by_the_customers_silence_is_counted_and_flagged(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05")
    told("11-14 10:05", "case.state_changed", state="resolved", flags=["auto_resolved"])
    facts = told.facts()
    assert facts["cases_auto_resolved"] == facts["cases_resolved"] == [1]


@pytest.mark.parametrize("state", ["spam", "merged"])
def test_spam_and_merged_cases_are_left_out(told: Any, state: str) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved").state("11-11 10:20", state)
    facts = told.facts()
    assert not [
        metric for metric in facts if "resolution" in metric or metric.startswith(("cases_re", "fcr", "contacts"))
    ]


def test_resolved_and_closed_in_a_row_are_one(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved").state("11-11 11:10", "closed")
    facts = told.facts()
    assert (facts["first_resolution_calendar"], facts["backlog_left"]) == ([600], [1])


def test_a_reopening_counts_within_the_window_alone(told: Any) -> None:
    told.asked("11-01 10:00").answered("11-01 10:05").state("11-01 10:10", "resolved")
    assert "cases_reopened" not in told.facts()
    told.asked("11-08 10:10")
    assert "cases_reopened" not in told.facts()
    told.lines[-1]["occurred_at"] = "2026-11-08T10:09:59-05:00"
    assert told.facts()["cases_reopened"] == [1]


def test_reopened_three_times_is_one_case_and_three_events(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05")
    for hour in (11, 12, 13):
        told.state(f"11-11 {hour}:00", "resolved").state(f"11-11 {hour}:30", "open")
    facts = told.facts()
    assert (facts["cases_reopened"], facts["reopen_events"]) == ([1], [3])


def test_a_case_is_pending_until_it_is_resolved_and_again_when_it_comes_back(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").state("11-11 10:10", "resolved").asked("11-12 09:00")
    [age] = told.computed("11-12 11:00").pending
    assert (age.calendar_s, age.business_s) == (25 * HOUR, 10 * HOUR)
    assert (age.since_reopened_s, age.since_reopened_business_s) == (2 * HOUR, 2 * HOUR)
    assert told.computed("11-11 12:00").pending == []
    facts = told.facts()
    assert (facts["backlog_entered"], facts["backlog_left"]) == ([1, 1], [1])


def test_what_a_bot_solved_alone_is_pending_only_while_it_talks(told: Any) -> None:
    told.asked("11-11 10:00", channel="webchat")("11-11 10:00", "bot.started", channel="webchat")
    assert [age.case for age in told.computed("11-11 10:01").pending] == ["c"]
    told("11-11 10:03", "bot.ended", channel="webchat")
    assert told.computed("11-11 10:04").pending == []


def test_spam_is_not_pending(told: Any) -> None:
    assert told.asked("11-11 10:00").state("11-11 10:05", "spam").computed().pending == []


def test_aging_example() -> None:
    hours = (2, 5, 30, 80, 200, 800)
    assert list(aging(hour * HOUR for hour in hours).values()) == [1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("seconds", "group"),
    [
        (0, "0-4h"), (4 * HOUR - 1, "0-4h"), (4 * HOUR, "4-24h"), (24 * HOUR, "1-3d"), (72 * HOUR, "3-7d"),
        (168 * HOUR, "7-30d"), (720 * HOUR, ">30d"),
    ],
)  # fmt: skip
def test_groups_are_half_open(seconds: int, group: str) -> None:
    assert age_group(seconds) == group
