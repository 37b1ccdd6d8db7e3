"""The conversations that bots held: how each ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.rules import Limits
from shared.domain.figures.vocabulary import (
    ASSIGNED,
    BOT_ENDED,
    BOT_STARTED,
    CONFIRMED,
    HANDOFF,
    MESSAGE_OUT,
    SETTLED,
    STATE_CHANGED,
    is_human_answer,
    is_written_contact,
)


@dataclass(slots=True)
class BotSession:
    """`ended_at`: None while it goes on. `person`: a person's answer during it, or after it in the same conversation,
    before the bot held it again. `accepted`: somebody took the handoff. `confirmed`: the customer said that it is
    solved."""

    started: KpiEvent
    last_at: datetime
    ended_at: datetime | None = None
    handoff: KpiEvent | None = None
    person: KpiEvent | None = None
    accepted: bool = False
    confirmed: bool = False

    @property
    def is_contained(self) -> bool:
        """Whether it ended with no person involved; people who gave up are among them."""
        return self.ended_at is not None and not self.handoff and not self.person


def bot_sessions_of(events: Iterable[KpiEvent], limits: Limits, as_of: datetime) -> list[BotSession]:
    """The sessions, in order. One in which nothing more is said for as long as a contact lasts has ended."""
    sessions: list[BotSession] = []
    for event in events:
        if event.type == BOT_STARTED:
            _end(sessions, event.occurred_at)
            sessions.append(BotSession(event, event.occurred_at))
        elif event.type == HANDOFF:
            _hand_off(sessions, event)
        elif sessions:
            _take(sessions[-1], event, limits)
    for session in sessions:
        silent = session.last_at + timedelta(seconds=limits.gap_s(session.started.channel))
        if session.ended_at is None and silent <= as_of:
            session.ended_at = session.last_at
    return sessions


def _end(sessions: list[BotSession], at: datetime) -> None:
    if sessions and sessions[-1].ended_at is None:
        sessions[-1].ended_at = at


def _hand_off(sessions: list[BotSession], event: KpiEvent) -> None:
    if not sessions or sessions[-1].ended_at is not None:
        sessions.append(BotSession(event, event.occurred_at))
    session = sessions[-1]
    session.handoff = session.handoff or event
    session.ended_at = event.occurred_at


def _take(session: BotSession, event: KpiEvent, limits: Limits) -> None:
    if event.type == ASSIGNED and session.handoff:
        session.accepted = True
    elif is_human_answer(event):
        _answered(session, event, limits)
    elif event.type == BOT_ENDED:
        session.ended_at = session.ended_at or event.occurred_at
        session.confirmed = session.confirmed or CONFIRMED in event.flags
    elif event.type == STATE_CHANGED and event.state in SETTLED:
        session.ended_at = session.ended_at or event.occurred_at
    elif event.type == MESSAGE_OUT or is_written_contact(event):
        session.last_at = event.occurred_at if session.ended_at is None else session.last_at
        session.confirmed = session.confirmed or CONFIRMED in event.flags


def _answered(session: BotSession, event: KpiEvent, limits: Limits) -> None:
    """A person's answer is the session's while that goes on, and while its conversation lasts."""
    silence = event.occurred_at - (session.ended_at or session.last_at)
    lasts = silence < timedelta(seconds=limits.gap_s(session.started.channel))
    same = session.ended_at is None or event.channel == session.started.channel
    if session.handoff or (lasts and same):
        session.person = session.person or event
        session.accepted = session.accepted or session.handoff is not None
    session.ended_at = session.ended_at or event.occurred_at
