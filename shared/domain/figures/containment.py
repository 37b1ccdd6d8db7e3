"""What bots solved alone: as they end, and whether the customer stayed away afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.figures.bot_sessions import BotSession
from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.model import Fact


def containment_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Of each conversation that a bot held, on the day it began."""
    if chronicle.is_gone:
        return
    for session in chronicle.sessions:
        for metric in _metrics(chronicle, session):
            yield stated(chronicle, metric, session.started, also_at=session.ended_at)


def _metrics(chronicle: Chronicle, session: BotSession) -> Iterator[str]:
    yield "bot_sessions"
    if session.handoff:
        yield "bot_handoffs"
        if _is_lost(chronicle, session, session.handoff.occurred_at):
            yield "bot_handoffs_lost"
    if session.ended_at and session.is_contained:
        yield "bot_contained"
        if not _came_back(chronicle, session, session.ended_at):
            yield "bot_contained_verified"


def _is_lost(chronicle: Chronicle, session: BotSession, asked: datetime) -> bool:
    """Nobody took it before the case ended, or for as long as people wait."""
    if session.accepted or session.person:
        return False
    waited = asked + timedelta(seconds=chronicle.rules.limits.leave_s) <= chronicle.as_of
    return waited or any(stretch.is_settled and stretch.since >= asked for stretch in chronicle.stretches)


def _came_back(chronicle: Chronicle, session: BotSession, ended: datetime) -> bool:
    """Whether the customer came again within the window. Of somebody who said that it is solved only a contact on the
    same topic speaks against it; of somebody who merely fell silent, any contact."""
    end = ended + timedelta(seconds=chronicle.rules.limits.contained_s)
    own = [
        contact.opened_at
        for contact in chronicle.contacts
        if contact.session is not session
        and not contact.is_abandoned
        and contact.opened_at > session.started.occurred_at
    ]
    beside = chronicle.history.beside
    elsewhere = [beside.next_contact_at, None if session.confirmed else beside.next_any_contact_at]
    return any(at < end for at in (*own, *(came for came in elsewhere if came)))
