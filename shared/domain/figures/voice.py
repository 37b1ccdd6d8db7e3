"""The telephone queue: who waited, who was answered in time, who gave up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.figures.calls import Call
from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.rules import CLAMP_S
from shared.domain.figures.vocabulary import is_human_answer


def voice_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Of each call. What is answered counts when the call came; what is given up, when it was."""
    if chronicle.is_gone:
        return
    for call in chronicle.calls:
        if call.is_offered:
            yield from _offered(chronicle, call)
            yield from _ended(chronicle, call)
        elif call.ended and not call.is_outbound:
            yield stated(chronicle, "calls_self_service", call.first)


def _offered(chronicle: Chronicle, call: Call) -> Iterator[Fact]:
    limits, start = chronicle.rules.limits, call.offered_at
    wait = call.wait_s
    if wait is not None and wait < -CLAMP_S:
        yield stated(chronicle, "negative_duration", call.answered or call.first, at=start)
        return
    yield _at(chronicle, "calls_offered", call, start)
    if call.callback:
        yield _at(chronicle, "callbacks", call, start)
    if call.is_short(limits.short_abandon_s):
        yield _at(chronicle, "calls_short", call, start)
    if call.answered and wait is not None:
        waited = max(0, wait)
        yield _at(chronicle, "calls_answered", call, start)
        yield _at(chronicle, "asa", call, start, waited)
        if waited <= limits.service_level_s:
            yield _at(chronicle, "calls_within", call, start)


def _at(chronicle: Chronicle, metric: str, call: Call, start: datetime, amount: int = 1) -> Fact:
    by = call.answered or call.given_up or call.first
    return stated(chronicle, metric, by, at=start, also_at=by.occurred_at, amount=amount, channel=call.channel)


def _ended(chronicle: Chronicle, call: Call) -> Iterator[Fact]:
    """The end of the wait. A callback's wait goes on until it is answered."""
    stop = call.answered or (call.given_up if call.is_abandoned else None)
    wait = call.wait_s
    if stop is None or wait is None or wait < -CLAMP_S:
        return
    names = ["queue_ended"]
    if call.is_short(chronicle.rules.limits.short_abandon_s):
        names.append("queue_abandoned_short")
    elif call.is_abandoned:
        names += ["queue_abandoned"] + (["queue_recovered"] if _is_recovered(chronicle, stop) else [])
    for metric in names:
        yield stated(chronicle, metric, stop, also_at=call.offered_at, channel=call.channel)


def _is_recovered(chronicle: Chronicle, given_up: KpiEvent) -> bool:
    """Whether the customer was answered soon after, on whatever channel."""
    since = given_up.occurred_at
    end = since + timedelta(seconds=chronicle.rules.limits.recovered_s)
    elsewhere = chronicle.history.beside.next_answered_at
    answers = [event.occurred_at for event in chronicle.events if is_human_answer(event)]
    return any(since < at < end for at in (*answers, *([elsewhere] if elsewhere else [])))
