"""A hub whose agents answer, and a channel that does what a test says with what it is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.application.breaker import Breaker
from shared.application.dispatch import Dispatching, dispatch
from shared.application.dispatch_news import News
from shared.application.dispatch_plan import Planner
from shared.application.intake import Intake
from shared.application.order import Order
from shared.application.record import Context, Outcome
from shared.configuration import Config, ConnectorSettings
from shared.domain.answer import Accepted, Address, Answer, Body, Language, SendOutcome
from shared.domain.errors import Permanent
from shared.domain.event import Event
from shared.ports.queues import Message
from shared.ports.table import Item, Put, Table
from shared.store import keys
from tests.engine.record.bench import START, CountedTable, Hub, Told, config

ANA = "593991234567"


class Way:
    """A channel's way out. `answers`: what it says to each request, in order; then it accepts."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Body]] = []
        self.answers: list[SendOutcome | BaseException] = []
        self.longest = 1000

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        if answer.template:
            return [{"to": to.value, "template": answer.template.name, "mark": f"{mark}:0"}]
        if not answer.text:
            raise Permanent("an answer without a text")
        pieces = [answer.text[at : at + self.longest] for at in range(0, len(answer.text), self.longest)]
        context = {"reply_to": answer.in_reply_to} if answer.in_reply_to else {}
        return [
            {"to": to.value, "kind": to.kind, "text": text, "mark": f"{mark}:{number}", **context}
            for number, text in enumerate(pieces)
        ]

    def send(self, account: str, body: Body) -> SendOutcome:
        self.said.append((account, body))
        said = self.answers.pop(0) if self.answers else Accepted(f"wamid.out.{len(self.said)}")
        if isinstance(said, BaseException):
            raise said
        return said

    def advice(self, code: str, language: Language) -> str:
        return f"{language}: {code}"


class Shelves:
    """Queues that keep what they are given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        self.sent += [(queue, message) for message in batch]
        return ()

    def depths(self) -> dict[str, Any]:
        return {}

    def taken(self, queue: str) -> list[dict[str, Any]]:
        """The bodies in one queue, which is empty then."""
        found = [json.loads(message.body) for name, message in self.sent if name == queue]
        self.sent = [one for one in self.sent if one[0] != queue]
        return found


@dataclass
class Office(Hub):
    """Customers write, agents answer in the tool `desk`, and what is ordered goes out."""

    way: Way = field(default_factory=Way)
    queues: Shelves = field(default_factory=Shelves)
    config: Config = field(default_factory=lambda: _config())
    remaining: float = 60.0
    breakers: dict[str, Breaker] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        return replace(super().context, config=self.config)

    def opened(self, case_id: str | None, told: int = 1) -> str:
        """The tool has a ticket of this case and was told so far."""
        assert case_id
        ticket = f"T-{case_id}"
        pk, sk = keys.remote("desk", "case", ticket)
        self.table.table.transact([Put({"pk": pk, "sk": sk, "case": case_id, "customer": "c"})])
        self.told(case_id, told)
        return ticket

    def told(self, case_id: str, upto: int) -> None:
        pk, sk = keys.cursor(case_id, "desk")
        self.table.table.transact([Put({"pk": pk, "sk": sk, "customer": "c", "pushed": upto})])

    def answers(self, ticket: str, message: str = "r1", text: str | None = "Buenas tardes", **more: Any) -> Outcome:
        parts: dict[str, Any] = {
            "channel": "desk",
            "account": "desk",
            "thread": ticket,
            "kind": "message",
            "message_id": message,
            "direction": "outbound",
            "author": {"type": "agent", "id": "luis", "name": "Luis"},
            "occurred_at": START + timedelta(seconds=self.seconds - START.timestamp()),
            "text": text,
            "provider_type": "reply",
        }
        return self.record(Event.model_validate(parts | more))

    def order(self, outcome: Outcome, **more: Any) -> Order:
        """As the relay would make it of the entry."""
        assert outcome.case
        assert outcome.sequence
        item = self.entry(outcome)
        return Order(outcome.case, outcome.sequence, item["to"], **more)

    def carry(self, order: Order) -> str:
        return dispatch(order.message.body, self.means)

    @property
    def means(self) -> Dispatching:
        table, clock = self.table, lambda: self.seconds
        return Dispatching(
            table=table,
            queues=self.queues,
            metrics=self.counters,
            clock=clock,
            planner=Planner(
                table, self.config, clock, dict.fromkeys(("whatsapp", "messenger", "instagram"), self.way).get
            ),
            news=News(table, self.queues, self.files, clock),
            breaker_of=self.breaker,
            remaining_s=lambda: self.remaining,
        )

    def breaker(self, name: str) -> Breaker:
        if name not in self.breakers:
            self.breakers[name] = Breaker(name, self.table, lambda: self.seconds, self.counters)
        return self.breakers[name]

    def take_in(self) -> list[Outcome]:
        """Intake takes what the dispatch had to tell."""
        intake = Intake(self.context, lambda name: Bare() if name == "hub" else Told())
        return [intake.take(json.dumps(body)) for body in self.queues.taken("inbound")]

    def send_of(self, outcome: Outcome) -> Item:
        assert outcome.case
        assert outcome.sequence
        item = self.table.table.get(keys.send(outcome.case, outcome.sequence)).item
        assert item
        return item

    def entry(self, outcome: Outcome) -> Item:
        assert outcome.case
        assert outcome.sequence
        item = self.table.table.get(keys.entry(outcome.case, outcome.sequence)).item
        assert item
        return item


class Bare:
    """What the hub tells itself is the event as it stands."""

    def parse(self, raw: Any) -> Event:
        return Event.model_validate(raw)


def _config() -> Config:
    return config().model_copy(
        update={"connectors": [ConnectorSettings(name="desk", kind="generic_webhook", secret="desk")]}
    )


@pytest.fixture
def office(table: Table) -> Office:
    return Office(CountedTable(table))


@pytest.fixture
def conversation(office: Office, say: Callable[..., Event]) -> Callable[..., tuple[str, str]]:
    """Ana has written, and the tool knows: case and ticket."""

    def begin(**more: Any) -> tuple[str, str]:
        case = office.record(say("w1", "Hola", **more)).case
        assert case
        return case, office.opened(case)

    return begin


@pytest.fixture
def say() -> Callable[..., Event]:
    from tests.engine.record.bench import said

    return said
