"""A message whose sender says that they are not the customer we take them for: their number has another holder now.

The customer keeps history and cases and loses the number, which is end-dated and `frozen`: nothing is sent there any
more on their behalf. The sender becomes a new customer with a case of their own. It takes away, and gives nothing
but a fresh start, so a word is enough for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.application.record.append import append
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.moved_conversations import Moved, clear
from shared.application.record.who import Sender, attested, find_sender, living_profile
from shared.domain.event import Event, Identity
from shared.domain.resolution import Spoken
from shared.domain.wrong_number import is_wrong_number, may_be_wrong
from shared.ports.table import Delete, Equals, Item
from shared.store import items, keys

HELD_FOR = timedelta(days=1)
"""A number held for less was not given to somebody else: who says "wrong number" then dialled one."""


def may_disown(event: Event) -> bool:
    """Whether the event may say so: in private, and by a number, for no other id is given to somebody else. Pure."""
    own = event.kind == "message" and event.direction == "inbound" and event.author.type == "customer"
    by_number = any(one.kind == "phone" for one in attested(event.identities))
    return own and by_number and not (event.forwarded or event.public) and may_be_wrong(event.text)


def record_disowned(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Let go of the number, where somebody holds it for long enough, then record the message as anybody's.

    `find_sender`, and 3 writes or more and those of `clear` where it is let go. Cut short in between, it goes on with
    the next delivery. Raises `Conflict` when somebody else was quicker.
    """
    event, people = incoming.event, attested(incoming.event.identities)
    sender = find_sender(context.table, people, event.channel, event.account, Spoken(at=incoming.at))
    loser: str | None = None
    if sender.profile is None:
        loser = _left_in_conversation(context, event, people)
    elif is_wrong_number(event.text, sender.profile.get("display_name")) and _held_long(sender, incoming):
        loser = sender.profile["id"]
        _let_go(context, incoming, sender, sender.profile)
    if loser:
        clear(context, event, loser, Moved(event.channel, people, ()))
    return append(context, incoming, original, was_waiting=was_waiting)


def _held_long(sender: Sender, incoming: Incoming) -> bool:
    since = [str(lock.get("occurred_at") or lock["since"]) for lock in sender.locks.values()]
    return all(incoming.at - datetime.fromisoformat(one) > HELD_FOR for one in since)


def _let_go(context: Context, incoming: Incoming, sender: Sender, profile: Item) -> None:
    source, locks = incoming.source, {lock["pk"]: lock for lock in sender.locks.values()}
    theirs = [lock for lock in locks.values() if living_profile(context.table, lock["customer"])["id"] == profile["id"]]
    gone = {tuple(lock["pk"].split("#", 3)[1::2]) for lock in theirs}
    ended = {"until": source.at, "ended_by": source.message, "frozen": True}
    listed = [
        one | ended if (one["kind"], one["value"]) in gone and not one.get("until") else one
        for one in profile["identities"]
    ]
    frees = [Delete((lock["pk"], lock["sk"]), (Equals("customer", lock["customer"]),)) for lock in theirs]
    context.table.transact([*frees, items.profile_step(profile, {"identities": listed}, tells=True)])
    context.metrics.count("number_disowned", channel=incoming.event.channel)


def _left_in_conversation(context: Context, event: Event, people: tuple[Identity, ...]) -> str | None:
    """Whose conversation this still is, though nobody holds its identities: we died before it was cleared."""
    for one in people:
        key = keys.conversation(event.channel, event.account, items.identity_name(one), event.thread)
        found = context.table.get(key).item
        if found and "customer" in found:
            return str(living_profile(context.table, found["customer"])["id"])
    return None
