"""Pending cases: when one became pending and ceased to be, and how many there are at an instant, and how old.

A backlog is a level, never a sum: it is read from the cases as they stood at the instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.domain.business_time.calendars import open_seconds
from shared.domain.business_time.zones import epoch_s
from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.states import Stretch
from shared.domain.figures.vocabulary import GONE

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

AGES: Final = (
    ("0-4h", 4 * _HOUR),
    ("4-24h", _DAY),
    ("1-3d", 3 * _DAY),
    ("3-7d", 7 * _DAY),
    ("7-30d", 30 * _DAY),
)
"""Age groups by their upper ends, which are outside; older is `OLDEST`."""

OLDEST: Final = ">30d"


@dataclass(frozen=True, slots=True)
class Age:
    """How long a case has been pending, in seconds: since it began, and since it was last reopened."""

    case: str
    calendar_s: int
    business_s: int
    since_reopened_s: int
    since_reopened_business_s: int


def backlog_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Each time that the case became pending, and each time that it ceased to be."""
    for began, ended in _pending(chronicle):
        yield stated(
            chronicle, "backlog_entered", began, at=max(began.occurred_at, chronicle.began_at or began.occurred_at)
        )
        if ended:
            yield stated(chronicle, "backlog_left", ended)


def is_pending(chronicle: Chronicle) -> bool:
    """Whether the case is pending at the chronicle's instant."""
    found = _pending(chronicle)
    return bool(found) and found[-1][1] is None


def backlog(chronicles: Iterable[Chronicle]) -> list[Age]:
    """The cases that are pending at the instant at which they were read, oldest first."""
    found = [
        _age(chronicle, chronicle.began_at) for chronicle in chronicles if chronicle.began_at and is_pending(chronicle)
    ]
    return sorted(found, key=lambda age: (-age.calendar_s, age.case))


def age_group(seconds: int) -> str:
    """The group that an age falls into."""
    return next((name for name, end in AGES if seconds < end), OLDEST)


def aging(seconds: Iterable[int]) -> dict[str, int]:
    """How many of some ages fall into each group, in the order of the groups."""
    found = dict.fromkeys((*(name for name, _ in AGES), OLDEST), 0)
    for age in seconds:
        found[age_group(age)] += 1
    return found


def _age(chronicle: Chronicle, began: datetime) -> Age:
    at, calendar = chronicle.as_of, chronicle.calendar
    latest = max(_pending(chronicle)[-1][0].occurred_at, began)
    return Age(
        chronicle.history.case,
        epoch_s(at) - epoch_s(began),
        open_seconds(calendar, began, at),
        epoch_s(at) - epoch_s(latest),
        open_seconds(calendar, latest, at),
    )


def _pending(chronicle: Chronicle) -> list[tuple[KpiEvent, KpiEvent | None]]:
    """Times in which somebody has to do something: the event with which each began, and with which it ended. What a
    bot alone handled is pending until its conversation ends."""
    if chronicle.began is None or (chronicle.is_bot_only and _bot_is_done(chronicle)):
        return []
    found: list[tuple[KpiEvent, KpiEvent | None]] = []
    for stretch in chronicle.stretches:
        if not _waits(stretch):
            if found and found[-1][1] is None:
                found[-1] = (found[-1][0], stretch.began)
        elif not found or found[-1][1] is not None:
            found.append((stretch.began, None))
    return found or [(chronicle.began, None)]


def _bot_is_done(chronicle: Chronicle) -> bool:
    return all(session.ended_at for session in chronicle.sessions)


def _waits(stretch: Stretch) -> bool:
    return not stretch.is_settled and stretch.state not in GONE
