"""What a customer did beside each case: by its plain definition, and at a cost that grows as the cases do."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.figures.beside import beside_of
from shared.domain.figures.chronicle import Chronicle, chronicle_of
from shared.domain.figures.model import UNKNOWN, Beside, CaseHistory, KpiEvent
from shared.domain.figures.rules import Rules
from shared.domain.figures.vocabulary import (
    CALL_ABANDONED,
    CALL_ANSWERED,
    CALL_QUEUED,
    CREATED,
    MESSAGE_IN,
    MESSAGE_OUT,
    STATE_CHANGED,
    is_human_answer,
)

BEGIN = datetime(2026, 11, 11, 15, tzinfo=UTC)
WHENEVER = datetime.max.replace(tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def a_case(draw: random.Random, number: int) -> CaseHistory:
    """A message or a call, what was said after it, and how it ended."""
    at, name = BEGIN + draw.randrange(40) * HALF_AN_HOUR, f"c{number}"
    topic = draw.choice((None, "pedido", "factura"))
    said: list[dict[str, Any]] = [{"type": CREATED, "actor_type": "system", "topic": topic}]
    if draw.random() < 0.4:
        end = draw.choice((CALL_ABANDONED, CALL_ANSWERED))
        who = "customer" if end == CALL_ABANDONED else "agent"
        said += [{"type": CALL_QUEUED, "actor_type": "customer", "channel": "voice"}]
        said += [{"type": end, "actor_type": who, "channel": "voice", "details": {"queue_s": 60}}]
    else:
        said += [{"type": MESSAGE_IN, "actor_type": "customer"}]
    if draw.random() < 0.5:
        said += [{"type": MESSAGE_OUT, "actor_type": "agent", "actor": "ana"}]
    if draw.random() < 0.3:
        said += [{"type": STATE_CHANGED, "actor_type": "agent", "state": draw.choice(("resolved", "spam", "merged"))}]
    given: dict[str, Any] = {"channel": "whatsapp"}
    events = tuple(
        KpiEvent(**{**given, **one, "id": f"{name}-{place}", "occurred_at": at + place * HALF_AN_HOUR})
        for place, one in enumerate(said)
    )
    return CaseHistory(name, draw.choice(("ana", "luis")), draw.choice(("acme", "acme", "zeta")), events)


def by_definition(histories: list[CaseHistory]) -> dict[str, Beside]:
    """Each case against each other one."""
    whole = [chronicle_of(one, Rules(), WHENEVER) for one in histories]
    return {one.history.case: one_beside(one, [other for other in whole if sees(one, other)]) for one in whole}


def sees(one: Chronicle, other: Chronicle) -> bool:
    whose = (one.history.customer, one.history.brand), (other.history.customer, other.history.brand)
    return other is not one and whose[0] == whose[1]


def one_beside(one: Chronicle, others: list[Chronicle]) -> Beside:
    began = one.began_at
    if began is None:
        return Beside()
    contacts = [
        (first.opened_at, other.topic)
        for other in others
        if (first := other.first_contact) and not first.is_abandoned and not other.is_gone and first.opened_at > began
    ]
    related = [at for at, topic in contacts if UNKNOWN in (topic, one.topic) or topic == one.topic]
    attempts = [contact.opened_at for contact in one.contacts if contact.is_abandoned]
    answers = [
        event.occurred_at
        for other in others
        for event in other.events
        if attempts and is_human_answer(event) and event.occurred_at > attempts[0]
    ]
    return Beside(min(related, default=None), min(answers, default=None), min((at for at, _ in contacts), default=None))


@pytest.mark.parametrize("seed", range(40))
def test_as_it_is_defined(seed: int) -> None:
    draw = random.Random(seed)
    histories = [a_case(draw, number) for number in range(draw.randint(1, 14))]
    assert beside_of(histories) == by_definition(histories)


def test_the_cases_that_are_drawn_have_all_of_it() -> None:
    draw = random.Random(0)
    found = beside_of([a_case(draw, number) for number in range(100)]).values()
    assert all([any(one.next_contact_at for one in found), any(one.next_answered_at for one in found)])
    assert any(one.next_any_contact_at != one.next_contact_at for one in found)


def calls(histories: list[CaseHistory]) -> int:
    """How many functions are called to compute it."""
    count = 0

    def seen(_: Any, what: str, __: Any) -> None:
        nonlocal count
        count += what == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        beside_of(histories)
    finally:
        sys.setprofile(before)
    return count


def test_twice_the_cases_cost_little_more_than_twice_as_much() -> None:
    """A customer of many cases, such as a company's switchboard, is looked at whole each time."""
    draw = random.Random(1)
    histories = [CaseHistory(one.case, "ana", "acme", one.events) for one in (a_case(draw, n) for n in range(200))]
    assert calls(histories) < 2.5 * calls(histories[:100])
