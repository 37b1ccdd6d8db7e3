"""What somebody does on a survey's page: answers it, or wants no more. The token in its address is the proof."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.recorder import Recorder
from shared.application.record.survey_answer import Found
from shared.domain.consent import Consent
from shared.domain.element import digest
from shared.domain.event import HUB, Author, Choice, Event
from shared.domain.surveys.rules import SURVEY, stopped_surveys
from shared.domain.surveys.token import payload
from shared.store.conditional import took_effect
from shared.store.consents import consent_put, consents_of

PAGE = "page"
"""The provider type of what was said there; the source of such a consent."""


def answer_by_page(context: Context, token: str, answer: int, comment: str, once: str) -> Outcome:
    """Record an answer, and the comment that came with it. `once`: what the page said; the same sent again is one
    answer, another choice on the same page (browsers go back to it) is another. Cost of a tap. Raises as
    `Recorder.record`."""
    now = datetime.fromtimestamp(int(context.clock()), UTC)
    event = Event(
        channel=HUB,
        account=HUB,
        kind="survey",
        message_id=digest("survey", PAGE, token, once, str(answer), comment),
        author=Author(type="customer"),
        occurred_at=now,
        text=comment or None,
        choice=Choice(id=payload(token, answer)),
        provider_type=PAGE,
    )
    # The original is as private as the log: who had the token could answer in the customer's place.
    raw = event.model_copy(update={"choice": Choice(id=f"{SURVEY}:{answer}")}).dump()
    return Recorder(context).record(Incoming(event, context.now(), json.dumps(raw), event.message_id, 0, raw=raw))


def stop_surveys(context: Context, found: Found, token: str) -> None:
    """Whoever was asked wants no more surveys on that channel. 1 RCU per 4 KB of their consents, and 1 write the first
    time."""
    customer, channel = found.whose, found.survey.channel
    if stopped_surveys(consents_of(context.table, customer), channel):
        return
    said = {"purpose": SURVEY, "channel": channel, "action": "withdraw", "source": PAGE}
    moments = {"occurred_at": context.now(), "recorded_at": context.now()}
    consent = Consent.model_validate({**said, **moments, "evidence": digest("survey", "stop", token)})
    took_effect(context.table, [consent_put(customer, consent, {})])
    context.metrics.count("consent_recorded", channel=channel, action="withdraw")
