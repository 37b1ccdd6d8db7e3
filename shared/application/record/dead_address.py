"""An address to which nothing is delivered any more: that is kept on the conversation, so that no answer goes there
until the customer writes from it once more."""

from __future__ import annotations

from shared.application.record.context import Context, Incoming
from shared.domain.event import Event, utc_text
from shared.domain.undelivered import DEAD_ADDRESS, advice, language_of
from shared.ports import Item, Present, Update
from shared.store.conditional import took_effect
from shared.store.items import UNDELIVERABLE_SINCE


def note_dead_address(context: Context, incoming: Incoming, answer: Item) -> Event:
    """The event as its agent reads it, with what to do where the address is dead. 1 WRU then, before it is recorded:
    the same failure told again writes the same. `answer`: the entry that it speaks of."""
    event, to = incoming.event, answer.get("to")
    receipt = event.receipt
    if DEAD_ADDRESS not in event.flags or not to or receipt is None or receipt.error is None:
        return event
    since = {UNDELIVERABLE_SINCE: utc_text(incoming.at)}
    took_effect(context.table, [Update((to, "CNV"), set=since, when=(Present("customer"),))])
    context.metrics.count("address_undeliverable", channel=event.channel)
    _, channel, account, _ = to.split("#", 3)
    brand, _known = context.config.brand_of(channel, account)
    told = advice(DEAD_ADDRESS, language_of(brand.languages))
    detail = f"{told} ({receipt.error.detail})" if receipt.error.detail else told
    error = receipt.error.model_copy(update={"detail": detail})
    return event.model_copy(update={"receipt": receipt.model_copy(update={"error": error})})
