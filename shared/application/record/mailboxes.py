"""One message that came to several of our accounts: recorded once, with the others noted beside it."""

from __future__ import annotations

from typing import Final

from shared.application.record.context import Context
from shared.domain.event import Event
from shared.ports.table import Absent, Condition, Equals, Item, Update
from shared.store.conditional import took_effect
from shared.store.items import message_key
from shared.store.keys import OF_NO_ACCOUNT

MOST: Final = 20
"""Further mailboxes that are noted of one mail."""


def note_mailbox(context: Context, event: Event, known: Item) -> None:
    """Beside its place in the index, the account to which a copy of it came. 1 WRU for each account that is new.

    `known`: its place. Of two copies to two accounts at the same instant one may be left out: nothing hangs on it.
    """
    if event.channel not in OF_NO_ACCOUNT or known.get("account") in (None, event.account):
        return
    also = list(known.get("also", ()))
    if event.account in also or len(also) >= MOST:
        return
    unchanged: Condition = Equals("also", also) if also else Absent("also")
    took_effect(context.table, [Update(message_key(event), set={"also": [*also, event.account]}, when=(unchanged,))])
