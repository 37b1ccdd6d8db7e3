"""Who said what an event says beside itself: of a copy, whoever its sender was when it was recorded."""

from __future__ import annotations

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.who import attested, first_lock
from shared.ports import Item
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


def _was_held(lock: Item, entry: Item) -> bool:
    return bool(lock["since"] <= entry["received_at"])
