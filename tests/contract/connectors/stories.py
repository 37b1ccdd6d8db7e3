"""Invented customers with a case each, and how a connector is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from shared.domain.case import Case, State
from shared.domain.customer import Customer, HeldIdentity
from shared.domain.event import Author, Entry, Kind, Level
from shared.ports.connectors import Connector, Remote

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PERSONAL = ("Ana", "Ejemplo", "+59399000", "ana@example.com", "no enciende")

Told = Literal["contact", "case", "entry"]


@dataclass(frozen=True)
class Story:
    """One customer, Ana, of whom the `number` makes another, and her case. `email` is hers by `email_level`."""

    number: int
    state: State = "open"
    email: str = "ana@example.com"
    email_level: Level = "claimed"

    @property
    def phone(self) -> str:
        return f"+59399000{self.number:04}"

    @property
    def customer(self) -> Customer:
        return Customer(
            id=f"c-{self.number}",
            display_name="Ana Ejemplo",
            language="es",
            identities=[
                HeldIdentity(kind="phone", value=self.phone, level="channel", source="whatsapp", since=AT),
                HeldIdentity(kind="email", value=self.email, level=self.email_level, source="whatsapp", since=AT),
            ],
        )

    @property
    def case(self) -> Case:
        return Case(
            id=f"k-{self.number}",
            reference=f"K7QF-{self.number:04}-R",
            state=self.state,
            brand="acme",
            customer=f"c-{self.number}",
            channels=["whatsapp"],
            opened_at=AT,
            version=3,
        )

    def entry(self, sequence: int, kind: Kind = "message", **fields: Any) -> Entry:
        """An entry of the case that Ana wrote, or what `fields` make of it."""
        said: dict[str, Any] = {
            "channel": "whatsapp",
            "account": "200000000000001",
            "message_id": f"wamid.{self.number}.{sequence}",
            "author": Author(type="customer", name="Ana Ejemplo"),
            "text": f"La lavadora no enciende {sequence}",
            "provider_type": "text",
        }
        return Entry(kind=kind, case_id=self.case.id, sequence=sequence, received_at=AT, **{**said, **fields})

    def named(self, told: Told, sequence: int = 1) -> str:
        """What an `OtherSide` calls it among its effects."""
        names = {"contact": f"contact {self.customer.id}", "case": f"case {self.case.id}"}
        return names.get(told) or f"entry {sequence} of {self.case.reference}"


@dataclass
class Telling:
    """Tells one story. A step that another needs comes before it: no ticket without a contact."""

    connector: Connector
    story: Story
    remotes: dict[str, Remote] = field(default_factory=dict)

    def prepare(self, told: Told) -> None:
        """Tell what comes before, so that this alone is left to be told."""
        if told != "contact" and "contact" not in self.remotes:
            self.remotes["contact"] = self.contact()
        if told == "entry" and "case" not in self.remotes:
            self.remotes["case"] = self.case()

    def tell(self, told: Told, *, retry: bool = False) -> object:
        """Tell the contact, the opening or the first entry."""
        self.prepare(told)
        if told == "contact":
            return self.contact(retry=retry)
        return self.case(retry=retry) if told == "case" else self.entry(1, retry=retry)

    def contact(self, *, retry: bool = False) -> Remote:
        return self.connector.put_contact(self.story.customer, 1, None, retry=retry)

    def case(self, *, retry: bool = False) -> Remote:
        contact = self.remotes["contact"]
        return self.connector.open_case(self.story.case, self.story.customer, contact, retry=retry)

    def entry(self, sequence: int, kind: Kind = "message", *, retry: bool = False, **fields: Any) -> str:
        entry = self.story.entry(sequence, kind, **fields)
        ticket = self.remotes["case"]
        return self.connector.append(self.story.case, ticket, entry, self.story.customer, retry=retry)
