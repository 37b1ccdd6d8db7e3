"""The contacts of a case: each time that the customer came, and whether somebody handled it.

A call and a visit are a contact each. A chat is one until 30 minutes of silence, other messaging until 24 hours without
a message of the customer or until the case is resolved. A further e-mail belongs to the same contact while it waits for
an answer, and where the agent had asked something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.figures.bot_sessions import BotSession
from shared.domain.figures.calls import Call
from shared.domain.figures.model import KpiEvent
from shared.domain.figures.rules import CHAT, LIVE, Limits
from shared.domain.figures.vocabulary import (
    ATTENDED,
    BOT_STARTED,
    CHAT_ENDED,
    CHECKED_IN,
    COURTESY,
    FORCED,
    OUTBOUND,
    SETTLED,
    STATE_CHANGED,
    TRANSFERRED,
    is_human_reply,
    is_written_contact,
)


@dataclass(slots=True)
class Contact:
    """`asked_at`: the customer's latest word in it; `last_at`: anybody's. `answer`: the first by a person. `closed`:
    what ended it from the customer's side (a chat that was left)."""

    channel: str
    opened: KpiEvent
    asked_at: datetime
    last_at: datetime
    call: Call | None = None
    answer: KpiEvent | None = None
    closed: KpiEvent | None = None
    session: BotSession | None = None
    settled: bool = False
    waits: bool = True
    is_forced: bool = False
    transfers: list[KpiEvent] = field(default_factory=list)

    @property
    def opened_at(self) -> datetime:
        """When it began."""
        return self.call.offered_at if self.call else self.opened.occurred_at

    @property
    def is_live(self) -> bool:
        """Whether it is a call or a visit, not something written."""
        return self.call is not None or self.opened.type in (CHECKED_IN, ATTENDED)

    @property
    def is_abandoned(self) -> bool:
        """An attempt that the customer gave up in the queue."""
        return self.call is not None and self.call.is_abandoned

    @property
    def is_by_bot(self) -> bool:
        """Whether a bot handled it alone."""
        return self.answer is None and self.session is not None and self.session.is_contained

    @property
    def is_bots(self) -> bool:
        """Whether a bot alone has or had it so far."""
        return self.answer is None and self.session is not None and not self.session.handoff

    @property
    def is_handled(self) -> bool:
        """Whether a person or a bot handled it."""
        return self.answer is not None or self.is_by_bot


@dataclass(frozen=True, slots=True)
class Course:
    """What contacts are made of beside the events themselves."""

    calls: list[Call]
    sessions: list[BotSession]
    is_pending: Callable[[datetime], bool]


def contacts_of(events: Iterable[KpiEvent], course: Course, limits: Limits) -> list[Contact]:
    """The customer's contacts, in order. Calls that we made, and those that ended in the menu, are none.

    `course.is_pending`: whether the case waited for the customer just before an instant."""
    offered = {call.first.id: call for call in course.calls if call.is_offered}
    maker = _Maker(limits, course.is_pending)
    for event in events:
        call = offered.get(event.id)
        if call:
            maker.call(call)
        else:
            maker.take(event)
    found = sorted(maker.found, key=lambda contact: (contact.opened_at, contact.opened.id))
    _give_sessions(found, course.sessions)
    return found


class _Maker:
    """Goes through the events once."""

    def __init__(self, limits: Limits, is_pending: Callable[[datetime], bool]) -> None:
        self.limits = limits
        self.is_pending = is_pending
        self.found: list[Contact] = []
        self.current: dict[str, Contact] = {}
        self.forced = False

    def call(self, call: Call) -> None:
        last = max(
            event.occurred_at
            for event in (call.first, call.answered, call.given_up, *call.ended, *call.wrapped)
            if event
        )
        self._add(Contact(call.channel, call.first, call.offered_at, last, call=call, answer=call.answered))

    def take(self, event: KpiEvent) -> None:
        if is_written_contact(event) or _is_at_bot(event):
            self._asked(event)
        elif event.type == CHECKED_IN:
            self.current[event.channel] = self._add(_begun(event))
        else:
            self._more(event)

    def _more(self, event: KpiEvent) -> None:
        if event.type == ATTENDED:
            self._attended(event)
        elif is_human_reply(event):
            self._answered(event)
        elif event.type == STATE_CHANGED and event.state in SETTLED:
            for contact in self.current.values():
                contact.settled = True
        elif event.type == TRANSFERRED and self.found:
            latest = self.found[-1]
            latest.transfers.append(event)
        elif event.type == CHAT_ENDED and event.channel in self.current:
            contact = self.current[event.channel]
            contact.closed = contact.closed or event
        self.forced = self.forced or FORCED in event.flags

    def _add(self, contact: Contact) -> Contact:
        contact.is_forced = contact.is_forced or (self.forced and bool(self.found))
        self.forced = False
        self.found.append(contact)
        return contact

    def _asked(self, event: KpiEvent) -> None:
        contact = self.current.get(event.channel)
        if contact and self._is_same(contact, event):
            contact.asked_at = contact.last_at = event.occurred_at
            contact.waits = True
        elif not (self.found and self.limits.courtesy and COURTESY in event.flags):
            self.current[event.channel] = self._add(_begun(event))

    def _is_same(self, contact: Contact, event: KpiEvent) -> bool:
        at = event.occurred_at
        gap = timedelta(seconds=self.limits.gap_s(event.channel))
        if event.channel in CHAT:
            return not contact.closed and at - contact.last_at < gap
        if event.channel == "email":
            return self.is_pending(at) or (contact.waits and not contact.settled)
        return at - contact.asked_at < gap and not contact.settled

    def _answered(self, event: KpiEvent) -> None:
        written = self.current.get(event.channel) or self._latest_written()
        if written is None:
            return
        written.answer = written.answer or event
        written.last_at = max(written.last_at, event.occurred_at)
        written.waits = False

    def _latest_written(self) -> Contact | None:
        """An answer on another channel than the question's answers the latest question."""
        return max(self.current.values(), key=lambda contact: contact.opened_at, default=None)

    def _attended(self, event: KpiEvent) -> None:
        visit = self.current.get(event.channel)
        if visit is None or visit.answer:
            visit = self.current[event.channel] = self._add(_begun(event))
        visit.answer = event
        visit.last_at = event.occurred_at


def _is_at_bot(event: KpiEvent) -> bool:
    """Whether a customer came to a bot: some tools tell of no message of theirs."""
    return event.type == BOT_STARTED and OUTBOUND not in event.flags and event.channel not in LIVE


def _begun(event: KpiEvent) -> Contact:
    forced = FORCED in event.flags
    return Contact(event.channel, event, event.occurred_at, event.occurred_at, is_forced=forced)


def _give_sessions(contacts: list[Contact], sessions: list[BotSession]) -> None:
    """A bot's session is of the contact in which it began; of several in one contact, the last says how it ended."""
    for session in sessions:
        began = session.started.occurred_at
        before = [contact for contact in contacts if contact.opened_at <= began and not contact.call]
        if before:
            before[-1].session = session
