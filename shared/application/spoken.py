"""What was said in a conversation before an answer goes out, by the case's log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.application.record.answering import conversation_of
from shared.domain.attachment import EXTERNAL
from shared.domain.event import Entry
from shared.domain.loops import BURST_S, MOST, Turn
from shared.domain.sending import OPENS_WINDOW
from shared.domain.surveys.rules import SURVEY
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.sends import Send
from shared.store.views import entry_view

PAGES: Final = 8
PAGE: Final = 25
"""Entries that are gone back through for what the customer said last; beyond them it was long ago."""


@dataclass(slots=True)
class Spoken:
    """`last_said`: when the customer last wrote on the conversation's account, as far as the case tells (provider's
    clock). `last_here`: what they last said in this very conversation before the answer. `turns`: before the answer,
    newest first, some ten minutes of them."""

    last_said: datetime | None = None
    last_here: Entry | None = None
    turns: list[Turn] = field(default_factory=list)


def spoken_before(table: Table, send: Send, said_at: float) -> Spoken:
    """Of one send's conversation. `said_at`: when its agent wrote. 1 RCU per 4 KB gone back: to the customer's last
    words, and to ten minutes before the answer."""
    _, channel, account, _ = send.conversation.split("#", 3)
    spoken = Spoken()
    for item in _newest_first(table, send.case):
        if _time(item) <= said_at - BURST_S and spoken.last_said is not None:
            break
        if _is_answer(item, send):
            spoken.turns.append(Turn(_time(item), ours=True))
        elif _is_of_customer(item):
            said = entry_view(item)
            if (said.channel, said.account) == (channel, account):
                spoken.last_said = spoken.last_said or said.occurred_at or said.received_at
                if item["sequence"] < send.sequence:
                    spoken.last_here = spoken.last_here or (said if _is_here(said, item, send) else None)
                    spoken.turns.append(Turn(_time(item), ours=False))
        if len(spoken.turns) > 2 * MOST:
            break
    return spoken


def last_said_in(table: Table, case_id: str, send: Send) -> datetime | None:
    """When the customer last wrote on a send's account, as far as another case of theirs tells. 1 RCU per 4 KB."""
    _, channel, account, _ = send.conversation.split("#", 3)
    theirs = (entry_view(item) for item in _newest_first(table, case_id) if _is_of_customer(item))
    return next(
        (one.occurred_at or one.received_at for one in theirs if (one.channel, one.account) == (channel, account)), None
    )


def last_entry_in(table: Table, case_id: str, send: Send) -> Entry | None:
    """What the customer last said in a send's conversation before it, as far as one case tells. 1 RCU per 4 KB."""
    before = (one for one in _newest_first(table, case_id) if case_id != send.case or one["sequence"] < send.sequence)
    theirs = ((entry_view(item), item) for item in before if _is_of_customer(item))
    return next((said for said, item in theirs if _is_here(said, item, send)), None)


def _is_here(said: Entry, item: Item, send: Send) -> bool:
    """Not what another wrote who joined the case: an answer repeats nobody's words to somebody else. Nor what somebody
    ticked in a survey: that is nothing to go on from."""
    is_theirs = said.kind != SURVEY and EXTERNAL not in said.flags
    return is_theirs and conversation_of(said, item) == send.conversation


def _newest_first(table: Table, case_id: str) -> Iterator[Item]:
    pk, before = keys.case(case_id)[0], None
    for _ in range(PAGES):
        page = table.query(pk, "ENT#", after=before, limit=PAGE, descending=True)
        yield from page.items
        if page.next is None:
            return
        before = page.next


def _is_answer(item: Item, send: Send) -> bool:
    return bool(item.get("to") == send.conversation and item["sequence"] < send.sequence)


def _is_of_customer(item: Item) -> bool:
    return bool(item["direction"] == "inbound" and item["kind"] in OPENS_WINDOW and item["author"] == "customer")


def _time(item: Item) -> float:
    return datetime.fromisoformat(item.get("occurred_at") or item["received_at"]).timestamp()
