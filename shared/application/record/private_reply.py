"""Whom a private answer to public words reached: the channel's answer says it, and its echo.

The author of a comment and whoever has the private conversation are one person then: the conversation becomes theirs
and leads to the comment's case, so that what they write back goes on there. One customer, one case, two threads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.application.record.append import behind, other_conversation
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.message import Message
from shared.application.record.person import attested_people
from shared.application.record.plan import Plan
from shared.application.record.sender import sender_of
from shared.application.record.tool_case import surviving
from shared.application.record.who import living_profile
from shared.domain.attachment import Decision
from shared.domain.case import ACTIVE
from shared.domain.event import Author, Event, Identity
from shared.domain.sending import COMMENT_WINDOW
from shared.domain.undelivered import PRIVATE_REPLY, language_of
from shared.ports.table import Item
from shared.store import keys
from shared.store.views import entry_view

TAKES: Final = ACTIVE | {"resolved"}
"""States of a case in which what the author writes back may go on in it."""


def may_be_private_reply(event: Event) -> bool:
    """Whether it is an echo that names somebody in private, on a channel where public words are answered so. Pure."""
    is_echo = event.direction == "outbound" and event.kind in ("message", "unsupported")
    return is_echo and not event.public and event.channel in COMMENT_WINDOW and bool(event.identities)


def note_reached(context: Context, incoming: Incoming, outcome: Outcome) -> None:
    """Of an echo of our own. 1 read for any; for a private answer some 8 more, and once 5 to 10 writes: the identity,
    the conversation, and a note in the case. Raises `Conflict` when somebody else was quicker."""
    answer = context.table.get(keys.entry(str(outcome.case), outcome.sequence or 0)).item
    comment = answer.get("comment") if answer else None
    author = _author(context, incoming.event, comment) if comment else []
    case = context.table.get(keys.case(str(outcome.case))).item if author else None
    if case is None:
        return
    case = surviving(context, case)
    note = _note(context, incoming.event, case, outcome, author)
    people = attested_people(context, note, note.identities)
    message = Message(replace(incoming, event=note), people, {}, was_waiting=False)
    _link(context, message, case)


def _link(context: Context, message: Message, case: Item) -> None:
    home = context.table.get((message.home, "CNV")).item
    conversation = behind(context, home)
    if conversation and _is_level(context, conversation, case):
        return
    sender = sender_of(context, message, conversation)
    profile = sender.profile
    if profile is None or living_profile(context.table, case["customer"])["id"] != profile["id"]:
        return  # something forbids that they are one: what they write in private is a case of its own
    if conversation is None or living_profile(context.table, conversation["customer"])["id"] != profile["id"]:
        conversation = other_conversation(context, message, profile, sender.origin)
    if case["state"] not in TAKES:
        return
    decision = Decision(case["id"], case["state"], "quote", turn=False)
    Plan(context, message, home, conversation, case, decision, sender, case["brand"]).carry_out()


def _is_level(context: Context, conversation: Item, case: Item) -> bool:
    """The conversation is theirs already, and leads to this case or to another that goes on."""
    theirs, ours = (living_profile(context.table, one["customer"])["id"] for one in (conversation, case))
    if theirs != ours:
        return False
    current = conversation.get("case")
    if current == case["id"]:
        return True
    other = context.table.get(keys.case(current)).item if current else None
    return other is not None and other["state"] in ACTIVE


def _author(context: Context, event: Event, comment: str) -> list[Identity]:
    """Whose the public words are. 2 reads."""
    place = context.table.get(keys.message(event.channel, event.account, comment)).item
    found = context.table.get(keys.entry(place["case"], place["sequence"])).item if place and "case" in place else None
    return entry_view(found).identities if found else []


def _note(context: Context, event: Event, case: Item, outcome: Outcome, author: list[Identity]) -> Event:
    """As an entry of the case: the private id first, since the conversation is by that."""
    language = language_of(list(context.config.brand(case["brand"]).languages))
    names = {(one.kind, one.namespace, one.value) for one in event.identities}
    others = [one for one in author if (one.kind, one.namespace, one.value) not in names]
    return Event(
        channel=event.channel,
        account=event.account,
        kind="message",
        message_id=f"hilo:{outcome.case}:{outcome.sequence}:reached",
        direction="outbound",
        visibility="internal",
        author=Author(type="system"),
        occurred_at=event.occurred_at,
        identities=[*event.identities, *others],
        text=PRIVATE_REPLY[language],
        provider_type="hilo",
    )
