"""What is typed in a conversation in which a survey is open: an answer, a comment, or a message like any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared.application.record.answering import conversation_of
from shared.application.record.context import Context, Outcome
from shared.application.record.keyword import ERASURE
from shared.application.record.message import Message
from shared.application.record.survey_answer import Found, as_answer, find_survey, record_answer
from shared.application.record.survey_open import open_in
from shared.application.record.who import living_profile
from shared.domain.case import ACTIVE
from shared.domain.event import Event, Survey
from shared.domain.surveys.rules import COMMENT, SURVEY, is_in_time
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.token import Asked
from shared.domain.surveys.words import is_soon_after, meaning_of, typed_answer, worded_answer
from shared.ports.table import Item
from shared.store import items, keys
from shared.store.views import entry_view

SKEW: Final = timedelta(seconds=5)
"""So far a provider's clock may be behind ours. Source: kpis.md §0."""

LOOKED_BACK: Final = 50
"""Entries of a case that are looked through for something else that was asked; with more since, something was."""


def take_words(context: Context, message: Message, conversation: Item, case: Item | None) -> Outcome | Message:
    """Record it where it answers a survey or is the comment on one; else the message, perhaps marked as the comment
    that it may be too, goes its usual way.

    Nothing where the conversation knows of no open survey; else up to 6 RCU, and the newest entries of two cases for a
    number. Raises `Conflict` when somebody else was quicker.
    """
    surveys = open_in(conversation, message.at)
    if not surveys or not _is_words(message.event) or ERASURE in message.event.flags:
        return message
    return _answer(context, message, surveys, conversation) or _comment(context, message, surveys, conversation, case)


def _is_words(event: Event) -> bool:
    """Words alone, said by the customer in private."""
    more = event.attachments or event.location or event.contacts or event.order or event.choice
    is_theirs = event.direction == "inbound" and event.author.type == "customer" and not event.forwarded
    return event.kind == "message" and is_theirs and not event.public and not more and bool(event.text)


def _answer(context: Context, message: Message, surveys: list[dict[str, Any]], conversation: Item) -> Outcome | None:
    """A number by itself, or the words of an answer, answers the one survey that is open here, if nothing else was
    asked since."""
    if len(surveys) != 1:
        return None
    one = surveys[0]
    answer = _given(message.event.text, one)
    first = datetime.fromisoformat(one["first_at"]) if "first_at" in one else None
    if answer is None or not is_in_time(message.at, datetime.fromisoformat(one["until"]), first):
        return None
    found = _theirs(context, one, conversation)
    if found is None or _is_of_before(message, found) or _quotes_something_else(context, message.event):
        return None
    if _was_asked_since(context, found, conversation):
        return None
    return record_answer(
        context,
        message.incoming,
        message.original,
        found,
        answer,
        is_comment=False,
        was_waiting=message.was_waiting,
    )


def _given(text: str | None, one: dict[str, Any]) -> int | None:
    scale = SCALES[one["scale"]]
    answer = typed_answer(text, scale)
    return worded_answer(text, scale) if answer is None and "first_at" not in one else answer


def _theirs(context: Context, one: dict[str, Any], conversation: Item) -> Found | None:
    """The survey, if whoever was asked is who has the conversation now."""
    asked, now = (living_profile(context.table, whose)["id"] for whose in (one["customer"], conversation["customer"]))
    return find_survey(context, Asked(one["case"], int(one["sequence"]))) if asked == now else None


def _is_of_before(message: Message, found: Found) -> bool:
    """Whether it was written before the survey was asked, and came in late: it answers something else."""
    return message.at < datetime.fromisoformat(found.entry["received_at"]) - SKEW


def _quotes_something_else(context: Context, event: Event) -> bool:
    """Whether it goes on from another message of this account than a survey or an answer to one. 2 RCU for a quote."""
    if event.in_reply_to is None:
        return False
    place = context.table.get(items.target_key(event, event.in_reply_to)).item or {}
    if "sequence" not in place:
        return False  # not known, or of no case
    entry = context.table.get(keys.entry(place["case"], int(place["sequence"]))).item
    return entry is None or entry["kind"] != SURVEY


def _was_asked_since(context: Context, found: Found, conversation: Item) -> bool:
    """Whether anybody of ours has said anything else in this conversation after the survey: the number may answer
    that."""
    cases = dict.fromkeys(name for name in (found.case["id"], conversation.get("case")) if name)
    return any(_spoke_since(context, name, found, conversation) for name in cases)


def _spoke_since(context: Context, case_id: str, found: Found, conversation: Item) -> bool:
    page = context.table.query(keys.case(case_id)[0], "ENT#", limit=LOOKED_BACK, descending=True)
    since = str(found.entry["received_at"])
    for item in page.items:
        if item["received_at"] < since:
            return False
        is_itself = (item["pk"], item["sk"]) == (found.entry["pk"], found.entry["sk"])
        if item["direction"] == "outbound" and not is_itself and _is_said_here(item, conversation):
            return True
    return page.next is not None


def _is_said_here(item: Item, conversation: Item) -> bool:
    entry = entry_view(item)
    if entry.visibility != "public":
        return False
    return str(item.get("to") or conversation_of(entry, item)) == str(conversation["pk"])


def _comment(
    context: Context, message: Message, surveys: list[dict[str, Any]], conversation: Item, case: Item | None
) -> Outcome | Message:
    settings = context.config.survey_of(context.config.brand_of(message.event.channel, message.event.account)[0].name)
    one = next((known for known in reversed(surveys) if _is_fresh(known, message.at)), None)
    if one is None or settings is None or not settings.comments:
        return message
    busy = (case is not None and case["state"] in ACTIVE) or _quotes_something_else(context, message.event)
    meaning = meaning_of(message.event.text or "", busy=busy)
    found = _theirs(context, one, conversation) if meaning != "message" else None
    if found is None:
        return message
    if meaning == "both":
        return _marked(message, found.survey)
    return record_answer(
        context, message.incoming, message.original, found, None, is_comment=True, was_waiting=message.was_waiting
    )


def _is_fresh(known: dict[str, Any], at: datetime) -> bool:
    return "answered_at" in known and is_soon_after(datetime.fromisoformat(known["answered_at"]), at)


def _marked(message: Message, survey: Survey) -> Message:
    """The message as it is, which says of itself that it may be the comment, and on what."""
    event = message.event
    marked = event.model_copy(update={"survey": as_answer(survey, None), "flags": [*event.flags, COMMENT]})
    return replace(message, incoming=replace(message.incoming, event=marked))
