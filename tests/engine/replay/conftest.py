"""Messages through intake into an engine's table, and a replay of them by parsers that can be changed on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.application.inquire_cases import case
from shared.application.intake import Intake
from shared.application.record import Outcome
from shared.application.replay import Replay
from shared.application.replay_page import Replayed, Wish
from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.domain.event import Event
from shared.ports.queues import Message
from shared.ports.table import Item, Table
from shared.store import keys
from tests.engine.record.bench import NUMBER, START, CountedTable, Hub, Shelf

FROM, TO = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
AT = int(START.timestamp())


class Listed(Shelf):
    def list(self, prefix: str, after: str = "", limit: int = 1000) -> Any:
        return sorted(key for key in self if key.startswith(prefix) and key > after)[:limit]


@dataclass
class Inbound:
    """The inbound queue as a list. `refuses`: takes nothing."""

    sent: list[Message] = field(default_factory=list)
    refuses: bool = False

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        assert queue == "inbound"
        if self.refuses:
            return tuple(range(len(batch)))
        self.sent += batch
        return ()


@dataclass
class World:
    """`change`: what the parser of today does to an event; by itself nothing."""

    hub: Hub
    inbound: Inbound = field(default_factory=Inbound)
    change: Callable[[Event], Event] = lambda event: event
    delivered: int = 0

    def parse(self, raw: Any) -> Event:
        return self.change(parse(raw))

    def channel(self, name: str) -> Any:
        return {"whatsapp": self}[name]

    def deliver(self, value: dict[str, Any], account: str = NUMBER, field_: str = "messages") -> list[Outcome]:
        """One delivery, each element through intake."""
        self.delivered += 1
        change = {"field": field_, "value": {"metadata": {"phone_number_id": account}, **value}}
        entry = {"id": "100000000000001", "time": AT, "changes": [change]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        head = {"channel": "whatsapp", "delivery": f"d{self.delivered}", "received_at": self.hub.context.now()}
        envelopes = [json.dumps({**head, "index": n, "raw": one.raw}) for n, one in enumerate(split(body))]
        return [self.take(envelope) for envelope in envelopes]

    def take(self, envelope: str) -> Outcome:
        return Intake(self.hub.context, self.channel).take(envelope)

    def say(self, message: str, phone: str = "593991234567", **said: Any) -> Outcome:
        """One message: a text unless told otherwise."""
        content = said or {"type": "text", "text": {"body": "Hola"}}
        contact = {"wa_id": phone, "profile": {"name": "Ana"}}
        one = {"id": message, "from": phone, "timestamp": str(AT), **content}
        [outcome] = self.deliver({"contacts": [contact], "messages": [one]})
        return outcome

    def photo(self, message: str, caption: str, phone: str = "593991234567") -> Outcome:
        image = {"id": f"media-{message}", "mime_type": "image/jpeg", "caption": caption}
        return self.say(message, phone, type="image", image=image)

    def replay(self, *, dry: bool = False, only: str | None = None, **times: datetime) -> Replayed:
        """The whole of it in one page."""
        return self.page(None, dry=dry, only=only, **times)

    def page(self, cursor: str | None, *, end: float | None = None, **wish: Any) -> Replayed:
        wish = {"since": FROM, "until": TO, **wish}
        clock = self.hub.context.clock
        replay = Replay(self.hub.table.table, self.hub.files, self.inbound, self.channel, clock)  # type: ignore[arg-type]
        return replay.page(Wish(**wish), cursor, clock() + 60 if end is None else end)

    def items(self) -> dict[tuple[str, str], Item]:
        """Everything in the table."""
        found: dict[tuple[str, str], Item] = {}
        after = None
        while True:
            page = self.hub.table.table.scan(after=after)
            found |= {(item["pk"], item["sk"]): item for item in page.items}
            after = page.next
            if after is None:
                return found

    def shown(self, outcome: Outcome) -> list[dict[str, Any]]:
        """What people see of a case."""
        assert outcome.case
        said: list[dict[str, Any]] = case(self.hub.table.table, outcome.case)["interactions"]
        return said

    def entry(self, outcome: Outcome, sequence: int | None = None) -> Item:
        assert outcome.case
        number = sequence or outcome.sequence
        assert number
        found = self.hub.table.table.get(keys.entry(outcome.case, number)).item
        assert found
        return found


@pytest.fixture
def world(contended_table: Table) -> World:
    """Not on moto, whose table copies itself at each write."""
    return World(Hub(CountedTable(contended_table), files=Listed()))


def captions_louder(event: Event) -> Event:
    """A parser that reads captions differently."""
    if event.attachments and event.text:
        return event.model_copy(update={"text": event.text.upper()})
    return event


@pytest.fixture
def louder() -> Callable[[Event], Event]:
    return captions_louder
