"""A machine in the tool answers, and another one, or nobody, is at the other end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.domain.event import Event
from shared.domain.loops import MOST_UNANSWERED
from tests.engine.outbound.conftest import Office

pytestmark = pytest.mark.large

Say = Callable[..., Event]
Begin = Callable[..., tuple[str, str]]


def answer_all(office: Office, ticket: str, number: int, begin: int = 0) -> list[str]:
    outcomes = []
    for name in range(begin, begin + number):
        office.seconds += 1
        outcomes.append(office.carry(office.order(office.answers(ticket, f"r{name}", f"n.º {name}"))))
    return outcomes


def test_one_answer_too_many_is_held_told_and_counted(office: Office, conversation: Begin) -> None:
    case, ticket = conversation()
    assert answer_all(office, ticket, MOST_UNANSWERED) == ["sent"] * MOST_UNANSWERED
    assert answer_all(office, ticket, 1, MOST_UNANSWERED) == ["failed"]
    assert len(office.way.said) == MOST_UNANSWERED
    assert office.counters["loop_suspected"] == 1
    office.take_in()
    told = office.log(case)[-1]
    assert told.receipt
    assert told.receipt.error
    assert told.receipt.error.code == "loop_suspected"
    assert "dos máquinas" in (told.receipt.error.detail or "")


def test_an_automatic_reply_is_no_word_of_the_customer(office: Office, conversation: Begin, say: Say) -> None:
    _, ticket = conversation()
    for number in range(MOST_UNANSWERED):
        assert answer_all(office, ticket, 1, number) == ["sent"]
        at = timedelta(seconds=number + 2)
        office.record(say(f"auto{number}", "Estamos fuera de la oficina", kind="auto_reply", at=at))
    assert answer_all(office, ticket, 1, MOST_UNANSWERED) == ["failed"]


def test_a_word_of_the_customer_lets_answers_out_again(office: Office, conversation: Begin, say: Say) -> None:
    _, ticket = conversation()
    answer_all(office, ticket, MOST_UNANSWERED + 1)
    office.seconds += 1
    office.record(say("w2", "¿Quién es?", at=timedelta(seconds=60)))
    assert answer_all(office, ticket, 1, 90) == ["sent"]


def test_what_was_stuck_for_an_hour_is_no_loop(office: Office, conversation: Begin) -> None:
    """The agent wrote over the day, and all goes out at once: when it was written counts."""
    _, ticket = conversation()
    orders = []
    for number in range(MOST_UNANSWERED + 5):
        office.seconds += 60
        orders.append(office.order(office.answers(ticket, f"r{number}", f"n.º {number}")))
    assert {office.carry(order) for order in orders} <= {"sent", "level"}
    assert len(office.way.said) == MOST_UNANSWERED + 5
