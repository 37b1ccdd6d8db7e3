"""A hub as far as the inbound queue: what tools tell comes in at the door, and goes out as events, each once."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from local.definitions import QueueDefinition
from local.memory.files import MemoryFiles
from local.memory.queues import MemoryQueues
from local.memory.table import MemoryTable
from shared.application.breaker import Breaker
from shared.application.look_again import Looking, look_again
from shared.application.of_tool import parse
from shared.application.pull import Pulling, take
from shared.application.sweep import sweep
from shared.application.tool_hint import ToolHint, send
from shared.connectors.standard_webhooks import keys_of, sign
from shared.domain.errors import Transient
from shared.domain.event import Event
from shared.ports.connectors import Back, Hook, Request
from shared.ports.table import Cost, Put
from shared.store import keys

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
OTHER_SECRET = "whsec_" + b64encode(b"o" * 32).decode()
NOW = 1795309323.0


def nothing(*_: object, **__: object) -> Any:
    """What the clock does of other things."""


class Counters(Counter[str]):
    def count(self, name: str, value: float = 1, **_: str) -> None:
        self[name] += int(value)


def signed(webhook_id: str, content: Any, at: float = NOW, secret: str = SECRET) -> Request:
    """A request as a tool sends it, on a clock that is ours."""
    body = json.dumps(content, ensure_ascii=False).encode()
    signature = sign(keys_of({"signing_secrets": [secret]}, "test"), webhook_id, int(at), body)
    headers = {"webhook-id": webhook_id, "webhook-timestamp": str(int(at)), "webhook-signature": signature}
    return Request(headers, body, at)


def resigned(request: Request, body: bytes) -> Request:
    """The same request with another body, and a signature that is right."""
    webhook_id, at = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
    signature = sign(keys_of({"signing_secrets": [SECRET]}, "test"), webhook_id, at, body)
    return replace(request, body=body, headers={**request.headers, "webhook-signature": signature})


class PeoplesTool(Protocol):
    """A tool as its people use it, and the webhooks that it sends. Words of state and priority are the hub's."""

    def reply(self, ticket: str, text: str, by: str = "agente1") -> None: ...
    def note(self, ticket: str, text: str, by: str = "agente1") -> None: ...
    def set_state(self, ticket: str, state: str) -> None: ...
    def assign(self, ticket: str, agent: str) -> None: ...
    def prioritise(self, ticket: str, word: str) -> None: ...
    def merge(self, ticket: str, into: str) -> None: ...
    def delete(self, ticket: str) -> None: ...
    def requests(self) -> list[Request]:
        """The webhooks of what happened since they were last asked for, in the order in which the tool sends them."""


@dataclass
class Hub:
    """`secrets`: in force. `remaining_s`: what an invocation still has."""

    name: str
    back: Back
    hook: Hook
    secrets: list[str] = field(default_factory=lambda: [SECRET])
    now: float = NOW
    remaining_s: float = 60.0
    metrics: Counters = field(default_factory=Counters)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    seen: dict[str, Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = MemoryTable(self.clock)
        definitions = {name: QueueDefinition(name, f"{name}.fifo") for name in ("inbound", "tools")}
        self.queues = MemoryQueues(definitions, self.clock)
        self.breaker = Breaker(self.name, self.table, self.clock, self.metrics)

    def clock(self) -> float:
        return self.now

    def knows(self, ticket: str, case: str, customer: str = "c-1") -> None:
        """The ticket is that of a case of ours."""
        pk, sk = keys.remote(self.name, "case", ticket)
        self.table.transact([Put({"pk": pk, "sk": sk, "case": case, "customer": customer})])

    def pulling(self) -> Pulling:
        return Pulling(
            back=self.back,
            table=self.table,
            queues=self.queues,
            files=self.files,
            breaker=self.breaker,
            metrics=self.metrics,
            clock=self.clock,
            draw=lambda: 0.0,
            remaining_s=lambda: self.remaining_s,
        )

    def hear(self, *requests: Request) -> None:
        """Webhooks come to the door, and what it queued is worked on."""
        for request in requests:
            hints = self.hook(request, {"signing_secrets": self.secrets}, self.name)
            send(self.queues, [ToolHint.of(self.name, hint) for hint in hints])
        self.work()

    def sweep(self, turn: str = "1") -> None:
        send(self.queues, [ToolHint(self.name, turn)])
        self.work()

    def work(self) -> None:
        """Until no hint is left."""
        while batch := self.queues.receive("tools", 1):
            take(batch[0].body, lambda _: self.pulling(), sweep)
            self.queues.delete("tools", [batch[0].receipt])

    def due(self) -> list[str]:
        """When the clock is to look at something, oldest first."""
        pages = [self.table.query(f"DUE#{number}", index="due") for number in range(keys.DUE_PARTITIONS)]
        return sorted(item["due_sk"].partition("#")[0] for page in pages for item in page.items)

    def tick(self) -> None:
        """The clock looks at what is due, and what it announced is worked on."""
        look_again(
            Looking(
                table=self.table,
                queues=self.queues,
                metrics=self.metrics,
                clock=self.clock,
                connectors_of=lambda _: [],
                look_at_waiting=nothing,
                pass_time=nothing,
                separate=nothing,
                derive_journeys=lambda *_: 0,
                look_at_figures=lambda _: 0,
                remaining_s=lambda: 50.0,
            )
        )
        self.work()

    def die_at_next_write(self) -> None:
        """The next transaction does not happen."""
        table = self.table

        def die(operations: object) -> Cost:
            table.transact = usual  # type: ignore[method-assign]
            raise Transient("dead")

        usual, table.transact = table.transact, die  # type: ignore[method-assign, assignment]

    def envelopes(self) -> list[Mapping[str, Any]]:
        """What is on the inbound queue, taken from it."""
        taken: list[Mapping[str, Any]] = []
        while batch := self.queues.receive("inbound"):
            taken += [json.loads(each.body) for each in batch]
            self.queues.delete("inbound", [each.receipt for each in batch])
        return taken

    def events(self) -> list[Event]:
        """The new ones, once each as the message index has it."""
        new = []
        for envelope in self.envelopes():
            assert envelope["channel"] == self.name
            event = parse(envelope["raw"])
            assert not event.is_malformed, event.reason
            assert (event.channel, event.account) == (self.name, self.name)
            if event.message_id not in self.seen:
                self.seen[event.message_id] = event
                new.append(event)
        return new

    def told(self, tool: PeoplesTool) -> list[Event]:
        """Everything that the tool's people just did."""
        self.hear(*tool.requests())
        return self.events()
