"""First contact resolution and contacts: the KPI sheet, §4."""

from __future__ import annotations

from typing import Any

import pytest


def solved(told: Any, at: str = "11-11 10:00", **more: Any) -> Any:
    """A question, its answer five minutes later, resolved after ten."""
    day, _, clock = at.partition(" ")
    hour = clock.split(":", maxsplit=1)[0]
    told.asked(f"{day} {hour}:00", **more).answered(f"{day} {hour}:05", **more)
    return told.state(f"{day} {hour}:10", "resolved", **more)


def test_resolved_in_the_first_contact(told: Any) -> None:
    facts = solved(told).facts()
    assert facts["fcr_eligible"] == facts["fcr_yes"] == facts["fcr_repeat_yes"] == facts["one_touch_yes"] == [1]


def test_reopened_within_the_window_is_no(told: Any) -> None:
    assert "fcr_yes" not in solved(told).asked("11-18 10:09").facts()


def test_reopened_at_the_windows_end_is_yes(told: Any) -> None:
    assert solved(told).asked("11-18 10:10").facts()["fcr_yes"] == [1]


def test_a_second_contact_before_the_resolution_is_no(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05").asked("11-12 10:00").answered("11-12 10:05")
    facts = told.state("11-12 10:10", "resolved").facts()
    assert facts["contacts_offered"] == [1, 1]
    assert (facts["fcr_eligible"], "fcr_yes" in facts) == ([1], False)


@pytest.mark.parametrize(
    ("at", "topics", "yes"),
    [
        ("11-15 10:00", ("pedido", "pedido"), False),
        ("11-15 10:00", ("pedido", "factura"), True),
        ("11-15 10:00", ("pedido", None), False),
        ("11-15 10:00", (None, "factura"), False),
        ("11-18 10:10", ("pedido", "pedido"), True),
        ("11-18 10:04", ("pedido", "pedido"), False),
    ],
)
def test_another_case_on_the_topic_within_the_window(told: Any, at: str, topics: Any, yes: bool) -> None:
    solved(told, topic=topics[0])
    told.asked(at, case="later", topic=topics[1])
    facts = told.facts()
    assert ("fcr_yes" in facts) is yes
    assert facts.get("fcr_repeat_yes", []) == ([1] if yes else [])


def test_another_persons_case_is_nobodys_return(told: Any) -> None:
    solved(told)
    assert told.asked("11-12 10:00", case="other", customer="q").facts()["fcr_yes"] == [1]


def test_an_unknown_topic_is_flagged(told: Any) -> None:
    def flags() -> set[frozenset[str]]:
        return {fact.flags for fact in told.computed().facts["c"] if fact.metric == "fcr_eligible"}

    assert (flags() if solved(told).lines else None) == {frozenset({"topic_unknown"})}
    told.lines[0]["topic"] = "pedido"
    assert flags() == {frozenset()}


def test_an_abandoned_attempt_neither_counts_nor_spoils(told: Any) -> None:
    told("11-11 09:00", "call.queued", call="a")("11-11 09:02", "call.abandoned", call="a")
    facts = solved(told).facts()
    assert facts["fcr_yes"] == facts["attempts_before_first_contact"] == [1]
    told("11-12 09:00", "call.queued", call="b", case="later")("11-12 09:02", "call.abandoned", call="b", case="later")
    assert told.facts()["fcr_yes"] == [1]


def test_by_the_channel_of_the_first_contact(told: Any) -> None:
    told.asked("11-11 10:00", channel="instagram").answered("11-11 10:05", channel="instagram")
    told.asked("11-11 10:20").answered("11-11 10:25").state("11-11 10:30", "resolved")
    found = {fact.dimensions.channel for fact in told.computed().facts["c"] if fact.metric == "fcr_eligible"}
    assert found == {"instagram"}
    assert told.facts()["cases_switched"] == [1]


def test_net_leaves_out_what_no_first_contact_can_solve(told: Any) -> None:
    told.limits(later_topics=frozenset({"visita"}))
    facts = solved(told, topic="visita").facts()
    assert "fcr_eligible" in facts
    assert "fcr_net_eligible" not in facts
    assert solved(told, case="d", customer="q", topic="pedido").facts()["fcr_net_yes"] == [1]


@pytest.mark.parametrize("why", ["bot", "unanswered", "outbound", "spam"])
def test_who_is_not_eligible(told: Any, why: str) -> None:
    if why == "outbound":
        told.answered("11-11 09:00")
    told.asked("11-11 10:00")
    if why == "bot":
        told("11-11 10:00", "bot.started")("11-11 10:05", "bot.ended")
    if why in ("outbound", "spam"):
        told.answered("11-11 10:05")
    told.state("11-11 10:10", "resolved")
    if why == "spam":
        told.state("11-11 10:11", "spam")
    assert "fcr_eligible" not in told.facts()


def test_two_replies_are_not_one_touch(told: Any) -> None:
    told.answered("11-11 10:06", id="second")
    assert "one_touch_yes" not in solved(told).facts()


def test_a_chat_ends_with_half_an_hour_of_silence(told: Any) -> None:
    chat = {"channel": "webchat"}
    told.asked("11-11 10:00", **chat).answered("11-11 10:10", **chat).asked("11-11 10:39:59", **chat)
    assert told.facts()["contacts_offered"] == [1]
    assert told.asked("11-11 11:09:59", **chat).facts()["contacts_offered"] == [1, 1]


def test_a_messaging_contact_ends_with_24_hours_or_a_resolution(told: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:10").asked("11-12 09:59:59").answered("11-12 10:05")
    assert told.facts()["contacts_offered"] == [1]
    told.state("11-12 10:10", "resolved").asked("11-12 10:20")
    assert told.facts()["contacts_offered"] == [1, 1]


def test_a_further_mail_is_the_same_contact_only_where_the_agent_had_asked(told: Any) -> None:
    mail = {"channel": "email"}
    told.asked("11-11 10:00", **mail).asked("11-11 10:30", **mail).answered("11-11 11:00", **mail)
    assert told.facts()["contacts_offered"] == [1]
    told.state("11-11 11:00:01", "pending_customer").asked("11-13 09:00", **mail).answered("11-13 09:30", **mail)
    assert told.facts()["contacts_offered"] == [1]
    assert told.asked("11-13 12:00", **mail).facts()["contacts_offered"] == [1, 1]


def test_each_call_and_each_visit_is_a_contact(told: Any) -> None:
    told("11-11 10:00", "call.queued", call="a")("11-11 10:00:05", "call.answered", call="a", agent="ana")
    told("11-11 10:20", "call.queued", call="b")("11-11 10:20:05", "call.answered", call="b", agent="ana")
    told("11-11 11:00", "visit.checked_in", channel="in_person")("11-11 11:05", "visit.attended", channel="in_person")
    assert told.facts()["contacts_handled_human"] == [1, 1, 1]


def test_a_call_that_no_case_was_opened_for_is_a_contact_alone(told: Any) -> None:
    told("11-11 10:00", "call.queued", case=None, contact_id="k")
    told("11-11 10:01", "call.abandoned", case=None, contact_id="k")
    facts = told.facts()
    assert (facts["contacts_offered"], facts["queue_abandoned"]) == ([1], [1])
    assert not {"cases_human", "frt_live_unanswered", "backlog_entered"} & set(facts)


@pytest.mark.parametrize(("forced", "expected"), [(True, [1]), (False, None)])
def test_a_change_of_channel_that_the_company_asked_for(told: Any, forced: bool, expected: Any) -> None:
    told.asked("11-11 10:00").answered("11-11 10:05", flags=["forced"] if forced else [])
    facts = told.asked("11-11 11:00", channel="email").facts()
    assert (facts["cases_switched"], facts.get("cases_switched_forced")) == ([1], expected)


def test_transfers_are_counted_by_contact(told: Any) -> None:
    told.asked("11-11 10:00")("11-11 10:01", "case.transferred", to="a", reason="no_answer")
    told("11-11 10:02", "case.transferred", to="b").answered("11-11 10:05")(
        "11-11 10:06", "case.transferred", queue="x"
    )
    facts = told.facts()
    assert (facts["contacts_transferred"], facts["transfers"]) == ([1], [2])


def test_a_transfer_nobody_answered_after_is_of_no_handled_contact(told: Any) -> None:
    assert "contacts_transferred" not in told.asked("11-11 10:00")("11-11 10:01", "case.transferred", to="a").facts()


@pytest.mark.parametrize(
    ("more", "as_of", "left"),
    [
        ([], "11-12 09:59", False),
        ([], "11-12 10:00", True),
        ([("11-11 12:00", "message.in")], "11-12 11:00", False),
        ([("11-11 10:20", "contact.ended")], "11-11 10:21", True),
        ([("11-11 10:05", "message.out"), ("11-11 10:20", "contact.ended")], "11-12 12:00", False),
    ],
)
def test_a_written_contact_that_was_left(told: Any, more: Any, as_of: str, left: bool) -> None:
    told.asked("11-11 10:00")
    for at, type_ in more:
        told(at, type_, **({"actor_type": "agent"} if type_ == "message.out" else {}))
    facts = told.facts(as_of)
    assert facts["chats_offered"] == [1]
    assert ("chats_left" in facts) is left
