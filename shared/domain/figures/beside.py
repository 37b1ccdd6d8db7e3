"""What the customer of a case did in their other cases, as far as the case's figures need it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from shared.domain.figures.chronicle import Chronicle, chronicle_of
from shared.domain.figures.model import UNKNOWN, Beside, CaseHistory
from shared.domain.figures.rules import Limits, Rules
from shared.domain.figures.vocabulary import is_human_answer

_ALL: Final = datetime.max.replace(tzinfo=UTC)


def beside_of(histories: Sequence[CaseHistory], limits: Limits | None = None) -> dict[str, Beside]:
    """What each case's customer did in their other cases. A case that is spam, merged or merely an abandoned attempt
    is no contact. Each history is gone through once, however many cases the customer has."""
    rules = Rules(limits=limits or Limits())
    by_customer: dict[tuple[str, str], list[Chronicle]] = defaultdict(list)
    for history in histories:
        by_customer[history.brand, history.customer].append(chronicle_of(history, rules, _ALL))
    return {case: beside for own in by_customer.values() for case, beside in _of_customer(own)}


def with_beside(histories: Sequence[CaseHistory], limits: Limits | None = None) -> list[CaseHistory]:
    """The histories, each with what the customer did beside it."""
    beside = beside_of(histories, limits)
    return [replace(history, beside=beside[history.case]) for history in histories]


@dataclass(frozen=True, slots=True)
class _Came:
    at: datetime
    topic: str
    case: str


@dataclass(frozen=True, slots=True)
class _Answered:
    at: datetime
    case: str


def _of_customer(own: list[Chronicle]) -> Iterator[tuple[str, Beside]]:
    """Of each case, from one list of all that came and one of all that was answered, both by time."""
    came = sorted(filter(None, map(_first_contact, own)), key=_at)
    answered = sorted((one for chronicle in own for one in _answers(chronicle)), key=_at)
    for chronicle in own:
        yield chronicle.history.case, _beside(chronicle, came, answered)


def _at(one: _Came | _Answered) -> datetime:
    return one.at


def _beside(chronicle: Chronicle, came: list[_Came], answered: list[_Answered]) -> Beside:
    began, case, topic = chronicle.began_at, chronicle.history.case, chronicle.topic
    if began is None:
        return Beside()
    later = [one for one in islice(came, bisect_right(came, began, key=_at), None) if one.case != case]
    related = (one.at for one in later if UNKNOWN in (one.topic, topic) or one.topic == topic)
    attempts = [contact.opened_at for contact in chronicle.contacts if contact.is_abandoned]
    since = bisect_right(answered, attempts[0], key=_at) if attempts else len(answered)
    answers = (one.at for one in islice(answered, since, None) if one.case != case)
    return Beside(next(related, None), next(answers, None), later[0].at if later else None)


def _first_contact(chronicle: Chronicle) -> _Came | None:
    first = chronicle.first_contact
    if first is None or first.is_abandoned or chronicle.is_gone:
        return None
    return _Came(first.opened_at, chronicle.topic, chronicle.history.case)


def _answers(chronicle: Chronicle) -> Iterator[_Answered]:
    for event in chronicle.events:
        if is_human_answer(event):
            yield _Answered(event.occurred_at, chronicle.history.case)
