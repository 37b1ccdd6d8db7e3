"""First and next response times, and who was never answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shared.domain.figures.chronicle import Chronicle, both_times, stated
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.turns import Turn
from shared.domain.figures.vocabulary import ATTENDED, CALL_ANSWERED, CALL_QUEUED, CHECKED_IN, INGEST_TIME


def response_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Of every turn that a person had to answer. Spam, merged cases and mere attempts have none, nor has what we
    began ourselves a first response."""
    if chronicle.is_gone or chronicle.began_at is None:
        return
    for turn in chronicle.turns.people:
        yield from _first(chronicle, turn) if turn.is_first else _next(chronicle, turn)
    for event in chronicle.turns.courtesies:
        yield stated(chronicle, "courtesy_turns", event)


def is_live(event: KpiEvent) -> bool:
    """Whether somebody was answered on the telephone or at the counter."""
    return event.type in (CALL_ANSWERED, ATTENDED)


def flags_of(turn: Turn) -> frozenset[str]:
    """`ingest_time` where the question's instant is ours, not the provider's."""
    return frozenset({INGEST_TIME}) if turn.opened.from_ingest else frozenset()


def _first(chronicle: Chronicle, turn: Turn) -> Iterator[Fact]:
    asked = turn.opened.occurred_at
    if turn.answer is None:
        live = turn.opened.type in (CALL_QUEUED, CHECKED_IN)
        yield stated(chronicle, "frt_live_unanswered" if live else "frt_unanswered", turn.opened)
        if turn.settled:
            yield stated(chronicle, "resolved_without_reply", turn.settled, also_at=asked)
        return
    calendar = chronicle.calendar_at(turn.opened)
    flags = flags_of(turn)
    if is_live(turn.answer):
        yield from both_times(chronicle, "frt_live", asked, turn.answer, calendar, at_start=True, flags=flags)
        return
    for metric, start in (("frt_human", turn.waits_from or asked), ("frt_contact", _came_at(chronicle, turn))):
        yield from both_times(chronicle, metric, start, turn.answer, calendar, at_start=True, flags=flags)


def _came_at(chronicle: Chronicle, turn: Turn) -> datetime:
    """Since when the customer is there: also while a bot that ended without a handoff had the contact."""
    asked = turn.opened.occurred_at
    before = (one for one in chronicle.contacts if one.opened_at <= asked and one.channel == turn.opened.channel)
    latest = max(before, key=lambda one: one.opened_at, default=None)
    return latest.opened_at if latest and latest.session else asked


def _next(chronicle: Chronicle, turn: Turn) -> Iterator[Fact]:
    if turn.answer:
        start, calendar = turn.waits_from or turn.opened.occurred_at, chronicle.calendar_at(turn.opened)
        yield from both_times(chronicle, "nrt", start, turn.answer, calendar, at_start=True, flags=flags_of(turn))
    elif turn.settled:
        yield stated(chronicle, "turns_unanswered", turn.settled, at=turn.opened.occurred_at)
