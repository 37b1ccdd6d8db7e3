"""What bots solved alone: the KPI sheet, §7."""

from __future__ import annotations

from typing import Any

import pytest

CHAT = {"channel": "webchat"}


def bot(told: Any, ended: str | None = "11-11 10:03", *, confirmed: bool = False) -> Any:
    told.asked("11-11 10:00", **CHAT)("11-11 10:00", "bot.started", **CHAT)
    return told(ended, "bot.ended", confirmed=confirmed, **CHAT) if ended else told


def test_ended_with_no_person_is_contained_and_verified(told: Any) -> None:
    facts = bot(told).facts()
    assert facts["bot_contained"] == facts["bot_contained_verified"] == facts["cases_bot_only"] == [1]
    assert facts["contacts_handled"] == [1]
    assert not {"cases_human", "contacts_handled_human", "frt_unanswered", "backlog_entered"} & set(facts)


def test_a_session_that_nobody_ends_ends_with_the_silence(told: Any) -> None:
    bot(told, None)
    assert "bot_contained" not in told.facts("11-11 10:29")
    assert told.facts("11-11 10:30")["bot_contained"] == [1]


def test_a_handoff_is_neither_contained_nor_a_transfer(told: Any) -> None:
    bot(told, None)("11-11 10:02", "bot.handoff_requested", **CHAT)
    told("11-11 10:02", "case.transferred", to="ana", reason="handoff").answered("11-11 10:05", **CHAT)
    facts = told.facts()
    assert facts["bot_handoffs"] == facts["contacts_handled_human"] == [1]
    assert not {"bot_contained", "bot_handoffs_lost", "transfers", "contacts_transferred"} & set(facts)


def test_a_handoff_nobody_accepts_is_lost(told: Any) -> None:
    bot(told, None)("11-11 10:02", "bot.handoff_requested", **CHAT)
    assert "bot_handoffs_lost" not in told.facts("11-12 10:01")
    facts = told.facts("11-12 10:02")
    assert facts["bot_handoffs_lost"] == facts["frt_unanswered"] == facts["cases_human"] == [1]


def test_a_person_who_answers_in_the_same_chat_undoes_it(told: Any) -> None:
    facts = bot(told).asked("11-11 10:10", **CHAT).answered("11-11 10:12", **CHAT).facts()
    assert "bot_contained" not in facts
    assert facts["frt_human_calendar"] == [120]


@pytest.mark.parametrize(
    ("confirmed", "topic", "at", "verified"),
    [
        (False, "horario", "11-12 10:00", False),
        (False, "pedido", "11-12 10:00", False),
        (False, "pedido", "11-14 10:03", True),
        (True, "pedido", "11-12 10:00", True),
        (True, "horario", "11-12 10:00", False),
        (True, None, "11-12 10:00", False),
    ],
)
def test_who_comes_back_within_72_hours(told: Any, confirmed: bool, topic: Any, at: str, verified: bool) -> None:
    bot(told, confirmed=confirmed)
    told.lines[0]["topic"] = "horario"
    told.asked(at, case="later", topic=topic)
    facts = told.facts()
    assert facts["bot_contained"] == [1]
    assert ("bot_contained_verified" in facts) is verified


def test_whom_a_bot_serves_before_a_person_waits_from_the_message_for_the_person(told: Any) -> None:
    bot(told).asked("11-13 10:00").answered("11-13 10:04")
    facts = told.facts()
    assert (facts["frt_human_calendar"], facts["cases_human"]) == ([240], [1])
    assert facts["bot_contained"] == [1]
    assert "bot_contained_verified" not in facts
