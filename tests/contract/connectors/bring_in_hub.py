"""A hub that imports from the fake RT, hears people on WhatsApp, and tells RT by the real sync."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.definitions import QueueDefinition
from local.memory.files import MemoryFiles
from local.memory.queues import MemoryQueues
from local.memory.table import MemoryTable
from shared.application.breaker import Breaker
from shared.application.bring_in import BringIn, Page
from shared.application.bring_in_tickets import tickets
from shared.application.record import Context, Incoming, Outcome, Recorder
from shared.application.sync import sync
from shared.application.telling import Means, Run
from shared.application.trigger import Trigger
from shared.configuration import parse
from shared.connectors.request_tracker import connect, connect_back, connect_stock
from shared.connectors.request_tracker.options import Options
from shared.domain.event import Event, utc_text
from shared.domain.identity import whatsapp_phone
from shared.domain.ids import uuid7
from shared.ports.connectors import Remote, Stock
from shared.ports.table import Item
from shared.store import keys
from tests.contract.connectors.way_back import Counters

NOW = 1795341600.0
CONFIG = """
brands:
- {{name: acme, languages: [es], default_country: {country}, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "200000000000001", brand: acme, secret: whatsapp}}
connectors:
- name: soporte
  kind: request_tracker
  url: "{url}"
  secret: soporte
  queue: Soporte
  allow_private: true
  adopt_tickets: {adopt}
"""


@dataclass
class ImportingHub:
    """`token`: of the hub's user in RT."""

    url: str
    token: str
    country: str = "EC"
    adopt: bool = True
    table: MemoryTable = field(init=False)
    now: float = NOW
    numbers: Any = field(default_factory=itertools.count)
    metrics: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        self.table = MemoryTable(self.clock)
        self.files = MemoryFiles()
        text = CONFIG.format(url=self.url, country=self.country, adopt=str(self.adopt).lower())
        self.config = parse(text, "hub.yaml", {"request_tracker": Options})
        self.settings = self.config.connectors[0]
        self.connector = connect(self.settings, self, self.clock)
        self.back = connect_back(self.settings, self, self.clock)
        self.queues = MemoryQueues({name: QueueDefinition(name, name) for name in ("inbound", "sync")}, self.clock)

    def clock(self) -> float:
        return self.now

    def get(self, name: str) -> dict[str, Any]:
        """The hub's secrets."""
        return {"token": self.token}

    @property
    def stock(self) -> Stock:
        return connect_stock(self.settings, self, self.clock)

    @property
    def context(self) -> Context:
        def new_id() -> str:
            return uuid7(self.now, next(self.numbers).to_bytes(10, "big"))

        return Context(self.table, self.files, self.metrics, self.config, self.clock, new_id, lambda _: None)

    def import_all(self, *, dry: bool = False, stock: Stock | None = None) -> Page:
        """Contacts to the end, page after page, as the command does."""
        import_ = BringIn(self.context, stock or self.stock, self.settings, dry)
        return _all(import_.contacts)

    def import_tickets(self, *, dry: bool = False) -> Page:
        import_ = BringIn(self.context, self.stock, self.settings, dry)
        return _all(lambda cursor: tickets(import_, cursor))

    def hear(self, wa_id: str, text: str = "Hola", name: str | None = None) -> Outcome:
        """Somebody writes on WhatsApp."""
        message = f"wamid.{next(self.numbers)}"
        received = utc_text(datetime.fromtimestamp(int(self.now), UTC))
        phone = {"kind": "phone", "value": whatsapp_phone(wa_id), "address": wa_id, "level": "channel"}
        parts = {
            "channel": "whatsapp",
            "account": "200000000000001",
            "kind": "message",
            "message_id": message,
            "author": {"type": "customer"},
            "occurred_at": received,
            "identities": [phone],
            "display_name": name,
            "text": text,
            "provider_type": "text",
        }
        return self.record(Event.model_validate(parts))

    def record(self, event: Event) -> Outcome:
        received = utc_text(datetime.fromtimestamp(int(self.now), UTC))
        incoming = Incoming(event, received, "{}", event.message_id, 0, raw={"said": event.message_id})
        return Recorder(self.context).record(incoming)

    def tell(self, case: str) -> str:
        """RT is told of a case, to its end."""
        item = self.item(keys.case(case))
        trigger = Trigger("soporte", item["customer"], case=case, sequence=item["sequence"])
        breaker = Breaker("soporte", self.table, self.clock, self.metrics)
        means = Means(self.connector, self.table, self.queues, breaker, self.metrics, self.clock, random.random)
        return sync(trigger.body, lambda _: means, Run(lambda: 60.0, "trace"))

    def write(self, wa_id: str, name: str | None = None) -> str:
        """Somebody writes, and RT is told. Their case."""
        outcome = self.hear(wa_id, name=name)
        assert outcome.case
        assert self.tell(outcome.case) == "pushed"
        return outcome.case

    def contact_of(self, case: str) -> Item:
        """What is known of the contact in RT of a case's customer."""
        return self.item(keys.reference_to_contact(self.item(keys.case(case))["customer"], "soporte"))

    def item(self, key: tuple[str, str]) -> Item:
        found = self.table.get(key).item
        assert found is not None, key
        return found

    def customers(self) -> int:
        return sum(item["sk"] == "PROFILE" for item in self.items())

    def items(self) -> list[Item]:
        """All there is."""
        found, after = [], None
        while True:
            page = self.table.scan(after=after)
            found += page.items
            after = page.next
            if after is None:
                return found

    def remote(self, case: str) -> Remote:
        return Remote(self.item(keys.cursor(case, "soporte"))["remote_id"])


def _all(page_of: Callable[[str | None], Page]) -> Page:
    total, cursor = Page(), None
    while True:
        page = page_of(cursor)
        total.counts = Counter(total.counts) + page.counts
        total.notes += page.notes
        cursor = page.next
        if cursor is None:
            return total
