"""How many contacts and cases there were, and what became of each contact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from shared.domain.figures.aliases import plain
from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.contacts import Contact
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.vocabulary import ASSIGNED, is_human_answer

NO_TRANSFER: Final = frozenset({"handoff", "no_answer", "ring_no_answer", "rna", "reoffer", "re_offer"})
"""Reasons of what looks like a transfer and is none: a bot's handoff, an offer that nobody took."""


def volume_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Contacts, cases, transfers, changes of channel. Of spam only that it was one; of a merged case nothing."""
    if chronicle.state == "spam":
        yield stated(chronicle, "cases_spam", chronicle.stretches[-1].began)
    if chronicle.is_gone:
        return
    for contact in chronicle.contacts:
        yield from _contact(chronicle, contact)
    for call in chronicle.calls:
        if call.is_outbound:
            yield stated(chronicle, "contacts_outbound", call.first)
    if chronicle.began is not None:
        yield from _case(chronicle, chronicle.began)


def is_short(chronicle: Chronicle, contact: Contact) -> bool:
    """Whether a contact is a call that was given up before it counts."""
    return contact.call is not None and contact.call.is_short(chronicle.rules.limits.short_abandon_s)


def transfers_of(chronicle: Chronicle, contact: Contact) -> list[KpiEvent]:
    """The transfers of a contact, from person to person or queue to queue. The way from a bot to people is none, also
    where a tool tells it as one."""
    moved = [
        event
        for event in contact.transfers
        if plain(event.reason or "") not in NO_TRANSFER and event.actor_type != "bot"
    ]
    return [event for event in moved if event is not _taken_from_bot(chronicle, contact, moved)]


def _taken_from_bot(chronicle: Chronicle, contact: Contact, moved: list[KpiEvent]) -> KpiEvent | None:
    """The first transfer after a handoff, where no person had the contact yet."""
    handoff = contact.session.handoff if contact.session else None
    if handoff is None:
        return None
    first = next((event for event in moved if event.occurred_at >= handoff.occurred_at), None)
    if first is None:
        return None
    between = (event for event in chronicle.events if handoff.occurred_at <= event.occurred_at < first.occurred_at)
    had = any(event.type == ASSIGNED or is_human_answer(event) for event in between)
    return None if had else first


def _contact(chronicle: Chronicle, contact: Contact) -> Iterator[Fact]:
    opened, by = contact.opened_at, contact.answer or contact.opened
    channel = contact.channel

    def counted(metric: str, amount: int = 1) -> Fact:
        return stated(chronicle, metric, by, at=opened, amount=amount, channel=channel)

    yield counted("contacts_offered")
    if is_short(chronicle, contact):
        yield counted("contacts_short")
    if contact.is_handled:
        yield counted("contacts_handled")
    if contact.answer:
        yield counted("contacts_handled_human")
        moved = transfers_of(chronicle, contact)
        if moved:
            yield counted("contacts_transferred")
            yield counted("transfers", len(moved))
    if not contact.is_live and not contact.is_bots:
        yield counted("chats_offered")
        yield from _wait_over(chronicle, contact)


def _wait_over(chronicle: Chronicle, contact: Contact) -> Iterator[Fact]:
    """When a written contact was answered, on whatever channel, or left before anybody did. Both are of that moment:
    what was left on Sunday is not to be divided by what came on Sunday."""
    since, channel = contact.opened_at, contact.channel
    answers = (event for event in chronicle.events if is_human_answer(event) and event.occurred_at >= since)
    answer = contact.answer or next(answers, None)
    if answer:
        at = max(answer.occurred_at, since)
        yield stated(chronicle, "chats_ended", answer, at=at, also_at=since, channel=channel)
        return
    waited = contact.asked_at + timedelta(seconds=chronicle.rules.limits.leave_s)
    left = contact.closed.occurred_at if contact.closed else waited
    if left <= chronicle.as_of:
        for metric in ("chats_ended", "chats_left"):
            yield stated(chronicle, metric, contact.opened, at=left, also_at=since, channel=channel)


def _case(chronicle: Chronicle, began: KpiEvent) -> Iterator[Fact]:
    first = chronicle.first_contact
    by, at = first.opened if first else began, began.occurred_at
    channel = first.channel if first else None

    def counted(metric: str, also_at: datetime) -> Fact:
        return stated(chronicle, metric, by, at=at, also_at=also_at, channel=channel)

    if chronicle.is_bot_only:
        yield counted("cases_bot_only", at)
        return
    yield counted("cases_human", at)
    for attempt in _attempts(chronicle):
        yield stated(chronicle, "attempts_before_first_contact", attempt.opened, channel=attempt.channel)
    yield from _switch(chronicle, counted)


def _attempts(chronicle: Chronicle) -> list[Contact]:
    """What was abandoned before the first contact that a person handled; none where nobody handled any."""
    handled = [contact.opened_at for contact in chronicle.contacts if contact.answer]
    return [one for one in chronicle.contacts if one.is_abandoned and handled and one.opened_at < handled[0]]


def _switch(chronicle: Chronicle, counted: Callable[[str, datetime], Fact]) -> Iterator[Fact]:
    """The first contact on another channel than the case began on."""
    whole = [contact for contact in chronicle.contacts if not is_short(chronicle, contact)]
    moved = next((contact for contact in whole if contact.channel != whole[0].channel), None)
    if moved:
        yield counted("cases_switched", moved.opened_at)
        if moved.is_forced:
            yield counted("cases_switched_forced", moved.opened_at)
