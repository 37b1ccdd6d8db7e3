"""An answer to what somebody said in public: it goes to them in private, and each such thing is answered so once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from shared.domain.answer import Address, Refused
from shared.domain.private_reply import private_way
from shared.ports.table import Item, Table
from shared.store import keys, sends
from shared.store.sends import Send
from shared.store.views import entry_view

MAY_HAVE_GONE = frozenset({"claimed", "sent", "unknown"})
"""States of a send whose answer the author may have."""


@dataclass(frozen=True, slots=True)
class Commented:
    """`to`: by which the channel finds the author. `said_at`: when they said it."""

    to: Address
    said_at: datetime


def commented(table: Table, send: Send, answer: Item) -> Commented | Refused | None:
    """What a send's entry answers in public; `Refused` where it was answered so before; None for any other answer.

    2 RCU, and the sends of the case, for an answer to a comment; else nothing.
    """
    comment = answer.get("comment")
    if comment is None:
        return None
    _, channel, account, _ = send.conversation.split("#", 3)
    place = table.get(keys.message(channel, account, comment)).item
    item = table.get(keys.entry(place["case"], place["sequence"])).item if place and "case" in place else None
    said = entry_view(item) if item else None
    way = private_way(said) if said else None
    if said is None or way is None:
        return Refused("public_thread")
    if _was_answered(table, send, comment, {send.case, said.case_id}):
        return Refused("private_reply_used")
    return Commented(Address(way, comment), said.occurred_at or said.received_at)


def _was_answered(table: Table, send: Send, comment: str, cases: set[str]) -> bool:
    listed = (table.query(keys.case(case)[0], keys.SENDS, descending=True, limit=sends.NEWEST).items for case in cases)
    others = [one for one in map(sends.send_of, chain.from_iterable(listed)) if one.key != send.key]
    gone = (one for one in others if one.conversation == send.conversation and one.state in MAY_HAVE_GONE)
    answers = (table.get(keys.entry(one.case, one.sequence)).item for one in gone)
    return any(answer and answer.get("comment") == comment for answer in answers)
