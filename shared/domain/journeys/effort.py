"""What a journey took: contacts, switches of channel, waiting, questions asked again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from shared.domain.figures.model import UNKNOWN
from shared.domain.figures.vocabulary import MESSAGE_IN, MESSAGE_OUT
from shared.domain.journeys.model import FORCED, Effort, JourneyEvent
from shared.domain.journeys.rules import JourneyRules


@dataclass(frozen=True, slots=True)
class Contact:
    """A session, call, visit or mail. `forced`: on a channel to which the company led the customer."""

    channel: str
    began_at: datetime
    forced: bool = False


def contacts_of(events: Sequence[JourneyEvent], rules: JourneyRules) -> list[Contact]:
    """The contacts of a journey's steps, which are in order."""
    contacts: list[Contact] = []
    last: JourneyEvent | None = None
    spoke: str | None = None  # the channel on which the company spoke last
    is_answered = False
    states: dict[str | None, str] = {}
    for event in events:
        if event.state and event.source == "case.state_changed":
            states[event.case] = event.state
        if not event.is_facing or event.channel == UNKNOWN:
            continue
        if not event.is_contact:
            spoke, is_answered = event.channel, True
            continue
        is_open = not is_answered or states.get(event.case) == "pending_customer"
        if last is None or _is_another(last, event, rules, is_open=is_open):
            is_led = FORCED in event.flags or (last is not None and spoke == event.channel != last.channel)
            contacts.append(Contact(event.channel, event.occurred_at, is_led))
        last, is_answered = event, False
    return contacts


def _is_another(last: JourneyEvent, event: JourneyEvent, rules: JourneyRules, *, is_open: bool) -> bool:
    """Whether a customer's next word is another contact. `is_open`: the one before waits for an answer, or was asked
    for more; that is what makes two e-mails one contact."""
    if event.channel != last.channel:
        return True
    if event.contact or last.contact:
        return event.contact != last.contact
    if event.channel == "email":
        return not is_open
    return _is_over(last.occurred_at, event.occurred_at, rules.session_s(event.channel))


def _is_over(last: datetime, now: datetime, session_s: int) -> bool:
    return session_s > 0 and (now - last).total_seconds() >= session_s


def is_in_first_contact(
    events: Sequence[JourneyEvent], contacts: Sequence[Contact], resolved_at: datetime | None, rules: JourneyRules
) -> bool:
    """Whether the resolution came within the only contact: before its session had ended by silence."""
    if resolved_at is None or len(contacts) != 1:
        return False
    said = [event.occurred_at for event in events if event.is_facing and event.occurred_at <= resolved_at]
    session_s = rules.session_s(contacts[0].channel)
    return not any(_is_over(one, next_, session_s) for one, next_ in zip(said, [*said[1:], resolved_at], strict=True))


def effort_of(events: Sequence[JourneyEvent], contacts: Sequence[Contact], resolved_at: datetime | None) -> Effort:
    """What it took, from its steps in order."""
    switched = [new for old, new in pairwise(contacts) if old.channel != new.channel]
    return Effort(
        contacts=len(contacts),
        switches=len(switched),
        forced=sum(one.forced for one in switched),
        transfers=sum(event.source == "case.transferred" for event in events),
        messages=sum(_is_message(event) for event in events),
        waiting_s=_waiting_s(events, resolved_at),
        repeats=_repeats(events),
    )


def _is_message(event: JourneyEvent) -> bool:
    """What the customer wrote, thanks too, and what they got to read: no note among agents, no answer that failed."""
    return event.source == MESSAGE_IN or (event.source == MESSAGE_OUT and event.is_facing)


def _waiting_s(events: Iterable[JourneyEvent], resolved_at: datetime | None) -> int:
    """The customer waits from the first thing said until a person answers or the matter is resolved."""
    since: datetime | None = None
    waited = 0.0
    for event in events:
        is_end = event.kind == "agent" or event.occurred_at == resolved_at
        if since is not None and is_end:
            waited += (event.occurred_at - since).total_seconds()
            since = None
        elif since is None and event.is_contact and not is_end:
            since = event.occurred_at
    return int(waited)


def _repeats(events: Iterable[JourneyEvent]) -> int:
    """How often something validated before a switch of channel was asked again after it."""
    validated: set[str] = set()
    before_the_switch: frozenset[str] = frozenset()
    channel: str | None = None
    repeats = 0
    for event in events:
        if event.is_contact and event.channel != UNKNOWN:
            if channel not in (None, event.channel):
                before_the_switch = frozenset(validated)
            channel = event.channel
        repeats += event.attributes.get("asked") in before_the_switch
        known = event.attributes.get("validated")
        if isinstance(known, str):
            validated.add(known)
    return repeats
