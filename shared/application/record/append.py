"""A message becomes an entry of a case: two reads and one transaction of three writes on the usual way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.message import Message
from shared.application.record.plan import Plan
from shared.application.record.who import attested, find_sender, living_profile
from shared.domain.attachment import Decision, Found, KnownCase, attach, attach_outbound
from shared.domain.case import ACTIVE
from shared.domain.errors import Malformed
from shared.domain.event import Event
from shared.domain.reference import references_in
from shared.ports import Item
from shared.store import items, keys
from shared.store.items import listed_identities, live_identities


def append(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Try once. Raises `Conflict` when somebody else was quicker, `Malformed` without an attested sender.

    Usual way: 2 reads (conversation, case) and 3 writes (index, entry, case). A pointer, a quote or a
    reference adds a read each; a first contact writes 7 to 10 items.
    """
    event = incoming.event
    people = attested(event.identities)
    if not people:
        raise Malformed("nobody is named as its sender")
    message = Message(incoming, people, original, was_waiting)
    home = context.table.get((message.home, "CNV")).item
    conversation = _behind(context, home)
    case = _case(context, conversation.get("case")) if conversation else None
    if conversation and case and _is_usual(context, message, conversation, case):
        decision = Decision(case["id"], case["state"], "conversation")
        return Plan(context, message, home, conversation, case, decision).carry_out()
    return _append_unusual(context, message, home, conversation)


def _behind(context: Context, home: Item | None) -> Item | None:
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
    if event.text and references_in(event.text):
        return False
    if event.in_reply_to is None:
        return True
    quoted = context.table.get(items.target_key(event, event.in_reply_to)).item
    return quoted is None or quoted.get("case", case["id"]) == case["id"]


def _append_unusual(context: Context, message: Message, home: Item | None, conversation: Item | None) -> Outcome:
    event = message.event
    sender = find_sender(context.table, message.people, event.channel, event.account, message.at)
    profile = sender.profile
    if profile is None:
        conversation = None
    elif conversation is None or living_profile(context.table, conversation["customer"])["id"] != profile["id"]:
        conversation = _other_conversation(context, message, profile, sender.origin)
    brand, _ = context.config.brand_of(event.channel, event.account)
    decision, read = _decide(context, message, profile, conversation, brand.name)
    case = read[decision.case] if decision.case else None
    over = frozenset(one["id"] for one in read.values() if one["state"] in ("closed", "merged"))
    return Plan(context, message, home, conversation, case, decision, sender, brand.name, over).carry_out()


def _other_conversation(context: Context, message: Message, profile: Item, origin: str | None) -> Item | None:
    """The customer's conversation on this account under another of their identities. One by an identity that came
    by a merge stays a conversation of its own: undoing the merge then leaves nobody in another's."""
    theirs = {message.conversation_key(identity) for identity in live_identities(profile)}
    for key in profile.get("conversations", []):
        found = context.table.get((key, "CNV")).item if key in theirs else None
        # A conversation may have passed to a phone's new holder since the profile listed it.
        if found and found.get("customer") == origin:
            return found
    return None


def _decide(
    context: Context, message: Message, profile: Item | None, conversation: Item | None, brand: str
) -> tuple[Decision, dict[str, Item]]:
    """The decision, and the cases that were read for it, by id."""
    read: dict[str, Item] = {}

    def known(case_id: str | None) -> KnownCase | None:
        case = _case(context, case_id)
        if case is None or case["brand"] != brand:
            return None
        read[case["id"]] = case
        ours = profile is not None and living_profile(context.table, case["customer"])["id"] == profile["id"]
        return _known(case, ours=ours)

    own = conversation.get("case") if conversation else None
    quoted = known(_quoted_case(context, message.event))
    referenced = next((case for case in (known(one) for one in _referenced(context, message.event)) if case), None)
    current = known(own)
    active = profile["cases"] if profile else {}
    elsewhere = [
        case
        for case_id, place in sorted(active.items())
        if case_id != own and place["brand"] == brand and (case := known(case_id))
    ]
    current = current if current and current.ours else None
    if profile and not (current and current.state in ACTIVE):
        current = _left_here(message, profile, elsewhere) or current
    elsewhere = [case for case in elsewhere if case is not current]
    return _rule(context, message, Found(quoted, referenced, current, elsewhere)), read


def _left_here(message: Message, profile: Item, cases: list[KnownCase]) -> KnownCase | None:
    """The newest active case that was opened in this very conversation, though the conversation leads there no
    longer: it quoted another case since, or went to a phone's new holder."""
    here = {message.conversation_key(identity) for identity in listed_identities(profile)}
    places = profile["cases"]
    left = [case for case in cases if case.state in ACTIVE and places[case.id]["conversation"] in here]
    return left[-1] if left else None


def _rule(context: Context, message: Message, found: Found) -> Decision:
    if message.event.direction == "outbound":
        return attach_outbound(found)
    return attach(message.event.channel, message.at, found, context.config.windows)


def _known(case: Item, *, ours: bool) -> KnownCase:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(case[name]) if name in case else None

    return KnownCase(
        id=case["id"],
        state=case["state"],
        brand=case["brand"],
        channel=case["channels"][0],
        last_customer_at=datetime.fromisoformat(case["last_customer_at"]),
        resolved_at=moment("resolved_at"),
        closed_at=moment("closed_at"),
        ours=ours,
    )


def _quoted_case(context: Context, event: Event) -> str | None:
    if event.in_reply_to is None:
        return None
    found = context.table.get(items.target_key(event, event.in_reply_to)).item
    return found.get("case") if found else None


def _referenced(context: Context, event: Event) -> list[str]:
    """The cases behind the first references that a text names. 1 RCU each, three at most."""
    named = references_in(event.text)[:3] if event.text else []
    found = (context.table.get(keys.reference(reference)).item for reference in named)
    return [item["case"] for item in found if item]
