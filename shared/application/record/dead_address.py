"""An address to which nothing is delivered any more: that is kept on the conversation, so that no answer goes there
until the customer writes from it once more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from shared.application.record.context import Context, Incoming
from shared.domain.event import Event, utc_text
from shared.domain.undelivered import DEAD_ADDRESS, UNDETERMINED, advice, language_of, undetermined_until
from shared.ports.table import Condition, Item, Present, Update
from shared.store.conditional import took_effect
from shared.store.items import UNDELIVERABLE_SINCE

FAILURES: Final = "undetermined"
"""On a conversation: when nobody could say why nothing was delivered there, the last three times of a week."""


def note_dead_address(context: Context, incoming: Incoming, answer: Item) -> Event:
    """The event as its agent reads it, with what to do where the address is dead. `answer`: the entry it speaks of.

    Where it says so of the address 1 WRU, where nobody knows 1 RCU and 1 WRU, else nothing; before it is recorded: the
    same failure told again writes the same.
    """
    event, to = incoming.event, answer.get("to")
    receipt = event.receipt
    if not to or receipt is None or receipt.error is None or not _is_dead(context, incoming, to):
        return event
    context.metrics.count("address_undeliverable", channel=event.channel)
    _, channel, account, _ = to.split("#", 3)
    brand, _known = context.config.brand_of(channel, account)
    told = advice(DEAD_ADDRESS, language_of(brand.languages))
    detail = f"{told} ({receipt.error.detail})" if receipt.error.detail else told
    error = receipt.error.model_copy(update={"detail": detail})
    return event.model_copy(update={"receipt": receipt.model_copy(update={"error": error})})


def _is_dead(context: Context, incoming: Incoming, conversation: str) -> bool:
    """Whether nothing more is to go there, which is then kept."""
    if DEAD_ADDRESS in incoming.event.flags:
        _keep(context, conversation, {UNDELIVERABLE_SINCE: utc_text(incoming.at)}, Present("customer"))
        return True
    if UNDETERMINED not in incoming.event.flags:
        return False
    held = context.table.get((conversation, "CNV")).item or {}
    before = held.get(FAILURES)
    recent, dead = undetermined_until(map(datetime.fromisoformat, before or ()), incoming.at)
    changes: dict[str, Any] = {FAILURES: [utc_text(one) for one in recent]}
    if dead:
        changes[UNDELIVERABLE_SINCE] = utc_text(incoming.at)
    _keep(context, conversation, changes, Present("customer"))
    return dead


def _keep(context: Context, conversation: str, changes: dict[str, Any], when: Condition) -> None:
    took_effect(context.table, [Update((conversation, "CNV"), set=changes, when=(when,))])
