"""An agent's answer on its way into the log: to whom it goes, fixed when it is recorded, so that no retry and nothing
that comes later sends it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shared.application.record.context import Context
from shared.domain.addressee import Addressee, Said, addressee
from shared.domain.delivery import RANK
from shared.domain.event import HUB, Author, Entry, Event, Receipt, ReceiptError, utc_text
from shared.domain.private_reply import private_way
from shared.domain.tool_events import is_reply
from shared.domain.undelivered import advice, language_of
from shared.ports.table import Item
from shared.store import cursors, items, keys
from shared.store.views import entry_view

SPOKEN: Final = frozenset({"message", "postback", "comment", "call", "unsupported"})
PAGE: Final = 25
PAGES: Final = 8


def addressed(context: Context, event: Event, case: Item) -> dict[str, Any]:
    """What the entry of an answer says of its way: `to`, the conversation, or `nowhere`, why there is none; nothing
    for what is no answer. `comment`: the id of the public words that it answers in private. `about`: by which the relay
    knows whom to show what becomes of it. 1 RCU for how far the tool had been told, and the entries back to what was
    last said."""
    if not is_reply(event):
        return {}
    seen = event.seen
    if seen is None:
        seen = int(case["sequence"])
        if event.channel != HUB:
            seen = cursors.of_case(context.table, case["id"], event.channel).told
    found = addressee(event.in_reply_to, seen, _said(context, case))
    if not found.conversation:
        return nowhere(found.nowhere)
    comment = {"comment": found.comment} if found.comment else {}
    return {"to": found.conversation, "about": {"customer": case["customer"], "brand": case["brand"]}, **comment}


def way_to_customer(context: Context, case: Item) -> Addressee:
    """Where something goes that nobody says in a tool: to where the customer last spoke. The entries back to that."""
    return addressee(None, int(case["sequence"]), _said(context, case))


def nowhere(why: str | None) -> dict[str, Any]:
    """What the entry of an answer says that does not go out."""
    return {"nowhere": why, "delivery": "failed", "delivery_rank": RANK["failed"]}


def undelivered(context: Context, case: Item, sequence: int, cause: Event, why: str, received_at: str) -> Item:
    """The entry that tells the agent that an answer goes nowhere, and what to do."""
    language = language_of(list(context.config.brand(case["brand"]).languages))
    event = Event(
        channel=HUB,
        account=HUB,
        kind="receipt",
        message_id=f"{case['id']}:{sequence}",
        author=Author(type="system"),
        visibility="internal",
        occurred_at=utc_text(cause.occurred_at) if cause.occurred_at else received_at,
        receipt=Receipt(
            state="failed",
            target=cause.message_id,
            error=ReceiptError(code=why, detail=advice(why, language), retryable=False),
        ),
        provider_type="hilo",
    )
    return items.entry_item(case["id"], sequence, event, received_at, {}, target=sequence - 1)


def _said(context: Context, case: Item) -> Iterator[Said]:
    """What customers said in the case, newest first, then in those that it goes on from: whoever writes in it knows
    them. Not what they wrote to a tool: no answer goes out by one, so it goes where they had written before."""
    key, is_before, before = case["pk"], False, None
    for _ in range(PAGES):
        page = context.table.query(key, "ENT#", after=before, limit=PAGE, descending=True)
        for item in page.items:
            if item["direction"] == "inbound" and item["author"] == "customer" and item["kind"] in SPOKEN:
                entry = entry_view(item)
                if context.config.connector(entry.channel) is None:
                    yield _said_in(entry, item, 0 if is_before else entry.sequence)
        before = page.next
        if before is None:
            earlier = case.get("follow_up_of")
            found = context.table.get(keys.case(earlier)).item if earlier else None
            if found is None:
                return
            case, key, is_before = found, found["pk"], True


def _said_in(entry: Entry, item: Item, sequence: int) -> Said:
    return Said(
        sequence=sequence,
        conversation=conversation_of(entry, item),
        message=entry.message_id,
        public=entry.public,
        external="external_participant" in entry.flags,
        has_private_way=private_way(entry) is not None,
    )


def conversation_of(entry: Entry, item: Item) -> str:
    """The key of an entry's conversation: where its item names none, that of its best identity."""
    if "conversation" in item:
        return str(item["conversation"])
    best = next((one for one in entry.identities if one.level != "claimed"), None)
    name = items.identity_name(best) if best else "-"
    return keys.conversation(entry.channel, entry.account, name, entry.thread)[0]
