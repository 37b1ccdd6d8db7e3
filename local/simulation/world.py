"""An empty hub in memory: the functions that deploy, on ports in memory, by a clock that a story moves.

Queues, batch sizes and schedules are the template's. Nothing runs by itself: `settle` lets everything come to rest at
this moment, `advance` moves the clock and wakes what falls due on the way. Two worlds know nothing of each other.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from local.definitions import FunctionDefinition, Hub, QueueSource
from local.deliveries import signature_headers
from local.functions import Handler, failed_items, load_handlers, told
from local.memory.files import MemoryFiles
from local.memory.interleave import Turns
from local.memory.queues import MemoryQueues
from local.memory.table import MemoryTable
from local.memory.watched import WatchedFiles, WatchedQueues, WatchedTable
from local.metrics import CountedMetrics
from local.queue_poller import record as queue_record
from local.simulation.connector import RecordingConnector
from local.simulation.files_at_hand import FilesAtHand
from local.simulation.sending import FarEnd
from local.simulation.steps import Record
from local.sqlite.queues import Received
from local.sqlite.stream import Change
from local.stream_reader import SHARD, window
from local.stream_reader import record as stream_record
from local.template import read_template
from shared import bootstrap
from shared.application.record.external_merge import external_merge
from shared.application.record.imported_contact import Contact, import_contact
from shared.configuration import Config
from shared.domain.element import digest
from shared.domain.event import Event
from shared.domain.ids import uuid7
from shared.ports.connectors import Remote
from shared.ports.queues import Message, QueueDepth, QueueName
from shared.store.keys import DUE_PARTITIONS

LOG: Final = logging.getLogger("hilo")

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
APP_SECRET: Final = "the-key-of-a-story-that-guards-nothing"  # noqa: S105 - nothing is protected by it: there is no door
ENCRYPTION_KEY: Final = "dGhlLWtleS1vZi1pZHMtb2Ytc3RvcnktcGVvcGxlLSE="
"""Of national ids: as little."""
TOKEN: Final = "staff-of-the-story"  # noqa: S105 - as above
MINUTE: Final = 60

SCOPES: Final = ("read", "operate", "merge", "identify")


@cache
def _hub() -> tuple[Hub, dict[str, Handler]]:
    hub = read_template(TEMPLATE)
    return hub, load_handlers(hub.functions)


class EventChannel:
    """The reader of a channel whose elements are events already."""

    def parse(self, raw: Mapping[str, Any]) -> Event:
        return Event.model_validate(raw)


class StorySecrets:
    """Whatever a secret is called, the story's own key is in it."""

    def get(self, name: str) -> dict[str, Any]:
        if name == "api":
            return {"tokens": [{"token": TOKEN, "scopes": list(SCOPES)}]}
        if name == "addresses":
            return {"keys": [APP_SECRET]}
        keys = {
            "national_id_key": APP_SECRET,
            "encryption_keys": [ENCRYPTION_KEY],
            "access_token": APP_SECRET,
        }
        return {**keys, "app_secrets": [APP_SECRET], "verify_token": APP_SECRET, "signing_secrets": [APP_SECRET]}


@dataclass(frozen=True, slots=True)
class Invocation:
    """What Lambda hands to a handler besides the event. The story's clock stands still while it works."""

    aws_request_id: str
    function: FunctionDefinition

    def get_remaining_time_in_millis(self) -> int:
        return int(self.function.timeout_s * 1000)


class Tapped:
    """The queues, from which what goes to `inbound` can be taken aside."""

    def __init__(self, queues: MemoryQueues) -> None:
        self._queues = queues
        self._aside: list[Message] | None = None

    @contextmanager
    def into(self) -> Iterator[list[Message]]:
        """Until the end of the block, what goes to `inbound` lands in this list instead."""
        self._aside = []
        try:
            yield self._aside
        finally:
            self._aside = None

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        if self._aside is None or queue != "inbound":
            return self._queues.send(queue, batch)
        self._aside += batch
        return ()

    def depths(self) -> dict[QueueName, QueueDepth]:
        return self._queues.depths()


class World:
    """One hub, empty at first, at the moment `start` (epoch seconds). `seed`: in which order workers take turns."""

    def __init__(self, config: Config, start: float, seed: int) -> None:
        self.config = config
        self.now = start
        self.table = MemoryTable(self.clock)
        self.files = MemoryFiles()
        self.metrics = CountedMetrics()
        self._hub, self._handlers = _hub()
        self.queues = MemoryQueues(self._hub.queues, self.clock)
        self.tapped = Tapped(self.queues)
        self.connectors = {one.name: RecordingConnector(one.name, self.clock) for one in config.connectors}
        self.far_end = FarEnd(self.clock)
        self.turns = Turns(Random(seed).randrange)  # noqa: S311 - it picks an order, it guards nothing
        self.draw = Random(seed).random  # noqa: S311
        self._changes: deque[Change] = deque()
        self._numbers = count(1)
        self._ticked = int(start) // MINUTE
        self.table.listen(self._changes.append)

    def clock(self) -> float:
        return self.now

    @contextmanager
    def open(self) -> Iterator[None]:
        """While it is open, the functions of this process work on this world."""
        around = self.turns.around
        readers = {name: EventChannel() for name in (*_other_channels(self.config), *self.connectors)}
        with bootstrap.installed(
            table=WatchedTable(self.table, around),
            queues=WatchedQueues(self.tapped, around),
            files=WatchedFiles(self.files, around),
            secrets=StorySecrets(),
            ways_out=self.far_end.ways(StorySecrets()),
            fetchers=dict.fromkeys(bootstrap.MEDIA, FilesAtHand()),
            metrics=self.metrics,
            logs=logging.getLogger("hilo"),
            clock=self.clock,
            config=self.config,
            connectors=self.connectors,
            channels=readers,
            new_id=self.new_id,
            pause=self.turns.pause,
            draw=self.draw,
        ):
            yield

    def new_id(self) -> str:
        """Time-ordered, and the same in each run of a story."""
        return uuid7(self.now, next(self._numbers).to_bytes(10, "big"))

    # what comes in

    def post_whatsapp(self, body: bytes) -> dict[str, Any]:
        """A delivery, signed as Meta signs, to the webhook. Its answer."""
        return self._request("WhatsappWebhook", "POST", "/webhooks/whatsapp", body, signature_headers(body, APP_SECRET))

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """A request of staff to the API. Status and answer."""
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        answer = self._request("Api", method, path, json.dumps(body or {}).encode(), headers)
        return int(answer["statusCode"]), json.loads(answer.get("body") or "{}")

    def send_event(self, event: Mapping[str, Any], received_at: str) -> None:
        """An event of a channel without a webhook, or of a tool, as its function would queue it."""
        people = [f"{one['kind']}:{one['value']}" for one in event.get("identities", [])]
        person = people[0] if people else str(event.get("thread", "-"))
        name = f"story-{next(self._numbers)}"
        envelope = {"channel": event["channel"], "delivery": name, "index": 0, "received_at": received_at, "raw": event}
        group = digest("inbound", event["channel"], event["account"], person)
        same = digest("inbound", event["channel"], event["account"], event["message_id"])
        self.tapped.send("inbound", [Message(json.dumps(envelope), group, same)])

    def know_contact(self, connector: str, record: Record) -> None:
        """A contact that a tool had already."""
        country = self.config.brands[0].default_country
        known = Contact(connector, Remote(record.id), record.name, record.phones, record.emails, country)
        import_contact(bootstrap.context(), known)

    def merge_contacts(self, connector: str, gone: str, stays: str) -> None:
        """A tool has merged two of its contacts: `gone` lives on as `stays`."""
        external_merge(bootstrap.context(), connector, gone, stays)

    def _request(
        self, function: str, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        trace = f"request-{next(self._numbers)}"
        event = {
            "requestContext": {"http": {"method": method, "path": path}, "requestId": trace, "stage": "$default"},
            "rawPath": path,
            "headers": dict(headers),
            "body": body.decode("utf-8", "surrogatepass"),
            "isBase64Encoded": False,
        }
        answer: dict[str, Any] = self._call(function, event)
        return answer

    def _call(self, function: str, event: dict[str, Any]) -> Any:
        definition = self._hub.functions[function]
        invocation = Invocation(f"invocation-{next(self._numbers)}", definition)
        return self._handlers[function](event, invocation)  # type: ignore[arg-type]  # all that handlers ask of a context

    # what goes on

    def settle(self) -> None:
        """Let everything come to rest at this moment: the table's changes, then the queues, until nothing moves."""
        while self._relay() or any(self._take_batch(source) for source in self._hub.queue_sources):
            pass

    def at_once(self, batches: Sequence[Sequence[Message]], others: Sequence[Callable[[], None]]) -> None:
        """Every message of these batches in a worker of its own, and the other work too: at each port call the seed
        says who goes on. The queue keeps no order and holds no copy back here."""
        source = next(each for each in self._hub.queue_sources if each.queue == "inbound")
        messages = [message for batch in batches for message in batch]
        workers = [lambda message=message: self._take_alone(source, message) for message in messages]
        for ended in self.turns.run([*workers, *others]):
            if ended.error:
                raise ended.error

    def _take_alone(self, source: QueueSource, message: Message) -> None:
        """One message to its end; one that is given back goes to the queue, where it waits its turn."""
        number = next(self._numbers)
        received = Received(
            f"alone-{number}", "", message.body, message.group, message.deduplication, number, self.now, 1, self.now
        )
        shown = queue_record(self.queues.definition(source.queue), received)
        answer = self._call(source.function, {"Records": [shown]})
        if failed_items(answer, [received.message_id]):
            again = digest("story", message.deduplication, str(number))
            self.queues.send(source.queue, [Message(message.body, message.group, again)])

    def _relay(self) -> bool:
        """Bring what changed to the stream's readers. Whether anything was there."""
        if not self._changes:
            return False
        most = min(source.batch_size for source in self._hub.stream_sources)
        batch = [self._changes.popleft() for _ in range(min(most, len(self._changes)))]
        for source in self._hub.stream_sources:
            shard = window(SHARD) if source.in_windows else {}
            answer = self._call(source.function, {"Records": [stream_record(change) for change in batch], **shard})
            if failed_items(answer, [str(change.seq) for change in batch]):
                raise RuntimeError(f"{source.reader} cannot read a change of the table")
        return True

    def _take_batch(self, source: QueueSource) -> bool:
        """One batch of a queue to its function; what fails stays in flight until its visibility is over."""
        batch = self.queues.receive(source.queue, source.batch_size)
        if not batch:
            return False
        definition = self.queues.definition(source.queue)
        names = [message.message_id for message in batch]
        try:
            answer = self._call(source.function, {"Records": [queue_record(definition, message) for message in batch]})
        except Exception as error:  # noqa: BLE001  as Lambda: whatever a handler raises fails its batch
            LOG.warning("%s: a batch failed: %s", source.function, told(error))
            return True
        failed = failed_items(answer, names)
        self.queues.delete(source.queue, [message.receipt for message in batch if message.message_id not in failed])
        return True

    # time

    def advance(self, until: float) -> None:
        """Move the clock, and let happen what falls due on the way, each thing at its time."""
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            if int(self.now) // MINUTE > self._ticked:
                self._tick()
            self.settle()
        self.now = max(self.now, until)

    def _tick(self) -> None:
        self._ticked = int(self.now) // MINUTE
        for schedule in self._hub.schedules:
            if self._ticked * MINUTE % max(int(schedule.every_s), MINUTE) == 0:
                self._call(schedule.function, json.loads(schedule.input) if schedule.input else {})

    def _next_due(self) -> float | None:
        """When something happens by itself: a whole minute at which the clock finds something, or a message that is
        shown again."""
        moments = [self.now + seconds for name in self._hub.queues if (seconds := self.queues.next_visible(name))]
        first = self._first_due()
        if first is not None:
            moments.append(max(-(-first // MINUTE), self._ticked + 1) * MINUTE)
        return min(moments, default=None)

    def _first_due(self) -> float | None:
        pages = (self.table.query(f"DUE#{number}", limit=1, index="due") for number in range(DUE_PARTITIONS))
        first = [item["due_sk"].partition("#")[0] for page in pages for item in page.items]
        return min((datetime.fromisoformat(text).timestamp() for text in first), default=None)


def _other_channels(config: Config) -> list[str]:
    """Channels of which a story tells the event, not what the provider would deliver."""
    return sorted({one.channel for one in config.accounts} - {"whatsapp"})
