"""A tool that writes down what it is told, and finds again what it was told before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.event import Entry, utc_text
from shared.ports.connectors import Remote
from shared.ports.surroundings import Clock


@dataclass
class RecordingConnector:
    """Keeps the promises of `Connector`. `told`: everything, in order; ids count up from 1 in each kind."""

    name: str
    clock: Clock
    told: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[str, Remote] = field(default_factory=dict)
    tickets: dict[str, Remote] = field(default_factory=dict)
    """By the id of our case."""
    entries: dict[tuple[str, int], str] = field(default_factory=dict)

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        found = known or (self.contacts.get(customer.id) if retry else None)
        contact = found or Remote(f"{self.name}-contact-{len(self.contacts) + 1}")
        self.contacts[customer.id] = contact
        self._note(
            "contact.updated" if found else "contact.created",
            remote=contact.id,
            version=version,
            customer=customer.dump(),
        )
        return contact

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        if retry and case.id in self.tickets:
            return self.tickets[case.id]
        ticket = Remote(f"{self.name}-{len(self.tickets) + 1}")
        self.tickets[case.id] = ticket
        self._note("case.opened", remote=ticket.id, contact=contact.id, case=case.dump(), customer=customer.id)
        return ticket

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:
        key = case.id, entry.sequence
        if retry and key in self.entries:
            return self.entries[key]
        self.entries[key] = f"{self.name}-entry-{len(self.entries) + 1}"
        self._note("entry", remote=ticket.id, case=case.dump(), customer=customer.id, entry=entry.dump())
        return self.entries[key]

    def _note(self, told: str, **about: Any) -> None:
        self.told.append({"told": told, "at": utc_text(datetime.fromtimestamp(self.clock(), UTC)), **about})
