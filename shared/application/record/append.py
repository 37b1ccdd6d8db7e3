"""A message becomes an entry of a case: two reads and one transaction of three writes on the usual way."""

from __future__ import annotations

from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.evidence import Evidence, names_a_case
from shared.application.record.joined import AUTOMATIC, join_as_external, note_automatic
from shared.application.record.message import Message
from shared.application.record.plan import Plan
from shared.application.record.sender import sender_of
from shared.application.record.survey_open import OPEN
from shared.application.record.survey_words import take_words
from shared.application.record.who import attested, living_profile
from shared.domain.attachment import BY_NAME, Decision
from shared.domain.errors import Conflict, Malformed
from shared.ports.table import Item
from shared.store import items, keys
from shared.store.items import live_identities


def append(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Try once. Raises `Conflict` when somebody else was quicker, `Malformed` without an attested sender.

    Usual way: 2 reads (conversation, case) and 3 writes (index, entry, case). A pointer, a quote or a
    reference adds a read each; a first contact writes 7 to 10 items. For words where a survey is open see `take_words`.
    """
    event = incoming.event
    if event.kind in AUTOMATIC:
        return note_automatic(context, incoming, original, was_waiting=was_waiting)
    people = attested(event.identities)
    if not people:
        raise Malformed("nobody is named as its sender")
    message = Message(incoming, people, original, was_waiting)
    home = context.table.get((message.home, "CNV")).item
    conversation = behind(context, home)
    case = _case(context, conversation.get("case")) if conversation else None
    if conversation and OPEN in conversation:
        taken = take_words(context, message, conversation, case)
        if isinstance(taken, Outcome):
            return taken
        message = taken
    if conversation and case and _is_usual(context, message, conversation, case):
        decision = Decision(case["id"], case["state"], "conversation")
        return Plan(context, message, home, conversation, case, decision).carry_out()
    return _append_unusual(context, message, home, conversation)


def behind(context: Context, home: Item | None) -> Item | None:
    """The conversation itself, behind a pointer where there is one. A pointer never leads to a pointer."""
    if home is None or "customer" in home:
        return home
    target = context.table.get((home["points_to"], "CNV")).item
    return target if target and "customer" in target else None


def _case(context: Context, case_id: str | None) -> Item | None:
    return context.table.get(keys.case(case_id)).item if case_id else None


def _is_usual(context: Context, message: Message, conversation: Item, case: Item) -> bool:
    event = message.event
    quiet = ("open",) if event.direction == "outbound" else ("new", "open")
    if not set(conversation["known"]).issuperset(message.names) or case["state"] not in quiet:
        return False
    if event.display_name and event.display_name != conversation.get("display_name"):
        return False
    if event.channel in BY_NAME or names_a_case(event):
        return False
    if event.in_reply_to is None:
        return True
    quoted = context.table.get(items.target_key(event, event.in_reply_to)).item
    return quoted is None or quoted.get("case", case["id"]) == case["id"]


def _append_unusual(context: Context, message: Message, home: Item | None, conversation: Item | None) -> Outcome:
    event = message.event
    sender = sender_of(context, message, conversation)
    profile = sender.profile
    if profile is None:
        conversation = None
    elif conversation is None or living_profile(context.table, conversation["customer"])["id"] != profile["id"]:
        conversation = other_conversation(context, message, profile, sender.origin)
    brand, _ = context.config.brand_of(event.channel, event.account)
    evidence = Evidence(context, profile, brand.name, sender.origin)
    decision = evidence.decide(message, conversation)
    case = evidence.read[decision.case] if decision.case else None
    if case and decision.external:
        _refuse_outdated(context, profile)
        return join_as_external(
            context, message.incoming, message.original, message.people, case, decision, was_waiting=message.was_waiting
        )
    over = frozenset(evidence.over)
    return Plan(context, message, home, conversation, case, decision, sender, brand.name, over).carry_out()


def _refuse_outdated(context: Context, profile: Item | None) -> None:
    """Whose the case is was read after the profile: had the two become one in between, it would look like a
    stranger's. Raises `Conflict`. 1 RCU."""
    if profile is None:
        return
    now = context.table.get((profile["pk"], profile["sk"])).item or {}
    if now.get("version") != profile["version"]:
        raise Conflict("the sender changed while it was found out whose the case is")


def other_conversation(context: Context, message: Message, profile: Item, origin: str | None) -> Item | None:
    """The customer's conversation on this account under another of their identities. One by an identity that came
    by a merge stays a conversation of its own: undoing the merge then leaves nobody in another's."""
    theirs = {message.conversation_key(identity) for identity in live_identities(profile)}
    for key in profile.get("conversations", []):
        found = context.table.get((key, "CNV")).item if key in theirs else None
        # A conversation may have passed to a phone's new holder since the profile listed it.
        if found and found.get("customer") == origin:
            return found
    return None
