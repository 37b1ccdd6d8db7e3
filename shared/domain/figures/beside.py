"""What the customer of a case did in their other cases, as far as the case's figures need it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from shared.domain.figures.chronicle import Chronicle, chronicle_of
from shared.domain.figures.model import UNKNOWN, Beside, CaseHistory
from shared.domain.figures.rules import Limits, Rules
from shared.domain.figures.vocabulary import is_human_answer

_ALL: Final = datetime.max.replace(tzinfo=UTC)


def beside_of(histories: Sequence[CaseHistory], limits: Limits | None = None) -> dict[str, Beside]:
    """What each case's customer did in their other cases. A case that is spam, merged or merely an abandoned attempt
    is no contact."""
    rules = Rules(limits=limits or Limits())
    by_customer: dict[tuple[str, str], list[Chronicle]] = defaultdict(list)
    for history in histories:
        by_customer[history.brand, history.customer].append(chronicle_of(history, rules, _ALL))
    return {
        chronicle.history.case: _beside(chronicle, [other for other in own if other is not chronicle])
        for own in by_customer.values()
        for chronicle in own
    }


def with_beside(histories: Sequence[CaseHistory], limits: Limits | None = None) -> list[CaseHistory]:
    """The histories, each with what the customer did beside it."""
    beside = beside_of(histories, limits)
    return [replace(history, beside=beside[history.case]) for history in histories]


@dataclass(frozen=True, slots=True)
class _Came:
    at: datetime
    topic: str


def _beside(chronicle: Chronicle, others: list[Chronicle]) -> Beside:
    began = chronicle.began_at
    if began is None:
        return Beside()
    came = [contact for contact in map(_first_contact, others) if contact and contact.at > began]
    related = [
        contact.at
        for contact in came
        if UNKNOWN in (contact.topic, chronicle.topic) or contact.topic == chronicle.topic
    ]
    attempts = [contact.opened_at for contact in chronicle.contacts if contact.is_abandoned]
    answers = [
        event.occurred_at
        for other in others
        for event in other.events
        if is_human_answer(event) and attempts and event.occurred_at > attempts[0]
    ]
    every = [contact.at for contact in came]
    return Beside(min(related, default=None), min(answers, default=None), min(every, default=None))


def _first_contact(chronicle: Chronicle) -> _Came | None:
    first = chronicle.first_contact
    if first is None or first.is_abandoned or chronicle.is_gone:
        return None
    return _Came(first.opened_at, chronicle.topic)
