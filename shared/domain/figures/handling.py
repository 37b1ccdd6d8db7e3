"""How long people worked on a contact: of calls by the clock, of messages by what they did.

Nobody measures how long an agent reads and writes. Each action is credited with the time since the one before it, since
the case was accepted, or since the customer's turn opened, whichever was last, and never more than the cap. Focus time
that a desk reports itself takes its place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.business_time.zones import epoch_s
from shared.domain.figures.calls import Call, legs_of
from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.contacts import Contact
from shared.domain.figures.model import UNKNOWN, Fact, KpiEvent
from shared.domain.figures.rules import CLAMP_S
from shared.domain.figures.states import resolutions
from shared.domain.figures.vocabulary import ASSIGNED, TRANSFERRED, is_human_action, is_human_reply

REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Credit:
    """What one action of an agent counts for."""

    action: KpiEvent
    seconds: int
    agent: str


def handling_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Per contact, and per agent: never to be mixed, since an agent's part of a shared contact is shorter."""
    if chronicle.is_gone:
        return
    for call in chronicle.calls:
        yield from _call(chronicle, call)
    yield from _written(chronicle)
    yield from _open_span(chronicle)


def credits_of(chronicle: Chronicle) -> list[Credit]:
    """What each agent's action counts for, in order. An action before which nothing is known counts for nothing; one
    that does not say whose it is, is of who acted last."""
    found: list[Credit] = []
    before, agent = None, UNKNOWN
    waits = sorted(turn.waits_from for turn in chronicle.turns.people if turn.waits_from)
    for event in chronicle.events:
        if event.type == ASSIGNED:
            before, agent = event.occurred_at, event.actor or agent
        elif event.type == TRANSFERRED:
            agent = event.actor or agent
        elif is_human_action(event):
            turns = bisect_right(waits, event.occurred_at)
            since = _later(before, waits[turns - 1] if turns else None)
            agent = event.actor or agent
            found.append(Credit(event, _credit_s(since, event, chronicle.rules.limits.handle_cap_s), agent))
            before = event.occurred_at
    return found


def _later(before: datetime | None, opened: datetime | None) -> datetime | None:
    return max(before, opened) if before and opened else before or opened


def _credit_s(since: datetime | None, action: KpiEvent, cap: int) -> int:
    return min(cap, epoch_s(action.occurred_at) - epoch_s(since)) if since else 0


def _call(chronicle: Chronicle, call: Call) -> Iterator[Fact]:
    legs = legs_of(call)
    if not legs:
        return
    last = [*call.ended, *call.wrapped][-1]
    if any(leg.seconds < -CLAMP_S for leg in legs):
        yield stated(chronicle, "negative_duration", last, also_at=call.offered_at)
        return
    whole = sum(max(0, leg.seconds) for leg in legs)
    if call.is_outbound:
        yield stated(chronicle, "outbound_handle_time", last, amount=whole, channel=call.channel)
        return
    yield stated(chronicle, "aht_voice", last, also_at=call.offered_at, amount=whole, channel=call.channel)
    for agent, seconds in _by_agent((leg.agent, max(0, leg.seconds)) for leg in legs).items():
        yield stated(chronicle, "aht_voice_leg", last, amount=seconds, channel=call.channel, agent=agent)


def _by_agent(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Seconds of each agent."""
    found: dict[str, int] = {}
    for agent, seconds in parts:
        found[agent] = found.get(agent, 0) + seconds
    return found


def _written(chronicle: Chronicle) -> Iterator[Fact]:
    done: dict[int, list[Credit]] = {}
    for credit in credits_of(chronicle):
        index = _contact_of(chronicle.contacts, credit.action)
        if index is not None:
            done.setdefault(index, []).append(credit)
    for index, worked in done.items():
        contact = chronicle.contacts[index]
        if contact.answer is not None:
            yield from _contact(chronicle, contact, worked)


def _contact_of(contacts: list[Contact], action: KpiEvent) -> int | None:
    """The contact that an action belongs to: the latest that had begun, of the action's channel where it has one. A
    call has its own clock."""
    begun = [index for index, contact in enumerate(contacts) if contact.opened_at <= action.occurred_at]
    if is_human_reply(action):
        written = [index for index in begun if not contacts[index].call]
        same = [index for index in written if contacts[index].channel == action.channel]
        begun = same or written
    latest = begun[-1] if begun else None
    return None if latest is None or contacts[latest].call else latest


def _contact(chronicle: Chronicle, contact: Contact, worked: list[Credit]) -> Iterator[Fact]:
    told = [
        (credit.agent, seconds)
        for credit in worked
        if isinstance(seconds := credit.action.details.get("active_s"), int)
    ]
    parts = told or [(credit.agent, credit.seconds) for credit in worked]
    flags = frozenset({REPORTED}) if told else frozenset()
    last, opened = worked[-1].action, contact.opened_at
    whole = sum(seconds for _, seconds in parts)
    channel = contact.channel
    yield stated(chronicle, "handle_time", last, also_at=opened, amount=whole, channel=channel, flags=flags)
    for agent, seconds in _by_agent(parts).items():
        yield stated(chronicle, "handle_time_leg", last, amount=seconds, channel=channel, agent=agent, flags=flags)


def _open_span(chronicle: Chronicle) -> Iterator[Fact]:
    accepted = next((event for event in chronicle.events if event.type == ASSIGNED), None)
    resolved = resolutions(chronicle.stretches)
    if accepted is None or not resolved or not chronicle.is_human:
        return
    last = resolved[-1].began
    seconds = epoch_s(last.occurred_at) - epoch_s(accepted.occurred_at)
    if seconds >= 0:
        yield stated(chronicle, "open_span", last, also_at=accepted.occurred_at, amount=seconds)
