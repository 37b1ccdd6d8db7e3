"""What a tool held before the hub, on every engine: each contact once, whoever dies or races on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.application.bring_in import BringIn
from shared.application.bring_in_tickets import tickets
from shared.application.record.imported_contact import Contact, link_contact
from shared.configuration.models import ConnectorSettings
from shared.domain.errors import Transient
from shared.domain.event import Author, Event
from shared.domain.held import HeldContact, HeldPage, HeldTicket
from shared.ports.connectors import Happened, Read, Remote
from shared.ports.table import Put
from shared.store import cursors, imports, keys
from shared.store.candidates import candidates_of
from shared.store.claims import claims_of
from tests.engine.record.bench import START, CountedTable, Hub

Say = Callable[..., Event]
SETTINGS = ConnectorSettings(name="crm", kind="test", secret="crm", brands=["acme"], adopt_tickets=True)


@dataclass
class Held:
    """A tool's contacts and one ticket, two of them on a page."""

    held: list[HeldContact]
    ticket: HeldTicket | None = None
    said: list[Happened] = field(default_factory=list)
    name: str = "crm"

    def contacts(self, after: str | None, limit: int) -> HeldPage[HeldContact]:
        start = int(after or 0)
        return HeldPage(self.held[start : start + 2], str(start + 2) if start + 2 < len(self.held) else None)

    def open_tickets(self, after: str | None, limit: int) -> HeldPage[HeldTicket]:
        return HeldPage([self.ticket] if self.ticket else [], None)

    def history(self, ticket: str, most: int) -> Read:
        return Read(self.said, "9")


@pytest.fixture
def fresh_hubs() -> Callable[[], Hub]:
    """Any number of hubs, each empty: for what needs very many."""
    return lambda: Hub(CountedTable(MemoryTable(START.timestamp)))


PEOPLE = [
    HeldContact("1", "Ana Pérez", ["099 123 4567"], ["ana@example.com"]),
    HeldContact("2", "Luis Paz", ["0987654321"], ["luis@example.com"]),
    HeldContact("3", "Otra Ana", ["0991234567"]),
    HeldContact("4", "Nadie", ["0999999999"]),
    HeldContact("5", "Luisa Paz", ["0987654321"]),
]


def run(hub: Any, held: Held) -> dict[str, int]:
    """To its end, from where it was."""
    cursor, counts = None, dict[str, int]()
    while True:
        page = BringIn(hub.context, held, SETTINGS).contacts(cursor)
        counts = {name: counts.get(name, 0) + page.counts[name] for name in {*counts, *page.counts}}
        cursor = page.next
        if cursor is None:
            return counts


def everything(hub: Any) -> list[tuple[Any, ...]]:
    """Who is linked to what, what is claimed of them, and who may be one."""
    found = []
    for number in ("1", "2", "3", "4", "5"):
        home = hub.table.table.get(keys.remote("crm", "contact", number)).item
        if home is None:
            found.append((number, None))
            continue
        customer = home["customer"]
        reference = cursors.of_contact(hub.table.table, customer, "crm").remote
        claims = sorted((one.kind, one.value) for one in claims_of(hub.table.table, customer))
        found.append((number, reference and reference.id, claims, len(candidates_of(hub.table.table, customer))))
    return found


def test_each_becomes_what_it_is(hub: Any, say: Say) -> None:
    owner = hub.case(hub.record(say("m1", phone="593991234567")).case)["customer"]
    counts = run(hub, Held(PEOPLE))
    assert {name: number for name, number in counts.items() if number} == {
        "read": 5, "linked": 1, "claimed": 1, "candidate": 1, "conflict": 1, "unusable": 1, "unusable_values": 1,
    }  # fmt: skip
    assert hub.table.table.get(keys.remote("crm", "contact", "1")).item["customer"] == owner
    linked = cursors.of_contact(hub.table.table, owner, "crm")
    assert linked.remote
    assert (linked.remote.id, linked.remote.adopted, linked.told) == ("1", True, 0)
    kept = imports.read(hub.table.table, "crm", "contacts")
    assert (kept.cursor, kept.counts["read"], kept.ended_at) == (None, 5, "2026-11-22T10:00:00Z")


def test_died_at_any_write_and_done_again_it_is_as_if_it_had_not(say: Say, fresh_hubs: Callable[[], Hub]) -> None:
    hub = fresh_hubs()
    hub.record(say("m1", phone="593991234567"))
    before = len(hub.table.transactions)
    run(hub, Held(PEOPLE))
    writes, wanted = len(hub.table.transactions) - before, everything(hub)
    assert writes > 15
    for last in range(writes):
        other = fresh_hubs()
        other.record(say("m1", phone="593991234567"))
        other.table.before_transact = dying_after(last)
        with pytest.raises(Transient):
            run(other, Held(PEOPLE))
        other.table.before_transact = None
        run(other, Held(PEOPLE))
        assert everything(other) == wanted, f"died before write {last + 1}"


def dying_after(writes: int) -> Callable[[Any], None]:
    left = writes

    def die(_: Any) -> None:
        nonlocal left
        if left == 0:
            raise Transient("dead")
        left -= 1

    return die


@pytest.mark.parametrize("what", ["a push that began", "a contact of their own", "another import"])
def test_somebody_else_was_quicker_and_nothing_is_written(what: str, hub: Any, say: Say) -> None:
    owner = hub.case(hub.record(say("m1", phone="593991234567")).case)["customer"]
    contact = Contact("crm", Remote("1"), "Ana", ["0991234567"], country="EC")
    pk, sk = keys.reference_to_contact(owner, "crm")
    theirs = {
        "a push that began": [Put({"pk": pk, "sk": sk, "version": 0, "pushing": 1, "lease": int(hub.seconds) + 60})],
        "a contact of their own": [Put({"pk": pk, "sk": sk, "version": 1, "remote_id": "77"})],
        "another import": [Put({"pk": keys.remote("crm", "contact", "1")[0], "sk": "EXT", "customer": "x"})],
    }[what]

    def first(_: Any) -> None:
        hub.table.before_transact = None
        hub.table.table.transact(theirs)

    hub.table.before_transact = first
    assert link_contact(hub.context, owner, contact) is False
    assert list(claims_of(hub.table.table, owner)) == []
    reference = hub.table.table.get((pk, sk)).item
    assert (reference or {}).get("remote_id") != "1"


def message(number: int, text: str, direction: str = "outbound") -> Happened:
    author = Author(type="agent" if direction == "outbound" else "customer", id="x")
    parts = {"channel": "crm", "account": "crm", "thread": "7", "kind": "message", "message_id": str(number)}
    at = datetime(2026, 11, 21, 10, number, tzinfo=UTC)
    more = {"direction": direction, "text": text, "occurred_at": at, "author": author, "provider_type": "text"}
    return Happened(Event.model_validate(parts | more))


@pytest.fixture
def with_ticket() -> Held:
    ticket = HeldTicket("7", "2", "Impresora", "pending_customer", datetime(2026, 11, 20, tzinfo=UTC))
    said = [message(number, f"mensaje {number}", "inbound" if number % 3 == 0 else "outbound") for number in range(11)]
    return Held(PEOPLE, ticket, said)


def test_an_adopted_ticket_is_one_case_with_its_history(with_ticket: Held, hub: Any) -> None:
    run(hub, with_ticket)
    assert tickets(BringIn(hub.context, with_ticket, SETTINGS), None).counts["adopted"] == 1
    assert tickets(BringIn(hub.context, with_ticket, SETTINGS), None).counts["ticket_known"] == 1
    case = hub.table.table.get(keys.remote("crm", "case", "7")).item["case"]
    assert [one.text for one in hub.log(case)] == ["Impresora", *(f"mensaje {number}" for number in range(11))]
    item = hub.case(case)
    assert (item["state"], item["sequence"], item["last_customer_at"]) == (
        "pending_customer",
        12,
        "2026-11-21T10:09:00Z",
    )
    assert case in hub.profile(item["customer"])["cases"]


def test_an_adoption_that_died_at_any_write_is_finished(with_ticket: Held, fresh_hubs: Callable[[], Any]) -> None:
    for last in range(8):
        hub = fresh_hubs()
        run(hub, with_ticket)
        hub.table.before_transact = dying_after(last)
        with pytest.raises(Transient):
            tickets(BringIn(hub.context, with_ticket, SETTINGS), None)
        hub.table.before_transact = None
        assert hub.table.table.get(keys.remote("crm", "case", "7")).item is None, "until all of it is there"
        tickets(BringIn(hub.context, with_ticket, SETTINGS), None)
        case = hub.table.table.get(keys.remote("crm", "case", "7")).item["case"]
        assert len(hub.log(case)) == 12
        assert hub.case(case)["sequence"] == 12
