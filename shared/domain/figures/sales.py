"""Sales that followed a contact. One sale counts for one contact, the last one before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.contacts import Contact
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.vocabulary import SALE

REFUND = "refund"


def is_refund(event: KpiEvent) -> bool:
    """Whether money was paid back: said so, or told as an amount below nothing."""
    cents = event.details.get("cents")
    return REFUND in event.flags or (isinstance(cents, int) and cents < 0)


def sales_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Contacts that a sale may follow, those that one did, and its money; what is paid back is apart."""
    if chronicle.is_gone:
        return
    handled = [contact for contact in chronicle.contacts if contact.answer]
    for contact in handled:
        yield stated(chronicle, "conversion_eligible", contact.opened, at=contact.opened_at, channel=contact.channel)
    converted: set[str] = set()
    for event in chronicle.events:
        if event.type != SALE:
            continue
        before = _last_before(chronicle, handled, event)
        if before:
            yield from _money(chronicle, event, before)
        if before and not is_refund(event) and before.opened.id not in converted:
            converted.add(before.opened.id)
            yield stated(
                chronicle, "conversion_yes", before.opened, at=before.opened_at, also_at=event.occurred_at,
                channel=before.channel,
            )  # fmt: skip


def _money(chronicle: Chronicle, sale: KpiEvent, before: Contact) -> Iterator[Fact]:
    cents = sale.details.get("cents")
    if isinstance(cents, int) and cents:
        metric = "refund_cents" if is_refund(sale) else "revenue_cents"
        yield stated(chronicle, metric, sale, amount=abs(cents), channel=before.channel)


def _last_before(chronicle: Chronicle, handled: list[Contact], sale: KpiEvent) -> Contact | None:
    """The last contact before a sale, if that lies within the window. What is paid back may come later."""
    before = [contact for contact in handled if contact.opened_at <= sale.occurred_at]
    if not before:
        return None
    until = before[-1].last_at + timedelta(seconds=chronicle.rules.limits.conversion_s)
    return before[-1] if sale.occurred_at < until or is_refund(sale) else None
