"""Bringing in what a tool held before the hub, one page at a time: its contacts.

Nothing is guessed and nobody merged: see `domain.bring_in`. Each contact is brought in by its id, so that a page that
is done again changes nothing; the place to go on from is kept after each page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.application.record.context import Context
from shared.application.record.imported_contact import Contact, import_contact, link_contact
from shared.application.record.who import living_profile
from shared.application.sync_contact import read_contact
from shared.configuration.models import ConnectorSettings
from shared.domain.blocking import SHARED
from shared.domain.bring_in import Decision, Evidence, Holder, Sorted, decide, sort_out
from shared.domain.held import HeldContact
from shared.domain.identity import Canonical, phone_aliases
from shared.ports.connectors import Remote, Stock
from shared.store import cursors, imports, keys
from shared.store.claims import claimants_of
from shared.store.imports import Progress

PAGE: Final = 20
"""Contacts read at a time: a tool may take a request for each."""


@dataclass(slots=True)
class Page:
    """What became of some contacts or tickets. `counts`: by outcome. `notes`: those that a person should look at.

    `before`: the counts of an earlier run that this one goes on from. `left`: how many there were from this page on.
    """

    counts: Counter[str] = field(default_factory=Counter)
    notes: list[dict[str, Any]] = field(default_factory=list)
    next: str | None = None
    left: int | None = None
    before: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BringIn:
    """The import of one connector. `dry`: say what would become of them, and write nothing."""

    context: Context
    stock: Stock
    settings: ConnectorSettings
    dry: bool = False

    @property
    def brand(self) -> str:
        """The brand that the tool serves: its first, or the first of all."""
        return (self.settings.brands or [self.context.config.brands[0].name])[0]

    def contacts(self, cursor: str | None) -> Page:
        """One page. `cursor` None: from where the last import stopped, or the beginning; of a dry run, the beginning.

        For each contact 1 or 2 RCU, 1 to 3 for each value, and what `import_contact` or `link_contact` cost. Raises as
        a `Connector` does.
        """
        kept = imports.read(self.context.table, self.stock.name, "contacts")
        begun = kept if not self.dry and kept.ended_at is None else Progress()
        found = self.stock.contacts(cursor if cursor is not None else begun.cursor, PAGE)
        page = Page(next=found.next, left=found.left, before=begun.counts if cursor is None else {})
        for contact in found.things:
            self._take(contact, page)
        if not self.dry:
            _keep(self.context, self.stock.name, "contacts", begun, page)
        return page

    def _take(self, contact: HeldContact, page: Page) -> None:
        sorted_out = sort_out(contact, self.context.config.brand(self.brand).default_country)
        decision = self._decided(contact, sorted_out)
        if not self.dry:
            decision = self._carried_out(contact, decision)
        page.counts["read"] += 1
        page.counts[decision.outcome] += 1
        values = [{"kind": one.kind, "value": one.masked, "reason": one.reason} for one in sorted_out.unusable]
        worth_a_look = decision.outcome in ("candidate", "conflict", "unusable")
        if worth_a_look or (values and decision.outcome not in ("colleague", "ours", "known")):
            page.notes.append(_note(contact, decision, values))
        page.counts["unusable_values"] += len(values) if decision.outcome != "colleague" else 0

    def _decided(self, contact: HeldContact, sorted_out: Sorted) -> Decision:
        place = self.context.table.get(keys.remote(self.stock.name, "contact", contact.id)).item
        if place and place.get("customer"):
            known = cursors.of_contact(self.context.table, place["customer"], self.stock.name)
            is_adopted = known.remote is not None and known.remote.adopted
            return Decision("known" if is_adopted else "ours")  # what the hub itself told a tool is no claim of it
        if contact.ours or contact.is_colleague:
            return decide(contact, sorted_out, Evidence())
        return decide(contact, sorted_out, self._evidence(sorted_out))

    def _evidence(self, sorted_out: Sorted) -> Evidence:
        holders = tuple(holder for one in sorted_out.usable for holder in self._holders(one))
        claimants = frozenset(customer for one in sorted_out.usable for customer in self._claimants(one))
        return Evidence(holders, claimants)

    def _holders(self, one: Canonical) -> Iterator[Holder]:
        table = self.context.table
        for value in _spellings(one):
            lock = table.get(keys.identity(one.kind, None, value)).item
            if lock is None:
                continue
            contact = read_contact(table, lock["customer"], self.stock.name)
            yield Holder(
                contact.profile["id"],
                one,
                value,
                contact.profile.get("display_name"),
                contact.remote.id if contact.remote else None,
                SHARED in lock,
            )

    def _claimants(self, one: Canonical) -> Iterator[str]:
        for value in _spellings(one):
            for claimed in claimants_of(self.context.table, one.kind, value):
                if "card" not in claimed.said or len(claimed.said) > 1:
                    yield living_profile(self.context.table, claimed.customer)["id"]

    def _carried_out(self, contact: HeldContact, decision: Decision) -> Decision:
        record = Contact(
            self.stock.name,
            Remote(contact.id, contact.url),
            contact.name,
            contact.phones,
            contact.emails,
            self.context.config.brand(self.brand).default_country,
        )
        if decision.outcome == "linked" and decision.customer:
            if not link_contact(self.context, decision.customer, record):
                return Decision("conflict", reason="its customer is being told to the tool just now: import again")
        elif decision.outcome in ("claimed", "candidate", "known"):
            import_contact(self.context, record)
        return decision


def _spellings(one: Canonical) -> tuple[str, ...]:
    return (one.value, *(phone_aliases(one.value) if one.kind == "phone" else ()))


def _note(contact: HeldContact, decision: Decision, values: list[dict[str, str]]) -> dict[str, Any]:
    note: dict[str, Any] = {"contact": contact.id, "outcome": decision.outcome}
    note |= {"reason": decision.reason} if decision.reason else {}
    return note | ({"values": values} if values else {})


def _keep(context: Context, connector: str, what: imports.What, was: Progress, page: Page) -> None:
    counts = dict(Counter(was.counts) + page.counts)
    ended_at = context.now() if page.next is None else None
    imports.save(context.table, connector, what, Progress(page.next, counts, ended_at))
