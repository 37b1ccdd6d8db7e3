"""A receipt that speaks of everything up to a moment: of what we said in one conversation, and had sent by then."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.revise import progress
from shared.application.record.who import attested
from shared.domain.event import Event, utc_text
from shared.ports.table import Item
from shared.store import items, keys, sends
from shared.store.views import entry_view

AND_EARLIER: Final = "and_earlier"
"""Flag of a receipt whose target, and all that went out before it, it speaks of."""

NEWEST: Final = 25
"""Entries of the case that are looked at: what lies further back was told of before."""


def is_watermark(event: Event) -> bool:
    """Whether a receipt speaks of more than one message. Pure."""
    return bool(event.receipt and (event.receipt.up_to or AND_EARLIER in event.flags))


def receive_up_to(context: Context, incoming: Incoming) -> Outcome:
    """Mark what went out in the sender's conversation up to the receipt's moment, or up to its target. 1 RCU for the
    conversation, 1 per 4 KB of entries, 1 for each answer whose echo has not come; 1 write for each mark that is new.
    Raises `Conflict` when somebody marked one at the same moment."""
    event, receipt = incoming.event, incoming.event.receipt
    people = attested(event.identities)
    if receipt is None or not people:
        return Outcome("ignored", detail="a receipt that names no conversation")
    key = keys.conversation(event.channel, event.account, items.identity_name(people[0]), event.thread)
    home = context.table.get(key).item or {}
    here = context.table.get((home["points_to"], "CNV")).item or {} if "points_to" in home else home
    case = here.get("case")
    if case is None:
        return Outcome("ignored", detail="a receipt of a conversation that the hub does not know")
    page = context.table.query(keys.case(case)[0], "ENT#", descending=True, limit=NEWEST)
    said = [one for one in page.items if one["direction"] == "outbound" and _is_here(one, key[0], here, event)]
    up_to = receipt.up_to or _moment_of_target(context, event)
    for entry in said if up_to else ():
        went = _went_out(context, case, entry)
        mark = progress(entry, receipt.state, utc_text(incoming.at)) if went and up_to and went <= up_to else None
        if mark:
            context.table.transact([mark])
    return Outcome("receipt", case)


def _is_here(item: Item, key: str, conversation: Item, event: Event) -> bool:
    """Whether it was said in this conversation: an answer that goes there, also one to public words of theirs, or what
    staff wrote there elsewhere."""
    if "to" in item:
        return item["to"] in (key, conversation.get("pk")) or "comment" in item
    if item["kind"] not in ("message", "unsupported") or "nowhere" in item:
        return False
    entry = entry_view(item)
    place = (entry.channel, entry.account, entry.thread) == (event.channel, event.account, event.thread)
    return place and entry.visibility == "public"


def _went_out(context: Context, case: str, item: Item) -> datetime | None:
    """When it did, by the channel's clock where its echo told; None for an answer that has not gone out."""
    if "sent_at" in item:
        return datetime.fromisoformat(item["sent_at"])
    if "to" in item:
        send = sends.read(context.table, case, item["sequence"])
        if send is None or send.state != "sent":
            return None
    return datetime.fromisoformat(item.get("occurred_at") or item["received_at"])


def _moment_of_target(context: Context, event: Event) -> datetime | None:
    target = event.receipt.target if event.receipt else None
    place = context.table.get(items.target_key(event, target)).item if target else None
    if not place or "case" not in place:
        return None
    entry = context.table.get(keys.entry(place["case"], place["sequence"])).item
    return _went_out(context, place["case"], entry) if entry else None
