"""Somebody reports a mail of ours as unwanted: their consent to marketing by that channel ends. Answers to what they
write are no marketing, and still go out. email.md §6."""

from __future__ import annotations

from typing import Any

from shared.application.record.consent import consent_of
from shared.application.record.context import Context, Incoming
from shared.domain.consent import MARKETING
from shared.domain.undelivered import COMPLAINT
from shared.ports.table import Item
from shared.store.conditional import took_effect
from shared.store.consents import consent_put

SOURCE = "complaint"


def withdraw_for_complaint(context: Context, incoming: Incoming, answer: Item, original: dict[str, Any]) -> None:
    """Record that consent is withdrawn, for the customer to whom the answer went; nothing where it is no complaint.
    1 RCU and 1 WRU then. The same complaint told again adds nothing. `answer`: the entry that it speaks of."""
    to = answer.get("to")
    if COMPLAINT not in incoming.event.flags or not to:
        return
    conversation = context.table.get((to, "CNV")).item or {}
    if "customer" not in conversation:
        return
    consent = consent_of(incoming, tuple(incoming.event.identities), MARKETING, "withdraw", SOURCE)
    if took_effect(context.table, [consent_put(conversation["customer"], consent, original)]):
        context.metrics.count("consent_recorded", channel=incoming.event.channel, action="withdraw")
