"""A case's events as they stand: each once, in order, with what was corrected put right and what failed taken back.

The order is `occurred_at`, then the provider's sequence, then the id. The order of arrival plays no part. Where a bot's
conversation ends, what is told of the same instant is before its end: the customer's last word ended it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.vocabulary import (
    AUTOMATED,
    BOT_ENDED,
    CORRECTED,
    DELIVERY_FAILED,
    FAILED,
    NO_CONTACT,
    SETTLED,
    STATE_CHANGED,
)


def in_order(events: Iterable[KpiEvent]) -> list[KpiEvent]:
    """Each event once, in the order of what happened. Of copies that differ, the same one is taken whatever came
    first, and what any of them is flagged with holds."""
    kept: dict[str, KpiEvent] = {}
    for event in events:
        known = kept.get(event.id)
        kept[event.id] = event if known is None else _one_of(known, event)
    ends = {_instant(event) for event in kept.values() if event.type == BOT_ENDED}
    return sorted(kept.values(), key=lambda event: (*_instant(event), _rank(event, ends), event.id))


def effective(events: Iterable[KpiEvent], as_of: datetime) -> list[KpiEvent]:
    """The events up to an instant, in order, with failures and corrections applied. Neither of those is left in it."""
    told = in_order(events)
    failed = {event.target for event in told if event.type == DELIVERY_FAILED}
    corrections: dict[str, list[KpiEvent]] = {}
    for event in told:
        if event.type == CORRECTED and event.target:
            corrections.setdefault(event.target, []).append(event)
    shown = (_shown(event) for event in told if event.occurred_at <= as_of)
    return [_as_it_stands(event, failed, corrections) for event in shown if event]


def _shown(event: KpiEvent) -> KpiEvent | None:
    if event.type == CORRECTED and event.reason == "spam" and not event.target:
        return replace(event, type=STATE_CHANGED, state="spam")  # the whole case was none
    return None if event.type in (CORRECTED, DELIVERY_FAILED) else event


def _instant(event: KpiEvent) -> tuple[datetime, int]:
    return event.occurred_at, event.sequence


def _rank(event: KpiEvent, ends: set[tuple[datetime, int]]) -> int:
    if event.type == BOT_ENDED:
        return 1
    return 2 if event.state in SETTLED and _instant(event) in ends else 0


def _one_of(first: KpiEvent, second: KpiEvent) -> KpiEvent:
    chosen = min(first, second, key=_whole)
    return replace(chosen, flags=first.flags | second.flags)


def _whole(event: KpiEvent) -> tuple[object, ...]:
    """Everything in an event, comparable: decides between copies by what they say alone."""
    texts = (event.type, event.channel, event.actor_type, event.actor, event.state, event.team, event.topic)
    more = (event.target, event.reason, event.public, event.from_ingest, sorted(event.details.items(), key=str))
    return event.occurred_at, event.sequence, str(texts), str(more)


def _as_it_stands(event: KpiEvent, failed: set[str | None], corrections: Mapping[str, list[KpiEvent]]) -> KpiEvent:
    if event.id in failed:
        event = replace(event, flags=event.flags | {FAILED})
    for correction in corrections.get(event.id, ()):
        event = _corrected(event, correction)
    return event


def _automated(event: KpiEvent, _: KpiEvent) -> KpiEvent:
    return replace(event, actor_type="system", actor=None, flags=event.flags | {AUTOMATED})


def _human(event: KpiEvent, correction: KpiEvent) -> KpiEvent:
    kept = event.flags - {AUTOMATED}
    return replace(event, actor_type="agent", actor=correction.actor or event.actor, flags=kept)


def _other_agent(event: KpiEvent, correction: KpiEvent) -> KpiEvent:
    return replace(event, actor=correction.actor)


def _internal(event: KpiEvent, _: KpiEvent) -> KpiEvent:
    return replace(event, public=False)


def _no_contact(event: KpiEvent, _: KpiEvent) -> KpiEvent:
    return replace(event, flags=event.flags | {NO_CONTACT})


CORRECTIONS: Final[Mapping[str, Callable[[KpiEvent, KpiEvent], KpiEvent]]] = {
    "automated": _automated,
    "human": _human,
    "agent": _other_agent,
    "internal": _internal,
    "spam": _no_contact,
}
"""What a `fact.corrected` of each reason makes of the event it speaks of: a message that no person wrote, or that one
did after all; another agent's work; a note; something that was never a contact."""


def _corrected(event: KpiEvent, correction: KpiEvent) -> KpiEvent:
    change = CORRECTIONS.get(correction.reason or "")
    return change(event, correction) if change else event
