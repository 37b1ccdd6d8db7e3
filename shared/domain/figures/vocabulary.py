"""The words in which events speak, and what each event is to the figures.

Types are those of the KPI sheet and a few beside. `details` by type, where they are known; seconds and cents are int:

- calls (`call.*`, `acw.ended`): `call` (which call of the case), `queue_s`, `talk_s`, `hold_s`, `acw_s`; flag
  `outbound`; `reason` `callback` of a call given up for a callback
- `survey.sent`, `survey.answered`: `survey` (`csat`, `nps`, `ces`, `ces_old`, `thumbs`, `faces`, `fcr`), `instance`
  (which survey was sent), `value`
- `sale.recorded`: `cents`; flag `refund`
- `case.assigned`, `case.transferred`: the event's actor is who has the case from then on; a transfer to a queue has
  none, but a team
- `case.merged`: state `merged` of the case that goes on in another, `into`
- `case.created`, `case.priority_changed`: `priority`
- any action of an agent: `active_s`, focus time that the desk itself reports
"""

from __future__ import annotations

from typing import Final

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.rules import LIVE

CONTACT_STARTED: Final = "contact.started"
MESSAGE_IN: Final = "message.in"
MESSAGE_OUT: Final = "message.out"
DELIVERY_FAILED: Final = "message.failed"
CALL_STARTED: Final = "call.started"
CALL_QUEUED: Final = "call.queued"
CALL_ANSWERED: Final = "call.answered"
CALL_ABANDONED: Final = "call.abandoned"
CALL_HELD: Final = "call.held"
CALL_RESUMED: Final = "call.resumed"
CALL_ENDED: Final = "call.ended"
ACW_ENDED: Final = "acw.ended"
CHECKED_IN: Final = "visit.checked_in"
ATTENDED: Final = "visit.attended"
CREATED: Final = "case.created"
ASSIGNED: Final = "case.assigned"
QUEUED: Final = "case.queued"
TRANSFERRED: Final = "case.transferred"
STATE_CHANGED: Final = "case.state_changed"
PRIORITY_CHANGED: Final = "case.priority_changed"
MERGED: Final = "case.merged"
SPLIT: Final = "case.split"
BOT_STARTED: Final = "bot.started"
BOT_ENDED: Final = "bot.ended"
HANDOFF: Final = "bot.handoff_requested"
SURVEY_SENT: Final = "survey.sent"
SURVEY_ANSWERED: Final = "survey.answered"
SALE: Final = "sale.recorded"
STAGE_ENTERED: Final = "journey.stage_entered"
STAGE_LEFT: Final = "journey.stage_left"
CHAT_ENDED: Final = "contact.ended"
TYPING: Final = "agent.typing"
CORRECTED: Final = "fact.corrected"

TYPES: Final = frozenset({
    CONTACT_STARTED, CHAT_ENDED, MESSAGE_IN, MESSAGE_OUT, DELIVERY_FAILED, CALL_STARTED, CALL_QUEUED, CALL_ANSWERED,
    CALL_ABANDONED, CALL_HELD, CALL_RESUMED, CALL_ENDED, ACW_ENDED, CHECKED_IN, ATTENDED, CREATED, ASSIGNED, QUEUED,
    TRANSFERRED, STATE_CHANGED, PRIORITY_CHANGED, MERGED, SPLIT, BOT_STARTED, BOT_ENDED, HANDOFF, SURVEY_SENT,
    SURVEY_ANSWERED, SALE, STAGE_ENTERED, STAGE_LEFT, CORRECTED, TYPING,
})  # fmt: skip
"""Every type of event that the figures know."""

CALLS: Final = frozenset({
    CALL_STARTED, CALL_QUEUED, CALL_ANSWERED, CALL_ABANDONED, CALL_HELD, CALL_RESUMED, CALL_ENDED, ACW_ENDED,
})  # fmt: skip
"""What happens in a call."""

FAILED: Final = "failed"
UNDELIVERED: Final = "undelivered"
"""Of what is not known to have arrived, where that can be known."""
AUTOMATED: Final = "automated"
NO_CONTACT: Final = "no_contact"
COURTESY: Final = "courtesy"
OPT_OUT: Final = "opt_out"
OUTBOUND: Final = "outbound"
FORCED: Final = "forced"
CONFIRMED: Final = "confirmed"
AUTO_RESOLVED: Final = "auto_resolved"
INGEST_TIME: Final = "ingest_time"

NOT_SAID: Final = frozenset({
    NO_CONTACT, AUTOMATED, "auto_reply", "bounce", "delivery_report", "receipt", "reaction", "typing", OPT_OUT,
    "survey", "spam",
})  # fmt: skip
"""Flags of what came in and is no contact: nobody is waiting for an answer to it."""

NOT_HUMAN: Final = frozenset(
    {AUTOMATED, "auto_ack", "auto_reply", "out_of_office", "campaign", "survey", "notification"}
)
"""Flags of what went out and no person wrote."""

SETTLED: Final = frozenset({"resolved", "closed"})
"""States in which a case waits for nobody."""

GONE: Final = frozenset({"merged", "spam"})
"""States of what is no case of its own."""


def is_written_contact(event: KpiEvent) -> bool:
    """Whether a customer said something in writing that asks for an answer: any content, a sticker too."""
    if event.type == CONTACT_STARTED:
        return event.channel not in LIVE and OUTBOUND not in event.flags and event.actor_type != "agent"
    return event.type == MESSAGE_IN and event.actor_type == "customer" and not event.flags & NOT_SAID


def is_human_reply(event: KpiEvent) -> bool:
    """Whether a person wrote to the customer, and it was not later told that it failed."""
    if event.type != MESSAGE_OUT or event.actor_type != "agent" or not event.public:
        return False
    return FAILED not in event.flags and not event.flags & NOT_HUMAN


def is_human_answer(event: KpiEvent) -> bool:
    """Whether a person answered: in writing, on the telephone (also by calling back), at the counter."""
    if event.type == CALL_ANSWERED:
        return event.actor_type != "bot"
    return event.type == ATTENDED or is_human_reply(event)


def is_human_action(event: KpiEvent) -> bool:
    """Whether a person did something on a case: a reply, a note, a change of state, a typing signal."""
    if event.actor_type != "agent" or event.flags & NOT_HUMAN:
        return False
    return event.type in (MESSAGE_OUT, STATE_CHANGED, PRIORITY_CHANGED, TYPING)
