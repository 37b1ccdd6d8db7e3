"""First and next response times: the numbered cases and worked examples of the KPI sheet, §1."""

from __future__ import annotations

from typing import Any

import pytest

CALENDAR, BUSINESS = "frt_human_calendar", "frt_human_business"


def frt(told: Any, as_of: str = "12-31 00:00") -> tuple[int, int] | None:
    """Calendar and business seconds of the first response; None without one."""
    facts = told.facts(as_of)
    return (facts[CALENDAR][0], facts[BUSINESS][0]) if CALENDAR in facts else None


@pytest.mark.parametrize(
    ("start", "stop", "calendar", "business"),
    [
        ("11-11 10:00", "11-11 10:12", 720, 720),
        ("11-13 20:00", "11-14 09:05", 47_100, 300),
        ("11-14 14:00", "11-16 08:40", 153_600, 0),
        ("11-14 12:50", "11-16 09:15", 159_900, 1_500),
        ("10-30 17:30", "11-04 09:20", 402_600, 17_400),
        ("11-15 10:00", "11-15 11:00", 3_600, 0),
    ],
)
def test_worked_examples(told: Any, start: str, stop: str, calendar: int, business: int) -> None:
    assert frt(told.asked(start).answered(stop)) == (calendar, business)


def test_01_an_automatic_acknowledgement_is_ignored(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:00:02", "message.out", actor_type="system").answered("11-11 10:12")
    assert frt(told) == (720, 720)


@pytest.mark.parametrize("flag", ["auto_ack", "out_of_office", "campaign", "survey", "auto_reply"])
def test_01_what_no_person_wrote_is_no_answer_whoever_sent_it(told: Any, flag: str) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01", flags=[flag]).answered("11-11 10:12")
    assert frt(told) == (720, 720)


@pytest.mark.parametrize(
    "failure",
    [
        {"type": "message.failed", "target": "reply", "id": "news"},
        {"type": "message.out", "id": "reply", "actor_type": "agent", "agent": "ana", "delivery": "failed"},
    ],
)
def test_02_an_answer_that_failed_later_is_retracted(told: Any, failure: dict[str, Any]) -> None:
    told.asked("11-11 10:00").answered("11-11 10:12", id="reply")
    assert frt(told) == (720, 720)
    told("11-11 10:12" if failure["type"] == "message.out" else "11-11 11:00", failure["type"], **failure)
    assert frt(told) is None
    assert told.facts()["frt_unanswered"] == [1]
    told.answered("11-11 11:10")
    assert frt(told) == (4_200, 4_200)
    assert "frt_unanswered" not in told.facts()


def test_03_an_answer_from_the_phone_counts(told: Any) -> None:
    assert frt(told.asked("11-11 10:00").answered("11-11 10:12", flags=["echo"])) == (720, 720)


@pytest.mark.parametrize("note", [{"public": False}, {"visibility": "internal"}, {"internal": True}])
def test_04_a_note_is_ignored(told: Any, note: dict[str, Any]) -> None:
    assert frt(told.asked("11-11 10:00").answered("11-11 10:05", **note).answered("11-11 10:12")) == (720, 720)


def test_05_a_case_that_we_opened_has_none(told: Any) -> None:
    told.answered("11-11 09:30").asked("11-11 10:00").answered("11-11 10:12")
    facts = told.facts()
    assert not [metric for metric in facts if metric.startswith("frt")]
    assert facts["nrt_calendar"] == [720]
    assert "fcr_eligible" not in told.state("11-11 11:00", "resolved").facts()


def test_06_an_answered_call_is_an_answer(told: Any) -> None:
    told("11-11 10:00", "call.queued", channel="voice")("11-11 10:00:15", "call.answered", channel="voice", agent="ana")
    told("11-11 10:03", "call.ended", channel="voice").state("11-11 10:04", "resolved")
    facts = told.facts()
    assert facts["frt_live_calendar"] == facts["asa"] == [15]
    assert "resolved_without_reply" not in facts
    assert CALENDAR not in facts


def test_06_a_call_answers_a_message_too(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:30", "call.queued", channel="voice")
    told("11-11 10:30:10", "call.answered", channel="voice", agent="ana")
    assert told.facts()["frt_live_calendar"] == [1_810]
    assert "frt_unanswered" not in told.facts()


def test_06_calling_back_answers_a_message(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:20", "call.answered", channel="voice", agent="ana", direction="outbound")
    facts = told("11-11 10:25", "call.ended", channel="voice", agent="ana", direction="outbound").facts()
    assert (facts["frt_live_calendar"], facts["outbound_handle_time"]) == ([1_200], [300])
    assert not {"frt_unanswered", "chats_left", "contacts_handled_human", "aht_voice"} & set(facts)


def test_06_a_visit_is_answered_when_it_is_attended(told: Any) -> None:
    told("11-11 10:00", "visit.checked_in", channel="in_person")("11-11 10:09", "visit.attended", channel="in_person")
    assert told.facts()["frt_live_calendar"] == [540]


def test_07_a_reopening_leaves_the_first_response_and_is_a_turn(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:12").state("11-11 10:20", "resolved")
    told.asked("11-11 11:00").answered("11-11 11:05")
    assert (frt(told), told.facts()["nrt_calendar"]) == ((720, 720), [300])


def test_08_merged_cases_have_the_earliest_start_and_the_earliest_answer_after_it(told: Any) -> None:
    told.asked("11-11 10:30", case="survivor").asked("11-11 10:00", case="gone")
    told.answered("11-11 10:40", case="survivor")("11-11 10:45", "case.merged", case="gone", into="survivor")
    assert told.facts()[CALENDAR] == [2_400]
    assert told.facts()["cases_human"] == [1]


def test_09_outside_hours_business_time_is_nothing_and_calendar_time_is_real(told: Any) -> None:
    assert frt(told.asked("11-15 10:00").answered("11-15 11:00")) == (3_600, 0)


def test_10_never_answered_has_no_value_and_is_counted(told: Any) -> None:
    facts = told.asked("11-11 10:00").facts("11-11 12:00")
    assert facts["frt_unanswered"] == facts["sla_first_response_breached"] == [1]
    assert CALENDAR not in facts


def test_10_not_yet_due_is_unanswered_and_no_breach(told: Any) -> None:
    facts = told.asked("11-11 10:00").facts("11-11 10:10")
    assert facts["frt_unanswered"] == [1]
    assert not [metric for metric in facts if metric.startswith("sla")]


def test_11_spam_does_not_apply(told: Any) -> None:
    facts = told.asked("11-11 10:00").state("11-11 10:05", "spam").facts()
    assert not [metric for metric in facts if metric.startswith(("frt", "sla", "contacts", "cases_human"))]
    assert facts["cases_spam"] == [1]


def test_11_spam_that_a_person_lifts_applies_again(told: Any) -> None:
    told.asked("11-11 10:00").state("11-11 10:05", "spam").state("11-11 10:06", "open").answered("11-11 10:12")
    assert frt(told) == (720, 720)


def test_11_resolved_without_a_reply(told: Any) -> None:
    facts = told.asked("11-11 10:00").state("11-11 10:05", "resolved").facts()
    assert (facts["frt_unanswered"], facts["resolved_without_reply"]) == ([1], [1])


@pytest.mark.parametrize("kind", ["reaction", "typing", "read_receipt"])
def test_12_a_sign_of_life_starts_nothing(told: Any, kind: str) -> None:
    told.asked("11-11 10:00", kind=kind)
    assert told.facts() == {}
    assert frt(told.asked("11-11 10:30", kind="sticker").answered("11-11 10:40")) == (600, 600)


@pytest.mark.parametrize("flag", ["auto_reply", "vacation", "bounce", "delivery_report"])
def test_13_an_automatic_mail_is_never_a_contact(told: Any, flag: str) -> None:
    assert told.asked("11-11 10:00", channel="email", flags=[flag]).facts() == {}


def test_14_the_word_that_stops_marketing_is_no_contact(told: Any) -> None:
    assert told.asked("11-11 10:00", flags=["opt_out"]).facts() == {}


def test_from_the_handoff_where_a_bot_held_the_conversation(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:00:01", "bot.started")("11-11 10:02", "bot.handoff_requested")
    facts = told.answered("11-11 10:05").facts()
    assert (facts[CALENDAR], facts["frt_contact_calendar"]) == ([180], [300])


def test_without_a_bot_both_variants_are_equal(told: Any) -> None:
    facts = told.asked("11-11 10:00").answered("11-11 10:05").facts()
    assert facts[CALENDAR] == facts["frt_contact_calendar"] == [300]


def test_what_a_bot_says_after_the_handoff_closes_no_turn(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:00:01", "bot.started")("11-11 10:02", "bot.handoff_requested")
    told("11-11 10:03", "message.out", actor_type="bot").answered("11-11 10:10")
    assert told.facts()[CALENDAR] == [480]


def test_next_response_runs_from_the_oldest_unanswered_message(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:12").asked("11-11 10:15").asked("11-11 10:16").answered("11-11 10:20")
    facts = told.facts()
    assert (facts["nrt_calendar"], facts["nrt_business"], facts[CALENDAR]) == ([300], [300], [720])


def test_five_impatient_messages_are_one_turn(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01")
    for minute in range(5):
        told.asked(f"11-11 10:1{minute}")
    assert told.answered("11-11 10:20").facts()["nrt_calendar"] == [600]


def test_a_turn_that_ends_resolved_has_no_duration(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01").asked("11-11 10:05").state("11-11 10:10", "resolved")
    facts = told.facts()
    assert facts["turns_unanswered"] == [1]
    assert "nrt_calendar" not in facts


@pytest.mark.parametrize("text", ["gracias 🙏", "ok"])
def test_thanks_alone_are_courtesy_where_that_is_on(told: Any, text: str) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01").state("11-11 10:05", "resolved").asked("11-11 10:06", text=text)
    facts = told.facts()
    assert facts["courtesy_turns"] == [1]
    assert not {"cases_reopened", "turns_unanswered"} & set(facts)


def test_thanks_open_a_turn_where_it_is_off(told: Any) -> None:
    told.limits(courtesy=False)
    told.asked("11-11 10:00").answered("11-11 10:01").state("11-11 10:05", "resolved").asked("11-11 10:06", text="ok")
    facts = told.answered("11-11 10:08").facts()
    assert (facts["nrt_calendar"], facts["cases_reopened"]) == ([120], [1])


def test_more_than_thanks_is_a_turn(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:01").state("11-11 10:05", "resolved")
    told.asked("11-11 10:06", text="gracias, pero sigue sin funcionar").answered("11-11 10:08")
    assert told.facts()["nrt_calendar"] == [120]


@pytest.mark.parametrize(("stop", "expected"), [("11-11 09:59:55", (0, 0)), ("11-11 09:59:57", (0, 0))])
def test_a_stop_up_to_5_s_before_the_start_is_at_once(told: Any, stop: str, expected: tuple[int, int]) -> None:
    assert frt(told.answered(stop).asked("11-11 10:00")) == expected


def test_a_stop_more_than_5_s_before_its_start_is_set_aside(told: Any) -> None:
    told.asked("11-11 10:00", id="question").answered("11-11 09:59:54", in_reply_to="question")
    facts = told.facts()
    assert facts["negative_duration"] == [1]
    assert not {CALENDAR, "frt_unanswered", "sla_first_response_met", "sla_first_response_breached"} & set(facts)


def test_a_call_answered_long_before_it_came_is_set_aside(told: Any) -> None:
    told("11-11 10:00:10", "call.queued", channel="voice", call="k")
    told("11-11 10:00:00", "call.answered", channel="voice", call="k", agent="ana")
    facts = told.facts()
    assert "negative_duration" in facts
    assert not {"asa", "calls_answered", "calls_within"} & set(facts)


def test_without_the_providers_time_it_is_ours_and_said(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:12")
    told.lines[0]["ingested_at"] = told.lines[0].pop("occurred_at")
    [fact] = [fact for fact in told.computed().facts["c"] if fact.metric == CALENDAR]
    assert (fact.amount, fact.flags) == (720, {"ingest_time"})


def test_a_reply_after_the_resolution_is_the_answer_still(told: Any) -> None:
    told.asked("11-11 10:00").state("11-11 10:05", "resolved").answered("11-11 10:06")
    assert frt(told) == (360, 360)
    assert "resolved_without_reply" not in told.facts()


def test_both_dates_stay_with_the_fact(told: Any) -> None:
    told.asked("11-13 20:00").answered("11-14 09:05").state("11-14 09:10", "resolved")
    facts = {fact.metric: fact for fact in told.computed().facts["c"]}
    response, resolution = facts[CALENDAR], facts["first_resolution_calendar"]
    assert (response.at, response.also_at) == (resolution.also_at, facts["frt_contact_calendar"].also_at)
    assert response.at < resolution.at
    assert (response.dimensions.in_hours, resolution.dimensions.in_hours) == (False, True)
