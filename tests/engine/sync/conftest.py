"""A hub's table with customers and cases in it, a tool that remembers what it was told, and workers that may die."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.application.breaker import Breaker
from shared.application.places import Places
from shared.application.retry import due_text
from shared.application.sync import sync
from shared.application.telling import Means, Run
from shared.application.trigger import Trigger
from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.event import Entry, Event
from shared.ports.connectors import Remote
from shared.ports.queues import Message
from shared.ports.table import Cost, Found, Item, Key, Operation, Page, Put, Table, Update
from shared.store import dead_letters, items, keys

START = 1_800_000_000.0
Thing = tuple[str, str, int]
"""What a tool is told: (contact|opening|entry, our id, version or sequence)."""


@dataclass
class Tool:
    """A connector. `calls`: everything asked of it; `holds`: what it has, each thing once, in order of arrival.

    `faults`: what happens when it is told a thing, the first of the list each time: an error is raised before
    anything took effect. `loses`: things of which the answer is lost after they took effect.
    """

    name: str = "demo"
    calls: list[tuple[Thing, bool]] = field(default_factory=list)
    holds: list[Thing] = field(default_factory=list)
    doubled: list[Thing] = field(default_factory=list)
    faults: dict[Thing, list[BaseException]] = field(default_factory=dict)
    loses: dict[Thing, BaseException] = field(default_factory=dict)
    down: BaseException | None = None
    tickets: dict[str, str] = field(default_factory=dict)
    takes_s: float = 0.0
    on_call: Callable[[Thing], None] = lambda _: None
    spend: Callable[[float], None] = lambda _: None

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        self._told(("contact", customer.id, version), retry)
        return known or Remote(f"contact-{customer.id}", f"https://tool.example.com/{customer.id}")

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        assert contact.id == f"contact-{customer.id}"
        self._told(("opening", case.id, 0), retry)
        return Remote(self.tickets.get(case.id, f"ticket-{case.id}"))

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:
        assert ticket.id == self.tickets.get(case.id, f"ticket-{case.id}")
        assert entry.case_id == case.id
        self._told(("entry", case.id, entry.sequence), retry)
        return f"comment-{entry.sequence}"

    def _told(self, thing: Thing, retry: bool) -> None:
        self.calls.append((thing, retry))
        self.on_call(thing)
        self.spend(self.takes_s)
        if self.down:
            raise self.down
        if self.faults.get(thing):
            raise self.faults[thing].pop(0)
        if thing not in self.holds:
            self.holds.append(thing)
        elif not retry and thing[0] != "contact":
            self.doubled.append(thing)  # a create that was not asked to look first
        if thing in self.loses:
            raise self.loses.pop(thing)

    def entries(self, case: str = "k1") -> list[int]:
        return [sequence for kind, about, sequence in self.holds if kind == "entry" and about == case]

    def retried(self) -> list[Thing]:
        return [thing for thing, retry in self.calls if retry]


@dataclass
class Outbox:
    """Queues in memory, with the deduplication of FIFO queues."""

    sent: list[Trigger] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    refuses: int = 0

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        assert len(batch) <= 10
        if queue == "tools":
            self.hints += [message.body for message in batch]
            return ()
        assert queue == "sync"
        refused = tuple(range(len(batch) - min(self.refuses, len(batch)), len(batch)))
        for index, message in enumerate(batch):
            if index in refused or message.deduplication in self.seen:
                continue
            self.seen.add(message.deduplication)
            self.sent.append(Trigger(**json.loads(message.body)))
        return refused

    def depths(self) -> dict[str, Any]:
        return {}

    def take(self) -> list[Trigger]:
        sent, self.sent = self.sent, []
        return sent


class Counters(Counter[str]):
    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self[name] += int(value)


@dataclass
class Counted:
    """A table that counts calls and can be made to end the process before or after any of them."""

    table: Table
    reads: int = 0
    writes: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def get(self, key: Key) -> Found:
        self.reads += 1
        return self._between(lambda: self.table.get(key))

    def query(self, pk: str, prefix: str = "", **options: Any) -> Page:
        self.reads += 1
        return self._between(lambda: self.table.query(pk, prefix, **options))

    def transact(self, operations: Sequence[Operation]) -> Cost:
        self.writes += 1
        return self._between(lambda: self.table.transact(operations))

    def _between(self, call: Callable[[], Any]) -> Any:
        self.before()
        answer = call()
        self.after()
        return answer


@dataclass
class World:
    """One hub. `process()` is a new worker process: it knows nothing but the table."""

    table: Counted
    tool: Tool = field(default_factory=Tool)
    queues: Outbox = field(default_factory=Outbox)
    metrics: Counters = field(default_factory=Counters)
    now: float = START
    cap: int | None = None
    places: Places | None = None
    breaker: Breaker | None = None

    def clock(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def process(self) -> Means:
        table: Table = self.table
        breaker = self.breaker or Breaker(self.tool.name, table, self.clock, self.metrics)
        known = (self.tool, table, self.queues, breaker, self.metrics, self.clock)
        return Means(*known, draw=lambda: 0.0, cap=self.cap, places=self.places)

    def sync(self, trigger: Trigger, *, means: Means | None = None, limit_s: float = 60.0) -> str:
        end = self.now + limit_s
        chosen = means or self.process()
        return sync(trigger.body, lambda _: chosen, Run(lambda: end - self.now, "trace-1"))

    def follow(self, body: str, means_of: Callable[[str], Means | None] | None = None) -> str:
        """A message as it came."""
        chosen = self.process()
        return sync(body, means_of or (lambda _: chosen), Run(lambda: 60.0, "trace-1"))

    def customer(self, customer: str = "c1", version: int = 1, **more: Any) -> None:
        pk, sk = keys.customer(customer)
        item: Item = {"pk": pk, "sk": sk, "id": customer, "display_name": "Ana Ejemplo", "version": version}
        item |= {"contact_version": version, "identities": [], "cases": {}, "created_at": due_text(START)}
        self.put(item | more)

    def case(self, entries: int, case: str = "k1", customer: str = "c1", **more: Any) -> Trigger:
        """A case with so many entries, of a customer who is made too; the trigger that tells of it."""
        if self.item(keys.customer(customer)) is None:
            self.customer(customer)
        pk, sk = keys.case(case)
        item: Item = {"pk": pk, "sk": sk, "id": case, "customer": customer, "brand": "acme", "state": "new"}
        item |= {"reference": "K7QF-3M2X-R", "sequence": 0, "channels": ["whatsapp"], "opened_at": due_text(START)}
        self.put(item | more)
        for _ in range(entries):
            self.say(case)
        return Trigger("demo", customer, case=case, sequence=entries)

    def say(self, case: str = "k1", channel: str = "whatsapp", **more: Any) -> Trigger:
        """One more entry; the trigger that tells of it."""
        found = self.item(keys.case(case))
        assert found
        sequence = found["sequence"] + 1
        event = Event.model_validate(
            {
                "channel": channel,
                "account": "200000000000001",
                "kind": "message",
                "message_id": f"{case}.{sequence}",
                "author": {"type": "customer"},
                "text": "Hola",
                "provider_type": "text",
            }
            | more
        )
        self.put(items.entry_item(case, sequence, event, due_text(START), {}))
        self.table.table.transact([Update(keys.case(case), set={"sequence": sequence})])
        return Trigger("demo", found["customer"], case=case, sequence=sequence)

    def put(self, item: Item) -> None:
        self.table.table.transact([Put(item)])

    def item(self, key: Key) -> Item | None:
        return self.table.table.get(key).item

    def cursor(self, case: str = "k1") -> Item:
        return self.item(keys.cursor(case, "demo")) or {}

    def contact(self, customer: str = "c1") -> Item:
        return self.item(keys.reference_to_contact(customer, "demo")) or {}

    def letters(self) -> list[Item]:
        table = self.table.table
        return [item for origin, day in dead_letters.days(table) for item in dead_letters.of_day(table, origin, day)]


@pytest.fixture
def world(contended_table: Table) -> World:
    """A hub on every engine that gets races right."""
    return World(Counted(contended_table))


@pytest.fixture
def fresh_world(tmp_path: Path) -> Iterator[Callable[[], World]]:
    """Any number of hubs on SQLite, each empty: for what needs very many."""
    opened: list[Database] = []

    def make() -> World:
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        database = Database(folder / "hub.db")
        opened.append(database)
        return World(Counted(SqliteTable(database, Stream(database), lambda: START)))

    yield make
    for database in opened:
        database.close()
