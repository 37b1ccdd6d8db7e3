"""What a receipt says of a send whose outcome the hub never learnt: it carries our own mark.

The receipt settles the send: from then on the provider's id leads to the entry, as if the answer to our request had
come. What the hub itself reports of a send that went wrong names the send by its mark, too.
"""

from __future__ import annotations

from shared.application.record.context import Context
from shared.domain.event import Event
from shared.ports.table import Absent, Equals, Item, Put
from shared.store import items, keys, sends
from shared.store.conditional import took_effect

OURS = "hilo"
"""The provider type of what the hub itself reports."""


def target_by_mark(context: Context, event: Event, found: Item | None) -> Item | None:
    """The place of the entry that an event's mark names, None without one of ours. 1 RCU, and 2 writes where it settles
    the send. `found`: what the index holds at the event's target: nothing, or that something waits for it."""
    receipt = event.receipt
    marks = [*event.references, *([receipt.target] if receipt and receipt.target else [])]
    read = next((mark for mark in map(sends.read_mark, marks) if mark), None)
    if receipt is None or read is None:
        return None
    case_id, sequence, part = read
    send = sends.read(context.table, case_id, sequence)
    if send is None or not _is_by(send, event):
        return None
    place = {"case": case_id, "sequence": sequence}
    if receipt.target and event.provider_type != OURS:
        pk, sk = items.target_key(event, receipt.target)
        when = Equals("waiting", True) if found else Absent()
        index = Put({"pk": pk, "sk": sk, **place} | ({"overtaken": True} if found else {}), when=(when,))
        proof = sends.proof(send, part, receipt.target, context.clock())
        took_effect(context.table, [index, proof] if proof else [index])
    return place


def _is_by(send: sends.Send, event: Event) -> bool:
    """Whether it went out by the account that the event comes from, where a channel's messages are one account's."""
    _, channel, account, _ = send.conversation.split("#", 3)
    return keys.message(channel, account, "") == keys.message(event.channel, event.account, "")
