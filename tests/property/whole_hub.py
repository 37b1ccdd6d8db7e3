"""A whole hub in memory, from the webhook's queue to a tool, whose workers may be stopped at any port call.

Every step of a worker goes through watched ports. What is stopped comes again as it would deployed: the provider
sends a delivery until it is taken, a queue shows a message again, the stream goes on from its checkpoint, the clock
meets what is due.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from functions.fetch_media.content import examine
from local.definitions import QueueDefinition
from local.memory.files import MemoryFiles
from local.memory.queues import MemoryQueues
from local.memory.table import MemoryTable
from local.memory.watched import Around, WatchedConnector, WatchedFiles, WatchedQueues, WatchedTable
from local.queue_poller import record as queue_record
from local.sqlite.attributes import unmarshal_item
from local.sqlite.stream import Change as StreamChange
from shared.application import of_tool
from shared.application.breaker import Breaker
from shared.application.fifo_batch import FifoBatch
from shared.application.intake import Intake
from shared.application.look_again import Looking, look_again
from shared.application.media import Fetching, fetch_media
from shared.application.receive import receive
from shared.application.record import Context
from shared.application.record.separate import separate
from shared.application.record.timers import pass_time
from shared.application.relay import Change, relay
from shared.application.retry import now_text
from shared.application.sync import sync
from shared.application.telling import Means, Run
from shared.application.waiting import look_at
from shared.configuration import Config, parse
from shared.connectors.generic_webhook.options import Options
from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.element import Element
from shared.domain.errors import Transient
from shared.domain.event import HUB, Entry, Event
from shared.domain.ids import uuid7
from shared.domain.media import Ended, Limits
from shared.ports.connectors import Remote
from shared.ports.media import Sink, Wanted
from shared.ports.table import Index, Item, Key, Page, Table
from shared.store import keys
from shared.store.views import entry_view
from tests.engine.record.bench import CONFIG, START, Told
from tests.property.faults import Killed

TOOL = "demo"
TOOLS = f"""
connectors:
- {{name: {TOOL}, kind: generic_webhook, url: "https://tool.example.com/hook", secret: {TOOL}}}
"""
STAGE_S = 1800.0
"""Each time everything settled, the next stage of the story begins so long after the last: whatever faults cost."""
QUEUES = ("inbound", "sync", "tools", "outbound", "media")
VISIBILITY_S = 120
"""Longer than a lease of a worker with a minute's time."""
NEAR_S = 900.0
"""What is due or visible within so long is waited for when everything settles."""
ROUNDS = 500
AGAIN_S = 15.0


class Silent:
    """Metrics as the deployed ones refuse them: a dimension is a text that is not empty."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert all(isinstance(text, str) and text for text in dimensions.values())
        self.counted[name] += int(value)


@dataclass
class Tool:
    """A connector that creates nothing twice when it is asked to look first, and notes what it was told.

    `doubled`: things created though they were there, since nobody asked to look.
    """

    name: str = TOOL
    contacts: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, list[int]] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    """By message, how each of its files stood when the tool was told of it first, and what came afterwards."""

    def _note_files(self, case: Case, entry: Entry) -> None:
        if entry.attachments and entry.sequence not in self.tickets[case.id]:
            about = entry.in_reply_to or entry.message_id
            said = [one.stored.state if one.stored else "missing" for one in entry.attachments]
            self.files.setdefault(about, []).extend(said)

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        if known is None and customer.id in self.contacts and not retry:
            self.doubled.append(customer.id)
        self.contacts[customer.id] = customer.model_dump_json(exclude={"active_cases"})
        return known or Remote(f"contact-{customer.id}")

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        assert contact.id.removeprefix("contact-") in self.contacts
        if case.id in self.tickets and not retry:
            self.doubled.append(case.id)
        self.tickets.setdefault(case.id, [])
        return Remote(f"ticket-{case.id}")

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:
        told = self.tickets[case.id]
        self._note_files(case, entry)
        if entry.sequence not in told:
            told.append(entry.sequence)
        elif not retry:
            self.doubled.append(f"{case.id}:{entry.sequence}")
        return f"comment-{entry.sequence}"


@dataclass
class Provider:
    """Whose files come: each of its name's bytes, at once or at the so-manieth attempt, or never."""

    late: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        name = str(wanted.attachment.provider_id)
        self.asked[name] += 1
        if name.startswith("gone"):
            raise Ended("gone", "the provider has it no longer")
        if self.late.get(name, 0) > 0:
            self.late[name] -= 1
            raise Transient("the provider is slow")
        sink.write(f"the bytes of {name}".encode())


def unwatched(_: str, call: Callable[[], Any]) -> Any:
    return call()


class WholeHub:
    """`around`: what happens at each port call of a worker; `observe` may wrap the table beneath. Time passes only
    where `pass_time` is called, and where everything settles."""

    def __init__(
        self,
        around: Around = unwatched,
        *,
        pause: Callable[[float], None] = lambda _: None,
        table: Table | None = None,
        observe: Callable[[Any], Any] = lambda table: table,
    ) -> None:
        self.now = START.timestamp()
        self.told_at = self._stage_at = self.now
        """When the next delivery comes in: by the story, not by what faults cost."""
        self.around = around
        self.table: Table = table or MemoryTable(self.clock)
        self.queues = MemoryQueues(_queues(), self.clock)
        self.files = MemoryFiles()
        self._ticked_at = 0.0
        self.tool = Tool()
        self.provider = Provider()
        self.metrics = Silent()
        self._changes: list[StreamChange] = []
        self._relayed = 0
        if isinstance(self.table, MemoryTable):
            self.table.listen(self._changes.append)
        self.watched_table = WatchedTable(observe(self.table), around)
        self.watched_queues = WatchedQueues(self.queues, around)
        self.watched_files = WatchedFiles(self.files, around)
        self._numbers = itertools.count()
        self._deliveries = itertools.count()
        self.context = Context(
            self.watched_table, self.watched_files, self.metrics, with_tool(), self.clock, self.new_id, pause
        )

    def clock(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.told_at += seconds
        self._stage_at += seconds

    def new_id(self) -> str:
        number = next(self._numbers)
        return uuid7(self.now + number / 1000, number.to_bytes(10, "big"))

    # the outside

    def deliver(self, *events: Event) -> None:
        """One delivery of these, sent by its provider until it is taken. Nothing is told of before it happened."""
        delivery = f"d{next(self._deliveries)}"
        elements = [_element(event) for event in events]
        happened = max((one.occurred_at.timestamp() for one in events if one.occurred_at), default=0)
        self.pass_time(max(0, happened - self.told_at - 60))
        self.told_at += 60
        self.now = max(self.now, self.told_at)
        while True:
            with suppress(Killed, Transient):
                receive(
                    elements,
                    body=b"",
                    delivery=delivery,
                    received_at=now_text(self.told_at),
                    queues=self.watched_queues,
                    files=self.watched_files,
                    pause=lambda _: None,
                )
                return

    def until_done(self, work: Callable[[], Any]) -> Any:
        """As a person would, who asks again when there was no answer."""
        while True:
            with suppress(Killed, Transient):
                return work()

    # the workers: each does one thing, and says whether there was one

    def take_in(self, most: int = 10) -> bool:
        intake = Intake(self.context, {"whatsapp": Told(), TOOL: Told(), HUB: of_tool}.__getitem__)
        return self._work_queue("inbound", "intake", most, intake.take)

    def tell(self) -> bool:
        means = Means(
            WatchedConnector(self.tool, self.around),
            self.watched_table,
            self.watched_queues,
            Breaker(TOOL, self.watched_table, self.clock, self.metrics),
            self.metrics,
            self.clock,
            draw=lambda: 0.0,
        )
        end = self.now + 60
        run = Run(lambda: end - self.now, "trace")
        return self._work_queue("sync", "crm_sync", 1, partial(sync, means_of=lambda _: means, run=run))

    def fetch(self) -> bool:
        end = self.now + 60
        means = Fetching(
            table=self.watched_table,
            queues=self.watched_queues,
            files=self.watched_files,
            metrics=self.metrics,
            clock=self.clock,
            draw=lambda: 0.0,
            limits=Limits(),
            fetcher_of=lambda _: self.provider,
            examine=examine,
            remaining_s=lambda: end - self.now,
        )
        return self._work_queue("media", "fetch_media", 1, partial(fetch_media, means=means))

    def _work_queue(self, queue: str, origin: str, most: int, take: Callable[[str], object]) -> bool:
        batch = self.queues.receive(queue, most, VISIBILITY_S)
        if not batch:
            return False
        definition = self.queues.definition(queue)
        work = FifoBatch(
            table=self.watched_table,
            metrics=self.metrics,
            origin=origin,
            queue=queue,
            trace_id="trace",
            now=lambda: now_text(self.now),
        )
        with suppress(Killed, Transient):
            answer = work.run([queue_record(definition, each) for each in batch], take)
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            done = [each.receipt for each in batch if each.message_id not in failed]
            self.around("queues.delete", lambda: self.queues.delete(queue, done))
        return True

    def relay(self) -> bool:
        waiting = self._changes[self._relayed : self._relayed + 10]
        if not waiting:
            return False
        with suppress(Killed):
            done = relay([partial(_change, each) for each in waiting], lambda _: [TOOL], self.watched_queues)
            self._relayed += done
        return True

    def tick(self) -> None:
        intake = Intake(self.context, {"whatsapp": Told(), TOOL: Told(), HUB: of_tool}.__getitem__)
        looking = Looking(
            table=self.watched_table,
            queues=self.watched_queues,
            metrics=self.metrics,
            clock=self.clock,
            connectors_of=lambda _: [TOOL],
            look_at_waiting=partial(look_at, intake=intake, trace_id="trace"),
            pass_time=partial(pass_time, intake.context),
            separate=partial(separate, intake.context),
            derive_journeys=lambda *_: 0,
            look_at_figures=lambda _: 0,
            remaining_s=lambda: 60.0,
        )
        with suppress(Killed, Transient):
            look_again(looking)

    def settle(self, within_s: float = NEAR_S) -> None:
        """Everybody works until nothing is left that is visible or due within so many seconds."""
        end = self.now + within_s
        for _ in range(ROUNDS):
            while self.take_in() or self.relay() or self.fetch() or self.tell():
                pass
            moment = self._next_moment()
            if moment is None or moment > end:
                self._next_stage()
                return
            # What the clock announced and nobody took, since its message's group waits, it meets again later.
            self.now = max(self.now, moment) if moment > self._ticked_at else self.now + AGAIN_S
            self._ticked_at = self.now
            self.tick()
        raise AssertionError("it never settles")

    def _next_stage(self) -> None:
        self._stage_at += STAGE_S
        assert self.now <= self._stage_at, "a stage took longer than any should"
        self.now = self.told_at = self._stage_at

    def _next_moment(self) -> float | None:
        waits = [self.queues.next_visible(queue) for queue in ("inbound", "sync", "media")]
        moments = [self.now + wait for wait in waits if wait is not None]
        moments += [_epoch(sort_key) for _, (_, sort_key) in self.indexed("due")]
        return min(moments, default=None)

    # what lies there

    def case(self, case_id: str) -> Item:
        item = self.item(keys.case(case_id))
        assert item, f"there is no case {case_id}"
        return item

    def indexed(self, index: Index) -> list[tuple[Key, tuple[str, str]]]:
        """Every entry of an index: the item's key, and its hash and range there."""
        if isinstance(self.table, MemoryTable):
            return self.table.indexed(index)
        hashes = sorted({item[f"{index}_pk"] for item in self.everything() if f"{index}_pk" in item})
        found = [item for each in hashes for item in self._pages(partial(self.table.query, each, index=index))]
        return [((item["pk"], item["sk"]), (item[f"{index}_pk"], item[f"{index}_sk"])) for item in found]

    def everything(self) -> list[Item]:
        """Every item, by key."""
        if isinstance(self.table, MemoryTable):
            return self.table.everything()
        return sorted(self._pages(self.table.scan), key=lambda item: (item["pk"], item["sk"]))

    @staticmethod
    def _pages(ask: Callable[..., Page]) -> Iterator[Item]:
        after = None
        while True:
            page = ask(after=after)
            yield from page.items
            after = page.next
            if after is None:
                return

    def found(self, start: str, sk: str = "") -> list[Item]:
        return [item for item in self.everything() if item["pk"].startswith(start) and item["sk"].startswith(sk)]

    def item(self, key: Key) -> Item | None:
        return self.table.get(key).item

    def log(self, case_id: str) -> list[Entry]:
        return [entry_view(item) for item in self.table.query(keys.case(case_id)[0], "ENT#").items]


@cache
def with_tool() -> Config:
    return parse(CONFIG.replace("connectors: []", TOOLS), "test", {"generic_webhook": Options})


def _queues() -> dict[str, QueueDefinition]:
    return {name: QueueDefinition(name, f"{name}.fifo", visibility_s=VISIBILITY_S) for name in QUEUES}


def _element(event: Event) -> Element:
    person = event.identities[0].value if event.identities else event.thread or event.account
    copy_of = (event.message_id, event.kind)
    return Element(event.channel, event.account, person, copy_of, {"said": event.dump()})


def _change(change: StreamChange) -> Change:
    return Change(change.old and unmarshal_item(change.old), change.new and unmarshal_item(change.new))


def _epoch(due_sk: str) -> float:
    return datetime.fromisoformat(due_sk.partition("#")[0]).timestamp()
