"""A case as its events tell it, read once: contacts, turns, calls, states. What facts are stated from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.business_time.calendars import Calendar, is_open, open_seconds
from shared.domain.business_time.zones import epoch_s
from shared.domain.figures.bot_sessions import BotSession, bot_sessions_of
from shared.domain.figures.calls import Call, calls_of
from shared.domain.figures.contacts import Contact, Course, contacts_of
from shared.domain.figures.model import UNKNOWN, CaseHistory, Dimensions, Fact, KpiEvent
from shared.domain.figures.ordering import effective
from shared.domain.figures.rules import CLAMP_S, Rules
from shared.domain.figures.states import Stretch, state_before, stretches_of
from shared.domain.figures.turns import Turns, turns_of
from shared.domain.figures.vocabulary import ASSIGNED, GONE, INGEST_TIME, TRANSFERRED, is_human_reply


@dataclass(frozen=True, slots=True)
class Chronicle:
    """`events`: as they stand, in order. `contacts`: all of the customer's; `replies`: what people wrote; `teams`,
    `owners`: the events that say whose the case is. `calendar`: pinned when the case began;
    `began`: the first contact that was not given up at once, or our own first message or call. None: it is no case."""

    history: CaseHistory
    rules: Rules
    as_of: datetime
    events: list[KpiEvent]
    calls: list[Call]
    stretches: list[Stretch]
    sessions: list[BotSession]
    turns: Turns
    contacts: list[Contact]
    replies: list[KpiEvent]
    teams: list[KpiEvent]
    owners: list[KpiEvent]
    began: KpiEvent | None
    calendar: Calendar

    @property
    def state(self) -> str:
        """Where the case stands."""
        return self.stretches[-1].state if self.stretches else "new"

    @property
    def began_at(self) -> datetime | None:
        """When the case began."""
        return self.began.occurred_at if self.began else None

    @property
    def is_gone(self) -> bool:
        """Whether it is no case of its own any more: spam, or merged into another."""
        return self.state in GONE

    @property
    def is_bot_only(self) -> bool:
        """Whether a bot alone handled it so far, and no person is waited for."""
        people = self.turns.people or self.replies or any(contact.answer for contact in self.contacts)
        return bool(self.sessions) and not people

    @property
    def is_human(self) -> bool:
        """Whether it is a case that people have to answer."""
        return self.began_at is not None and not self.is_gone and not self.is_bot_only

    @property
    def first_contact(self) -> Contact | None:
        """The first contact that was no abandoned attempt; where all were, the first."""
        whole = (contact for contact in self.contacts if not contact.is_abandoned)
        return next(whole, None) or next(iter(self.contacts), None)

    @property
    def topic(self) -> str:
        """What the case is about, as it was said last."""
        return next((event.topic for event in reversed(self.events) if event.topic), UNKNOWN)

    def calendar_at(self, event: KpiEvent) -> Calendar:
        """The calendar that a clock which starts with an event is pinned to."""
        by = self.dimensions(event)
        return self.rules.calendar_for(by.brand, by.team, by.channel, event.occurred_at)

    def dimensions(self, event: KpiEvent, at: datetime | None = None) -> Dimensions:
        """By what a fact that ends with an event can be split. What the event itself does not say is as it was then."""
        first = self.first_contact
        return Dimensions(
            channel=self._channel(event),
            brand=self.history.brand,
            team=self._team(event),
            agent=self._agent(event),
            first_channel=first.channel if first else UNKNOWN,
            in_hours=is_open(self.calendar, at or event.occurred_at),
        )

    def _channel(self, event: KpiEvent) -> str:
        if event.channel != UNKNOWN:
            return event.channel
        begun = [contact for contact in self.contacts if contact.opened_at <= event.occurred_at]
        return (begun or self.contacts)[-1].channel if begun or self.contacts else UNKNOWN

    def _team(self, event: KpiEvent) -> str:
        if event.team:
            return event.team
        known = (one.team for one in reversed(self.teams) if one.occurred_at <= event.occurred_at)
        return next(known, None) or UNKNOWN

    def _agent(self, event: KpiEvent) -> str:
        if event.actor and event.actor_type == "agent":
            return event.actor
        known = (one.actor for one in reversed(self.owners) if one.occurred_at <= event.occurred_at)
        return next(known, None) or UNKNOWN


def chronicle_of(history: CaseHistory, rules: Rules, as_of: datetime) -> Chronicle:
    """Read a case's events, in whatever order they came, as they stood at an instant."""
    limits = rules.limits
    events = effective(history.events, as_of)
    calls = calls_of(events)
    short = frozenset(
        event.id
        for call in calls
        if call.is_short(limits.short_abandon_s)
        for event in (call.first, call.queued)
        if event
    )
    stretches = stretches_of(events, limits, short)
    sessions = bot_sessions_of(events, limits, as_of)
    course = Course(calls, sessions, lambda at: state_before(stretches, at) == "pending_customer")
    contacts = contacts_of(events, course, limits)
    replies = [event for event in events if is_human_reply(event)]
    began = _began(contacts, calls, replies, short) if history.is_case else None
    teams = [event for event in events if event.team]
    team = teams[0].team if teams else None
    channel = began.channel if began else UNKNOWN
    pinned_at = began.occurred_at if began else as_of
    return Chronicle(
        history=history,
        rules=rules,
        as_of=as_of,
        events=events,
        calls=calls,
        stretches=stretches,
        sessions=sessions,
        turns=turns_of(events, limits, short),
        contacts=contacts,
        replies=replies,
        teams=teams,
        owners=[event for event in events if event.type in (ASSIGNED, TRANSFERRED) and event.actor],
        began=began,
        calendar=rules.calendar_for(history.brand, team or UNKNOWN, channel, pinned_at),
    )


def _began(
    contacts: list[Contact], calls: list[Call], replies: list[KpiEvent], short: frozenset[str]
) -> KpiEvent | None:
    begins = [contact.opened for contact in contacts if contact.opened.id not in short]
    begins += [call.first for call in calls if call.is_outbound] + replies[:1]
    return min(begins, key=lambda event: event.occurred_at, default=None)


def stated(
    chronicle: Chronicle,
    metric: str,
    by: KpiEvent,
    *,
    at: datetime | None = None,
    also_at: datetime | None = None,
    amount: int = 1,
    channel: str | None = None,
    agent: str | None = None,
    flags: frozenset[str] = frozenset(),
) -> Fact:
    """One fact. `by`: the event that it ends with. `at`: where it counts, the event's own instant unless told."""
    dimensions = chronicle.dimensions(by, at)
    if channel is not None:
        dimensions = replace(dimensions, channel=channel)
    if agent is not None:
        dimensions = replace(dimensions, agent=agent)
    if by.from_ingest:
        flags |= {INGEST_TIME}
    return Fact(chronicle.history.case, metric, amount, at or by.occurred_at, also_at, dimensions, flags)


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, in whole seconds of calendar time and of open hours."""

    calendar_s: int
    business_s: int


def span(start: datetime, stop: datetime, calendar: Calendar) -> Span | None:
    """The time between. A stop up to 5 s before the start is at once; earlier is None: the clocks contradict."""
    seconds = epoch_s(stop) - epoch_s(start)
    if seconds < -CLAMP_S:
        return None
    return Span(max(0, seconds), open_seconds(calendar, start, stop))


def both_times(
    chronicle: Chronicle,
    metric: str,
    start: datetime,
    stop: KpiEvent,
    calendar: Calendar,
    *,
    at_start: bool,
    flags: frozenset[str] = frozenset(),
) -> Iterator[Fact]:
    """`<metric>_calendar` and `<metric>_business` of a time that ends with an event; `negative_duration` where the
    clocks contradict. `at_start`: whether it belongs to the day of its start; the other is the second cohort's."""
    found = span(start, stop.occurred_at, calendar)
    at, also = (start, stop.occurred_at) if at_start else (stop.occurred_at, start)
    if found is None:
        yield stated(chronicle, "negative_duration", stop, at=at, also_at=also)
        return
    for kind, seconds in (("calendar", found.calendar_s), ("business", found.business_s)):
        yield stated(chronicle, f"{metric}_{kind}", stop, at=at, also_at=also, amount=seconds, flags=flags)
