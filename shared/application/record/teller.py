"""Who said what an event says beside itself: of a copy, whoever its sender was when it was recorded."""

from __future__ import annotations

from datetime import datetime

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.who import attested, first_lock
from shared.domain.errors import Conflict
from shared.ports.table import Item
from shared.store import items, keys


def teller_of(context: Context, incoming: Incoming, outcome: Outcome) -> str | None:
    """Under whose id it is noted, perhaps of one who was merged since. None where the identity has another holder by
    now: a copy of what somebody said says nothing of who has their number today.

    1 RCU for each identity until one is held; of a copy 1 more for its entry, or for its place in the message index.
    """
    event = incoming.event
    lock = first_lock(context.table, attested(event.identities), event.channel, event.account)
    if lock is None or outcome.result != "copy":
        return str(lock["customer"]) if lock else None
    if outcome.case is None:
        place = context.table.get(items.message_key(event)).item or {}
        return place.get("customer")
    entry = context.table.get(keys.entry(outcome.case, int(outcome.sequence or 0))).item
    return str(lock["customer"]) if entry and _was_held(lock, entry) else None


BEFORE = "an agreement of before this identity had its holder of today"


def is_of_before(context: Context, incoming: Incoming) -> bool:
    """Whether it was said before its sender's identity came to its holder of today, as far as their message that
    brought it shows: such an agreement is perhaps another person's. 1 RCU for each identity until one is held; where it
    is so, 1 more, for a copy is none the less a copy. Raises `Conflict` for that."""
    event = incoming.event
    lock = first_lock(context.table, attested(event.identities), event.channel, event.account)
    if lock is None or datetime.fromisoformat(str(lock.get("occurred_at") or lock["since"])) <= incoming.at:
        return False
    known = context.table.get(items.message_key(event)).item
    if known and not known.get("waiting"):
        raise Conflict("it is recorded already")
    return True


def _was_held(lock: Item, entry: Item) -> bool:
    return bool(lock["since"] <= entry["received_at"])
