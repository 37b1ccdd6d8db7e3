"""Handling effort: the worked examples of the KPI sheet, §2."""

from __future__ import annotations

from typing import Any


def test_worked_example_of_messages(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:08", "case.assigned", agent="ana").answered("11-11 10:12")
    told.asked("11-11 10:15").asked("11-11 10:16").answered("11-11 10:20").state("11-11 10:25", "resolved")
    facts = told.facts()
    assert (facts["handle_time"], facts["open_span"]) == ([840], [1_020])


def test_a_customer_who_types_in_bursts_does_not_shrink_it(told: Any) -> None:
    told.asked("11-11 10:00").asked("11-11 10:03").asked("11-11 10:03:50").answered("11-11 10:04")
    assert told.facts()["handle_time"] == [240]


def test_an_action_before_which_nothing_is_known_counts_for_nothing(told: Any) -> None:
    told.answered("11-11 10:00").asked("11-11 10:05").answered("11-11 10:06")
    assert told.facts()["handle_time"] == [60]


def test_notes_and_typing_are_work_too(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:03", public=False)
    told("11-11 10:05", "agent.typing", agent="ana").answered("11-11 10:06")
    assert told.facts()["handle_time"] == [360]


def test_the_cap_is_the_companys(told: Any) -> None:
    told.limits(handle_cap_s=60)
    assert told.asked("11-11 10:00").answered("11-11 10:12").facts()["handle_time"] == [60]


def test_what_the_desk_reports_takes_its_place(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:12", active_s=95)
    [fact] = [fact for fact in told.computed().facts["c"] if fact.metric == "handle_time"]
    assert (fact.amount, fact.flags) == (95, {"reported"})


def test_each_agents_part_is_apart(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:04", agent="ana")("11-11 10:05", "case.transferred", to="luis")
    told.answered("11-11 10:08", agent="luis")
    facts = told.facts()
    assert (facts["handle_time"], facts["handle_time_leg"]) == ([480], [240, 240])


def test_overnight_is_no_handling(told: Any) -> None:
    told.asked("11-11 17:00")("11-11 17:10", "case.assigned", agent="ana").answered("11-11 17:11")
    facts = told.state("11-12 09:00", "resolved").facts()
    assert (facts["handle_time"], facts["open_span"]) == ([360], [57_000])


def call(told: Any, at: str, ended: str, **end: Any) -> Any:
    day = at.split(" ", 1)[0]
    told(at, "call.queued", channel="voice")(at, "call.answered", channel="voice", agent="rosa")
    return told(f"{day} {ended}", "call.ended", channel="voice", agent="rosa", **end)


def test_worked_example_of_voice(told: Any) -> None:
    call(told, "11-11 10:00:00", "10:04:00", talk_s=180, hold_s=60)("11-11 10:04:45", "acw.ended", acw_s=45)
    call(told, "11-11 11:00:00", "11:05:00", talk_s=300, hold_s=0)("11-11 11:06:00", "acw.ended", acw_s=60)
    assert told.facts()["aht_voice"] == [285, 360]


def test_without_reported_seconds_the_clock_says_the_same(told: Any) -> None:
    told("11-11 10:00", "call.queued", channel="voice")("11-11 10:00:20", "call.answered", agent="rosa")
    told("11-11 10:01", "call.held")("11-11 10:02", "call.resumed")("11-11 10:04:20", "call.ended")
    assert told("11-11 10:05:05", "acw.ended").facts()["aht_voice"] == [285]


def test_held_time_is_added_to_reported_talk(told: Any) -> None:
    told("11-11 10:00", "call.queued")("11-11 10:00:20", "call.answered", agent="rosa")
    told("11-11 10:01", "call.held")("11-11 10:02", "call.resumed")("11-11 10:04:20", "call.ended", talk_s=180)
    assert told.facts()["aht_voice"] == [240]


def test_a_call_of_two_agents_has_two_legs_and_one_time(told: Any) -> None:
    told("11-11 10:00", "call.queued")("11-11 10:00", "call.answered", agent="rosa")
    told("11-11 10:02", "case.transferred", to="luis", channel="voice")("11-11 10:05", "call.ended", agent="luis")
    facts = told("11-11 10:05:30", "acw.ended", agent="luis").facts()
    assert (facts["aht_voice"], facts["aht_voice_leg"]) == ([330], [120, 210])


def test_ring_queue_and_abandoned_calls_are_outside(told: Any) -> None:
    told("11-11 10:00", "call.queued")("11-11 10:02", "call.abandoned")
    assert "aht_voice" not in told.facts()


def test_a_call_that_we_made_is_apart(told: Any) -> None:
    told("11-11 10:00", "call.answered", direction="outbound", agent="ana")("11-11 10:03", "call.ended", agent="ana")
    facts = told.facts()
    assert (facts["outbound_handle_time"], facts["contacts_outbound"]) == ([180], [1])
    assert facts["cases_human"] == [1]
    assert not {"aht_voice", "calls_offered", "frt_live_calendar", "fcr_eligible"} & set(facts)


def test_a_call_that_ended_before_it_was_answered_is_set_aside(told: Any) -> None:
    told("11-11 10:00", "call.queued", call="k")("11-11 10:00:30", "call.answered", call="k", agent="ana")
    facts = told("11-11 10:00:10", "call.ended", call="k", agent="ana").facts()
    assert "aht_voice" not in facts
    assert facts["negative_duration"] == [1]
