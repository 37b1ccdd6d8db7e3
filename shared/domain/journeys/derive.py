"""From a customer's steps to their journeys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from shared.domain.figures.model import UNKNOWN
from shared.domain.journeys.effort import contacts_of, effort_of, is_in_first_contact
from shared.domain.journeys.model import FORCED, ChannelStep, Journey, JourneyEvent, Visit
from shared.domain.journeys.rules import JourneyRules
from shared.domain.journeys.threads import Thread, threads_of


def journeys_of(events: Iterable[JourneyEvent], rules: JourneyRules) -> list[Journey]:
    """The journeys of one customer, in the order in which they began.

    `events`: all steps of the customer and of everybody merged into them, in any order and with repetitions; a
    journey's customer is that of its first step. What a journey is at an instant, its `outcome` says."""
    return [_journey(thread, rules) for thread in threads_of(events, rules)]


def _journey(thread: Thread, rules: JourneyRules) -> Journey:
    events, first = thread.events, thread.events[0]
    contacts = contacts_of(events, rules)
    ended = thread.transferred_at or thread.resolved_at
    return Journey(
        id=_id(thread),
        profile=first.profile,
        brand=thread.brand,
        type=thread.type.name,
        started_at=first.occurred_at,
        last_at=events[-1].occurred_at,
        over_at=ended or thread.idle_at,
        visits=_visits(events, thread.stages),
        channels=_channels(events),
        effort=effort_of(events, contacts, thread.resolved_at),
        resolved_at=thread.resolved_at,
        transferred_at=thread.transferred_at,
        continues=_id(thread.continues) if thread.continues else None,
        returns=thread.returns,
        in_first_contact=not thread.returns and is_in_first_contact(events, contacts, thread.resolved_at, rules),
        self_served=thread.resolved_at is not None and _is_self_served(events),
        unanswered=_is_unanswered(events),
        cases=tuple(dict.fromkeys(event.case for event in events if event.case)),
    )


def _id(thread: Thread) -> str:
    """By its first step: the same however often it is derived, also when it turns out to be of another type."""
    return sha256(thread.events[0].id.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _visits(events: list[JourneyEvent], stages: list[str]) -> tuple[Visit, ...]:
    visits: list[tuple[str, datetime, datetime]] = []
    for event, stage in zip(events, stages, strict=True):
        began = event.occurred_at
        if visits and visits[-1][0] == stage:
            began = visits.pop()[1]
        visits.append((stage, began, event.occurred_at))
    return tuple(Visit(*each) for each in visits)


def _channels(events: list[JourneyEvent]) -> tuple[ChannelStep, ...]:
    steps: list[ChannelStep] = []
    for event in events:
        if not event.is_facing or event.channel == UNKNOWN:
            continue
        if not steps or steps[-1].channel != event.channel:
            is_led = bool(steps) and (FORCED in event.flags or not event.is_contact)
            steps.append(ChannelStep(event.channel, event.occurred_at, is_led))
    return tuple(steps)


def _is_self_served(events: list[JourneyEvent]) -> bool:
    kinds = {event.kind for event in events}
    return "agent" not in kinds and not kinds.isdisjoint(("bot", "self_service"))


def _is_unanswered(events: list[JourneyEvent]) -> bool:
    last = next((event for event in reversed(events) if event.is_facing), None)
    return last is not None and last.is_contact
