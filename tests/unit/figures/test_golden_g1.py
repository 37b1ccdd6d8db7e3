"""The golden data set of the KPI sheet: its whole table, in any order, with copies, and what each perturbation does."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.figures.compute import Computed
from shared.domain.figures.figure import Figure

Line = dict[str, Any]
Compute = Callable[..., Computed]
ByName = Callable[..., dict[str, Figure]]

COUNTS = {
    "contacts_offered": 12,
    "contacts_excluding_short": 11,
    "contacts_handled": 9,
    "contacts_handled_human": 8,
    "cases_human": 7,
    "cases_bot_only": 1,
    "frt_unanswered": 1,
}
MEANS = {
    # channels, figure: mean, n
    ("written", "frt_human_business"): (300, 4),
    ("written", "frt_human_calendar"): (50_400, 4),
    ("all", "nrt_calendar"): (820, 3),
    ("all", "nrt_business"): (820, 3),
    ("voice", "asa"): (27.5, 2),
    ("voice", "aht_voice"): (322.5, 2),
    ("written", "first_resolution_calendar"): (94_875, 4),
    ("written", "first_resolution_business"): (4_875, 4),
    ("written", "full_resolution_calendar"): (118_125, 4),
    ("written", "full_resolution_business"): (14_625, 4),
}
RATES = {
    # channels, figure: numerator, denominator, per cent
    ("all", "service_level"): (1, 3, 33.3),
    ("all", "abandonment"): (1, 3, 33.3),
    ("all", "abandonment_raw"): (2, 4, 50.0),
    ("all", "recovered_abandons"): (1, 1, 100.0),
    ("all", "sla_first_response"): (4, 7, 57.1),
    ("all", "fcr"): (4, 6, 66.7),
    ("whatsapp", "fcr"): (1, 1, 100.0),
    ("voice", "fcr"): (2, 2, 100.0),
    ("instagram", "fcr"): (1, 1, 100.0),
    ("email", "fcr"): (0, 1, 0.0),
    ("webchat", "fcr"): (0, 1, 0.0),
    ("all", "fcr_repeat_contact"): (6, 8, 75.0),
    ("all", "reopen_rate"): (2, 6, 33.3),
    ("all", "transfer_rate"): (1, 8, 12.5),
    ("all", "handoff_rate"): (1, 2, 50.0),
    ("all", "containment"): (1, 2, 50.0),
    ("all", "containment_verified"): (1, 2, 50.0),
    ("all", "channel_switch"): (1, 7, 14.3),
}
AMOUNTS = {
    "frt_human_business": {"c1": 720, "c2": 300, "c7": 180, "c8": 0},
    "frt_human_calendar": {"c1": 720, "c2": 47_100, "c7": 180, "c8": 153_600},
    "nrt_calendar": {"c1": 300, "c2": 1_800, "c7": 360},
}
SLA = {"c1": "met", "c2": "met", "c3": "met", "c8": "met", "c5": "breached", "c7": "breached", "c9": "breached"}
FCR_YES = {"c1", "c3", "c5", "c8"}

Table = dict[str, object]


def amounts(result: Computed, metric: str) -> dict[str, int]:
    return {fact.case: fact.amount for facts in result.facts.values() for fact in facts if fact.metric == metric}


def table_of(result: Computed, by_name: ByName) -> Table:
    """Every row of the sheet's table."""
    table: Table = {name: by_name(result)[name].value for name in COUNTS}
    for channels, name in MEANS:
        figure = by_name(result, channels)[name]
        table[f"{channels} {name}"] = (figure.value, figure.n)
    for channels, name in RATES:
        figure = by_name(result, channels)[name]
        table[f"{channels} {name}"] = (figure.numerator, figure.denominator, figure.value)
    for metric in (*AMOUNTS, "frt_contact_calendar", "handle_time", "fcr_yes"):
        table[f"amounts {metric}"] = amounts(result, metric)
    table["backlog"] = [(age.case, age.calendar_s, age.business_s) for age in result.pending]
    return table


def test_golden_counts(g1: list[Line], compute_lines: Compute, figures_by_name: ByName) -> None:
    found = figures_by_name(compute_lines(g1))
    assert {name: found[name].value for name in COUNTS} == COUNTS


@pytest.mark.parametrize(("channels", "name"), MEANS)
def test_golden_means(
    channels: str, name: str, g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    figure = figures_by_name(compute_lines(g1), channels)[name]
    assert (figure.value, figure.n) == MEANS[channels, name]


@pytest.mark.parametrize(("channels", "name"), RATES)
def test_golden_rates(
    channels: str, name: str, g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    figure = figures_by_name(compute_lines(g1), channels)[name]
    assert (figure.numerator, figure.denominator, figure.value) == RATES[channels, name]


@pytest.mark.parametrize("metric", AMOUNTS)
def test_golden_durations_of_each_case(metric: str, g1: list[Line], compute_lines: Compute) -> None:
    assert amounts(compute_lines(g1), metric) == AMOUNTS[metric]


def test_golden_contact_variant_includes_the_bot(g1: list[Line], compute_lines: Compute) -> None:
    assert amounts(compute_lines(g1), "frt_contact_calendar")["c7"] == 300


def test_golden_handle_time(g1: list[Line], compute_lines: Compute) -> None:
    assert amounts(compute_lines(g1), "handle_time")["c1"] == 840


def test_golden_sla_of_each_case(g1: list[Line], compute_lines: Compute) -> None:
    found = {
        fact.case: fact.metric.rpartition("_")[2]
        for facts in compute_lines(g1).facts.values()
        for fact in facts
        if fact.metric.startswith("sla_")
    }
    assert found == SLA


def test_golden_fcr_of_each_case(g1: list[Line], compute_lines: Compute) -> None:
    result = compute_lines(g1)
    assert set(amounts(result, "fcr_yes")) == FCR_YES
    assert set(amounts(result, "fcr_eligible")) == FCR_YES | {"c2", "c7"}


def test_golden_no_case_for_a_short_abandon_or_an_automatic_reply(g1: list[Line], compute_lines: Compute) -> None:
    result = compute_lines(g1)
    assert result.facts["c10"] == []
    assert {fact.metric for fact in result.facts["c4"]} == {
        "contacts_offered",
        "contacts_short",
        "calls_offered",
        "calls_short",
        "queue_ended",
        "queue_abandoned_short",
    }


def test_golden_backlog_at_the_snapshot(g1: list[Line], compute_lines: Compute) -> None:
    [age] = compute_lines(g1).pending
    assert (age.case, age.calendar_s, age.business_s) == ("c9", 91_800, 37_800)


def test_golden_p1_every_event_twice_in_reverse_order(
    g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    plain, twice = compute_lines(g1), compute_lines([line for line in reversed(g1) for _ in range(2)])
    assert twice.facts == plain.facts
    assert table_of(twice, figures_by_name) == table_of(plain, figures_by_name)


def test_golden_whatever_order_and_copies_in_100_permutations(g1: list[Line], compute_lines: Compute) -> None:
    plain = compute_lines(g1)
    for seed in range(100):
        draw = random.Random(seed)
        shuffled = g1 + draw.choices(g1, k=20)
        draw.shuffle(shuffled)
        found = compute_lines(shuffled)
        assert (found.facts, found.totals, found.pending) == (plain.facts, plain.totals, plain.pending), seed


ECHO = {
    "id": "late", "case": "c9", "customer": "p-c9", "type": "message.out", "channel": "whatsapp", "actor_type": "agent",
    "flags": ["echo"], "occurred_at": "2026-11-19T16:38:00-05:00", "ingested_at": "2026-11-21T09:00:00-05:00",
}  # fmt: skip


def test_golden_p2_a_late_echo_answers_c9(g1: list[Line], compute_lines: Compute, figures_by_name: ByName) -> None:
    as_of = datetime(2026, 11, 21, 14, tzinfo=UTC)
    result = compute_lines([*g1, ECHO], as_of)
    written, every = figures_by_name(result, "written"), figures_by_name(result)
    assert (written["frt_human_business"].n, written["frt_human_business"].value) == (5, 336)
    assert written["frt_unanswered"].value == 0
    assert (every["sla_first_response"].numerator, every["sla_first_response"].denominator) == (5, 7)
    assert every["sla_first_response"].value == 71.4
    before = compute_lines(g1, as_of).pending
    assert [age.case for age in result.pending] == ["c9"]
    assert result.pending == before


def test_golden_p3_an_answer_that_was_automated(
    g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    answer = next(line["id"] for line in g1 if line["case"] == "c1" and "10:12" in line["occurred_at"])
    corrected = {
        "id": "fix", "case": "c1", "type": "fact.corrected", "target": answer, "reason": "automated",
        "occurred_at": "2026-11-20T09:00:00-05:00",
    }  # fmt: skip
    result = compute_lines([*g1, corrected])
    written, every = figures_by_name(result, "written"), figures_by_name(result)
    assert amounts(result, "frt_human_business")["c1"] == 1_200
    assert "c1" not in amounts(result, "nrt_calendar")
    assert (every["sla_first_response"].numerator, every["sla_first_response"].value) == (3, 42.9)
    assert (written["frt_human_business"].n, written["frt_human_business"].value) == (4, 420)
    assert (every["nrt_calendar"].n, every["nrt_calendar"].value) == (2, 1_080)


@pytest.mark.parametrize("left", [{}, {"customer": "erased-7"}])
def test_golden_p4_an_erased_customer_changes_nothing(
    left: Line, g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    erased = [
        {key: value for key, value in line.items() if key != "customer"} | left if line["case"] == "c2" else line
        for line in g1
    ]
    told = {"type": "customer.erased", "customer": "p-c2", "occurred_at": "2026-11-20T12:00:00Z"}
    plain, without = compute_lines(g1), compute_lines([*erased, told])
    assert without.facts == plain.facts
    assert table_of(without, figures_by_name) == table_of(plain, figures_by_name)


@pytest.mark.parametrize("case", ["c11", "c6"])
def test_golden_p5_who_calls_again_was_not_helped(
    case: str, g1: list[Line], compute_lines: Compute, figures_by_name: ByName
) -> None:
    call = {"case": case, "customer": "p-c6", "channel": "voice", "topic": "horario", "call": "k9"}
    again = [
        {**call, "id": "p5a", "type": "call.queued", "occurred_at": "2026-11-12T10:03:00-05:00"},
        {**call, "id": "p5b", "type": "call.answered", "agent": "rosa", "occurred_at": "2026-11-12T10:03:12-05:00"},
        {**call, "id": "p5c", "type": "call.ended", "agent": "rosa", "occurred_at": "2026-11-12T10:06:00-05:00"},
    ]
    found = figures_by_name(compute_lines(g1 + again))
    assert (found["containment_verified"].numerator, found["containment_verified"].denominator) == (0, 2)
    assert (found["containment"].numerator, found["containment"].denominator) == (1, 2)


def in_other_words(line: Line, seed: int) -> Line | None:
    """The same event as another system might tell it: other keys, no ids, no word of a reopening, calls by contact."""
    if line.get("state") == "open":
        return None
    told: Line = {"event": line["type"], "case_id": line["case"], "profile_id": line["customer"], "seed": seed}
    told["timestamp"] = line["occurred_at"]
    told["channel"] = {"webchat": "web_chat", "email": "e-mail", "voice": None}.get(
        line.get("channel"), line.get("channel")
    )
    told |= {key: line[key] for key in ("state", "topic", "to", "talk_s", "hold_s", "flags") if key in line}
    if line["type"] == "message.out":
        told |= {"author_type": {"agent": "human"}.get(line["actor_type"], line["actor_type"]), "visibility": "public"}
    if line["type"] != "case.state_changed" and "agent" in line:
        told["actor_id"] = line["agent"]
    if "call" in line:
        told |= {"contact_id": line["call"], "case_id": None if line["case"] == "c4" else line["case"]}
    return told


@pytest.mark.parametrize("seed", range(10))
def test_golden_in_other_words(seed: int, g1: list[Line], compute_lines: Compute, figures_by_name: ByName) -> None:
    told = [line for line in (in_other_words(line, seed) for line in g1) if line]
    random.Random(seed).shuffle(told)
    assert table_of(compute_lines(told), figures_by_name) == table_of(compute_lines(g1), figures_by_name)


def test_golden_nothing_to_divide_by_is_no_figure(compute_lines: Compute, figures_by_name: ByName) -> None:
    found = figures_by_name(compute_lines([]))
    assert {figure.value for figure in found.values() if figure.unit != "count" and figure.name != "revenue"} == {None}
