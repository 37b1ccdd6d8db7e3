"""Bringing in the open tickets of contacts that the hub knows, where the configuration says so."""

from __future__ import annotations

from collections import Counter
from typing import Final

from shared.application.bring_in import BringIn, Page
from shared.application.record.adopted_ticket import adopt_ticket
from shared.domain.errors import Conflict
from shared.domain.held import HeldTicket
from shared.store import imports, keys
from shared.store.imports import Progress

PAGE: Final = 1
"""Tickets read at a time: each is read with its history."""
MOST_MESSAGES: Final = 10
"""Of a ticket's history, each of which costs a tool requests that one call of the API must have time for. What is older
stays in the tool alone."""


def tickets(import_: BringIn, cursor: str | None) -> Page:
    """One page of open tickets, each adopted as a case where a contact is known and it is not the hub's.

    2 RCU for each, and what `adopt_ticket` costs. Raises as a `Connector` does.
    """
    context, stock = import_.context, import_.stock
    kept = imports.read(context.table, stock.name, "tickets")
    begun = kept if not import_.dry and kept.ended_at is None else Progress()
    found = stock.open_tickets(cursor if cursor is not None else begun.cursor, PAGE)
    page = Page(next=found.next, left=found.left, before=begun.counts if cursor is None else {})
    for ticket in found.things:
        page.counts["tickets_read"] += 1
        page.counts[_taken(import_, ticket)] += 1
    if not import_.dry:
        counts = dict(Counter(begun.counts) + page.counts)
        ended_at = context.now() if page.next is None else None
        imports.save(context.table, stock.name, "tickets", Progress(page.next, counts, ended_at))
    return page


def _taken(import_: BringIn, ticket: HeldTicket) -> str:
    context, stock = import_.context, import_.stock
    if ticket.ours or context.table.get(keys.remote(stock.name, "case", ticket.id)).item is not None:
        return "ticket_known"
    contact = keys.remote(stock.name, "contact", ticket.contact) if ticket.contact else None
    whose = context.table.get(contact).item if contact else None
    if not (whose and whose.get("customer")):
        return "ticket_of_nobody_known"
    if import_.dry:
        return "adopted"
    history = stock.history(ticket.id, MOST_MESSAGES)
    try:
        outcome = adopt_ticket(context, stock.name, import_.brand, ticket, whose["customer"], history)
    except Conflict:  # somebody else is at this customer: once more, from what is there by now
        outcome = adopt_ticket(context, stock.name, import_.brand, ticket, whose["customer"], history)
    return "adopted" if outcome == "adopted" else "ticket_known"
