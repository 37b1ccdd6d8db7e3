"""What a journey took: contacts, switches, waiting, questions asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.journeys.derive import journeys_of
from shared.domain.journeys.model import Journey, JourneyEvent
from shared.domain.journeys.rules import JourneyRules

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
RULES = JourneyRules()


def customer(minutes: float, channel: str = "whatsapp", **more: Any) -> JourneyEvent:
    return told(minutes, channel=channel, **{"source": "message.in", **more})


def agent(minutes: float, channel: str = "whatsapp", **more: Any) -> JourneyEvent:
    return told(minutes, channel=channel, **{"kind": "agent", "actor": "agent", "source": "message.out", **more})


def state(minutes: float, becomes: str) -> JourneyEvent:
    return told(minutes, kind="system", source="case.state_changed", state=becomes)


def told(minutes: float, **more: Any) -> JourneyEvent:
    at = START + timedelta(minutes=minutes)
    return JourneyEvent(f"e{minutes}-{more.get('source')}", "p", at, case="A", type="returns", **more)


def journey(*events: JourneyEvent) -> Journey:
    [found] = journeys_of(events, RULES)
    return found


HOURS = 60


@pytest.mark.parametrize(
    ("events", "contacts"),
    [
        ([customer(0), customer(23 * HOURS)], 1),
        ([customer(0), customer(24 * HOURS)], 2),
        ([customer(0, "webchat"), customer(29, "webchat")], 1),
        ([customer(0, "webchat"), customer(30, "webchat")], 2),
        ([customer(0, "voice", contact="1"), customer(5, "voice", contact="2")], 2),
        ([customer(0, "voice", contact="1"), customer(90, "voice", contact="1")], 1),
        ([customer(0), customer(1, "email")], 2),
        ([customer(0, "email"), customer(50 * HOURS, "email")], 1),  # still waits for the first answer
        ([customer(0, "email"), agent(10, "email"), customer(20, "email")], 2),
        ([customer(0, "email"), agent(10, "email"), state(11, "pending_customer"), customer(20, "email")], 1),
    ],
)
def test_contacts(events: list[JourneyEvent], contacts: int) -> None:
    assert journey(*events).effort.contacts == contacts


def test_a_switch_is_forced_where_the_company_went_ahead() -> None:
    chosen = journey(customer(0), customer(10, "email")).effort
    forced = journey(customer(0), agent(5, "email"), customer(10, "email"))
    asked = journey(customer(0), customer(10, "voice", flags=frozenset({"forced"}))).effort
    assert (chosen.switches, chosen.forced) == (1, 0)
    assert (forced.effort.switches, forced.effort.forced) == (1, 1)
    assert (asked.switches, asked.forced) == (1, 1)
    assert [(one.channel, one.forced) for one in forced.channels] == [("whatsapp", False), ("email", True)]


def test_an_answer_elsewhere_that_nobody_takes_up_is_no_switch() -> None:
    assert journey(customer(0), agent(5, "email"), customer(10)).effort.switches == 0


def test_the_customer_waits_from_the_first_word_to_a_persons_answer() -> None:
    found = journey(
        customer(0),
        customer(3),
        told(4, kind="bot", source="message.out"),
        agent(10),
        customer(20),
        state(25, "resolved"),
    )
    assert found.effort.waiting_s == (10 + 5) * 60


def test_what_was_validated_is_asked_again_only_after_a_switch() -> None:
    known, again = {"validated": "order"}, {"asked": "order"}
    stayed = journey(customer(0, attributes=known), customer(0.5), agent(1, attributes=again))
    switched = journey(customer(0, attributes=known), customer(1, "voice"), agent(2, "voice", attributes=again))
    other = journey(
        customer(0, attributes=known), customer(1, "voice"), agent(2, "voice", attributes={"asked": "address"})
    )
    assert [one.effort.repeats for one in (stayed, switched, other)] == [0, 1, 0]


def test_transfers_and_messages_are_counted() -> None:
    found = journey(customer(0), told(1, kind="system", source="case.transferred"), agent(2), customer(3)).effort
    assert (found.transfers, found.messages) == (1, 3)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([customer(0), agent(5), state(10, "resolved")], True),
        ([customer(0), agent(5), state(26 * HOURS, "resolved")], False),  # the session was over
        ([customer(0), agent(5), customer(26 * HOURS), state(27 * HOURS, "resolved")], False),
        ([customer(0), customer(5, "voice"), state(10, "resolved")], False),
        ([customer(0), agent(5), state(10, "resolved"), customer(20), state(30, "resolved")], False),
        ([customer(0), agent(5)], False),
    ],
)
def test_resolved_in_the_first_contact(events: list[JourneyEvent], expected: bool) -> None:
    assert journey(*events).in_first_contact is expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([customer(0), told(1, kind="bot", source="bot.ended"), state(2, "resolved")], True),
        ([customer(0), told(1, kind="bot", source="bot.ended"), agent(2), state(3, "resolved")], False),
        ([customer(0), state(3, "resolved")], False),
        ([customer(0), told(1, kind="bot", source="bot.ended")], False),
    ],
)
def test_self_served_is_resolved_by_a_bot_without_people(events: list[JourneyEvent], expected: bool) -> None:
    assert journey(*events).self_served is expected


def test_who_spoke_last() -> None:
    assert journey(customer(0)).unanswered
    assert not journey(customer(0), agent(1), state(2, "on_hold")).unanswered
