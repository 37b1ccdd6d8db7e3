"""Rows and traps of the KPI sheet, each as a small case of its own, worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.figures.batch import histories_of
from shared.domain.figures.reading import BadLine, read_lines

Told = Any
Step = tuple[str, str, dict[str, Any]]

ANA: dict[str, Any] = {"actor_type": "agent", "agent": "ana"}
BEA: dict[str, Any] = {"actor_type": "agent", "agent": "bea"}
BOT: dict[str, Any] = {"actor_type": "bot"}


def case(told: Told, *steps: tuple[Any, ...]) -> Told:
    """Steps of (time, type[, more])."""
    for at, type_, *more in steps:
        told(at, type_, **(more[0] if more else {}))
    return told


def solved(at: str, **more: Any) -> Step:
    return at, "case.state_changed", {"state": "resolved", **ANA, **more}


HANDED_OFF = (
    ("11-11 10:00", "message.in"),
    ("11-11 10:00", "bot.started"),
    ("11-11 10:01", "bot.handoff_requested"),
)

ROWS: dict[str, tuple[tuple[tuple[Any, ...], ...], dict[str, list[int] | None]]] = {
    "1.1 #8 merged: a reply before the other case began is the answer to the earliest contact": (
        (
            ("11-11 09:30", "message.in", {"case": "y"}),
            ("11-11 10:00", "message.in"),
            ("11-11 10:20", "message.out", ANA),
            ("11-11 10:40", "case.merged", {"case": "y", "into": "c"}),
        ),
        {"frt_human_calendar": [3000]},
    ),
    "1.1 #12 a sticker is a message": (
        (("11-11 10:00", "message.in", {"kind": "sticker"}), ("11-11 10:05", "message.out", ANA)),
        {"frt_human_calendar": [300]},
    ),
    "1.1 the contact's variant includes the bot's time, also where the bot ended without a handoff": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:00", "bot.started"),
            ("11-11 10:02", "bot.ended"),
            ("11-11 10:05", "message.in"),
            ("11-11 10:08", "message.out", ANA),
        ),
        {"frt_human_calendar": [180], "frt_contact_calendar": [480]},
    ),
    "1.1 who comes back days after a bot helped begins another contact": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:00", "bot.started"),
            ("11-11 10:02", "bot.ended"),
            ("11-13 10:05", "message.in"),
            ("11-13 10:08", "message.out", ANA),
        ),
        {"frt_human_calendar": [180], "frt_contact_calendar": [180]},
    ),
    "1.1 #14 the keyword alone is no contact": (
        (("11-11 10:00", "message.in", {"text": "  BAJA!! 🙏"}),),
        {"contacts_offered": None, "frt_unanswered": None, "sla_first_response_breached": None},
    ),
    "1.1 #14 the same word in a request is one": (
        (("11-11 10:00", "message.in", {"text": "quiero dar de baja mi línea"}),),
        {"contacts_offered": [1], "frt_unanswered": [1]},
    ),
    "1.2 a turn that was resolved without a reply, and the one after the reopening": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:12", "message.out", ANA),
            ("11-11 10:15", "message.in"),
            solved("11-11 10:20"),
            ("11-11 11:00", "message.in"),
            ("11-11 11:05", "message.out", ANA),
        ),
        {"turns_unanswered": [1], "nrt_calendar": [300], "frt_human_calendar": [720]},
    ),
    "2 a customer's bursts do not shrink the estimate: the turn's opening counts, up to the cap": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:01", "message.in"),
            ("11-11 10:03", "message.in"),
            ("11-11 10:04", "message.out", ANA),
        ),
        {"handle_time": [240]},
    ),
    "2 each agent's legs, and the contact's sum": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:01", "case.assigned", {"to": "ana"}),
            ("11-11 10:03", "message.out", ANA),
            ("11-11 10:05", "case.transferred", {"to": "bea"}),
            ("11-11 10:06", "message.in"),
            ("11-11 10:08", "message.out", BEA),
            solved("11-11 10:09", agent="bea"),
        ),
        {"handle_time": [300], "handle_time_leg": [120, 180]},
    ),
    "3 where the time went: open 10:00-10:10 and 10:40-11:00, pending 30 min, a third party 30 min, open 30 min": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:10", "case.state_changed", {"state": "pending_customer", **ANA}),
            ("11-11 10:40", "message.in"),
            ("11-11 11:00", "case.state_changed", {"state": "on_hold", **ANA}),
            ("11-11 11:30", "case.state_changed", {"state": "open", **ANA}),
            solved("11-11 12:00"),
        ),
        {"requester_wait": [5400], "agent_idle": [1800], "on_hold_time": [1800], "full_resolution_calendar": [7200]},
    ),
    "4 a further mail that nobody asked for is another contact": (
        (
            ("11-11 10:00", "message.in", {"channel": "email"}),
            ("11-11 10:02", "message.out", {"channel": "email", **ANA}),
            ("11-12 10:34", "message.in", {"channel": "email"}),
            ("11-12 10:36", "message.out", {"channel": "email", **ANA}),
            solved("11-12 10:40"),
        ),
        {"contacts_offered": [1, 1], "fcr_eligible": [1], "fcr_yes": None, "fcr_repeat_yes": [1]},
    ),
    "4 an abandoned call by the same customer is no repeated contact": (
        (
            ("11-11 10:00", "message.in", {"topic": "x"}),
            ("11-11 10:10", "message.out", ANA),
            solved("11-11 10:20"),
            ("11-12 10:00", "call.queued", {"case": "d", "channel": "voice", "topic": "x"}),
            ("11-12 10:01", "call.abandoned", {"case": "d", "channel": "voice", "topic": "x"}),
        ),
        {"fcr_yes": [1], "fcr_repeat_yes": [1]},
    ),
    "6 a callback is not abandoned, and its wait runs to its answer": (
        (
            ("11-11 10:00", "call.queued", {"call_id": "k", "channel": "voice"}),
            ("11-11 10:02", "call.abandoned", {"call_id": "k", "channel": "voice", "reason": "callback"}),
            ("11-11 10:22", "call.answered", {"call_id": "k", "channel": "voice", **ANA}),
        ),
        {"queue_abandoned": None, "asa": [1320], "callbacks": [1]},
    ),
    "7 an offer that nobody picked up is no transfer, by whatever word": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:01", "case.transferred", {"to": "ana", "reason": "Ring-No-Answer"}),
            ("11-11 10:02", "case.transferred", {"to": "bea", "reason": "ring_no_answer"}),
            ("11-11 10:05", "message.out", BEA),
        ),
        {"contacts_handled_human": [1], "contacts_transferred": None, "transfers": None},
    ),
    "7 the way from a bot to people is a handoff, also where a tool tells it as a transfer": (
        (
            *HANDED_OFF,
            ("11-11 10:01", "case.transferred", {"to_queue": "q", "actor_type": "system"}),
            ("11-11 10:05", "message.out", ANA),
        ),
        {"bot_handoffs": [1], "contacts_handled_human": [1], "transfers": None},
    ),
    "7 after the handoff a person's transfer is one": (
        (
            *HANDED_OFF,
            ("11-11 10:02", "case.assigned", {"to": "ana"}),
            ("11-11 10:03", "case.transferred", {"to": "bea"}),
            ("11-11 10:05", "message.out", BEA),
        ),
        {"bot_handoffs": [1], "contacts_transferred": [1], "transfers": [1]},
    ),
    "7 from the queue of the handoff to the next queue is a transfer": (
        (
            *HANDED_OFF,
            ("11-11 10:01", "case.transferred", {"to_queue": "q", "actor_type": "system"}),
            ("11-11 10:03", "case.transferred", {"to_queue": "r", "actor_type": "system"}),
            ("11-11 10:05", "message.out", ANA),
        ),
        {"transfers": [1]},
    ),
    "7 refunds subtract, also where they are told as an amount below nothing": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:05", "message.out", ANA),
            ("11-12 10:00", "sale.recorded", {"cents": 5000}),
            ("11-13 10:00", "sale.recorded", {"cents": -1000}),
        ),
        {"revenue_cents": [5000], "refund_cents": [1000], "conversion_yes": [1]},
    ),
    "7 what is paid back converts nobody": (
        (
            ("11-11 10:00", "message.in"),
            ("11-11 10:05", "message.out", ANA),
            ("11-13 10:00", "sale.recorded", {"amount": "-10.00"}),
        ),
        {"refund_cents": [1000], "revenue_cents": None, "conversion_yes": None},
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_row(told: Told, row: str) -> None:
    steps, expected = ROWS[row]
    facts = case(told, *steps).facts()
    assert {metric: facts.get(metric) for metric in expected} == expected


SENT = (
    ("11-11 10:00", "message.in"),
    ("11-11 10:10", "message.out", ANA),
    solved("11-11 10:20"),
    ("11-11 10:21", "survey.sent", {"survey": "csat", "instance": "i", **BEA}),
)


@pytest.mark.parametrize("named", ["d", None], ids=["of another case", "of no case"])
def test_an_answer_is_of_the_case_and_agent_that_its_survey_was_bound_to(told: Told, named: str | None) -> None:
    case(told, *SENT, ("11-12 09:00", "message.in", {"case": "d"}))
    case(told, ("11-12 09:05", "survey.answered", {"case": named, "instance": "i", "value": 4, "survey": "csat"}))
    found = [fact for facts in told.computed().facts.values() for fact in facts if fact.metric == "csat_4"]
    assert [(fact.case, fact.dimensions.agent) for fact in found] == [("c", "bea")]
    assert told.facts()["surveys_answered"] == [1]


def test_an_answer_whose_survey_nobody_sent_is_named() -> None:
    line = {"type": "survey.answered", "instance": "i", "value": 4, "occurred_at": "2026-11-11T10:00:00Z"}
    with pytest.raises(BadLine, match="line 1: case: is missing, and no line says in which case its survey was sent"):
        histories_of(read_lines([json.dumps(line)]).told, "acme")


def test_a_value_off_the_scale_answers_nothing(told: Told, figures_by_name: Callable[..., Any]) -> None:
    case(told, *SENT, ("11-11 10:30", "survey.answered", {"instance": "i", "value": 9}))
    found = figures_by_name(told.computed())["survey_response"]
    assert (found.numerator, found.denominator) == (0, 1)
    assert "surveys_late" not in told.facts()


def test_a_value_off_the_scale_takes_no_answers_place(told: Told) -> None:
    case(told, *SENT, ("11-11 10:30", "survey.answered", {"instance": "i", "value": 4}))
    case(told, ("11-11 10:31", "survey.answered", {"instance": "i", "value": 44}))
    facts = told.facts()
    assert (facts["csat_4"], facts["surveys_answered"]) == ([1], [1])


def test_resolution_with_and_without_the_customers_silence(told: Told, figures_by_name: Callable[..., Any]) -> None:
    """Two hours by a person; 72 h and 10 min by silence."""
    case(told, ("11-11 10:00", "message.in"), ("11-11 10:10", "message.out", ANA), solved("11-11 12:00"))
    case(
        told,
        ("11-11 10:00", "message.in", {"case": "d"}),
        ("11-11 10:10", "message.out", {"case": "d", **ANA}),
        ("11-11 10:10", "case.state_changed", {"case": "d", "state": "pending_customer", **ANA}),
        (
            "11-14 10:10",
            "case.state_changed",
            {"case": "d", "state": "resolved", "actor_type": "system", "agent": None, "flags": ["auto_resolved"]},
        ),
    )
    found = figures_by_name(told.computed())
    for which in ("first_resolution", "full_resolution"):
        both, auto, without = (found[f"{which}{part}_calendar"] for part in ("", "_auto", "_without_auto"))
        assert (both.value, both.n) == ((7200 + 259_800) / 2, 2)
        assert (auto.value, auto.n) == (259_800, 1)
        assert (without.value, without.n, without.numerator, without.denominator) == (7200, 1, 7200, 1)
        assert without.percentiles["p90"] == pytest.approx(7200, rel=0.01)


def test_written_contacts_that_were_left_are_divided_by_the_waits_that_ended_that_day(told: Told) -> None:
    """Four write on Saturday and are left on Sunday, when one more writes and is answered: 4 of 5, not 4 of 1."""
    for number in range(4):
        told("11-14 10:00", "message.in", case=f"s{number}", customer=f"s{number}")
    told("11-15 11:00", "message.in").answered("11-15 11:10")
    days: dict[str, dict[str, int]] = {"chats_left": {}, "chats_ended": {}}
    for facts in told.computed().facts.values():
        for fact in facts:
            if fact.metric in days:
                day = fact.at.date().isoformat()
                days[fact.metric][day] = days[fact.metric].get(day, 0) + fact.amount
    assert days == {"chats_left": {"2026-11-15": 4}, "chats_ended": {"2026-11-15": 5}}
