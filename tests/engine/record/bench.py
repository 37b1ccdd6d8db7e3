"""A recorder over a table, and people who write to it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.application.record import Context, Incoming, Outcome, Recorder
from shared.configuration import Config, parse
from shared.domain.event import Entry, Event, utc_text
from shared.domain.ids import uuid7
from shared.ports.table import Cost, Found, Item, Key, Operation, Page, Table
from shared.store import keys
from shared.store.views import entry_view

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NUMBER, OTHER_NUMBER = "200000000000001", "200000000000002"

CONFIG = f"""
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
- {{name: zeta, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "{NUMBER}", brand: acme, portfolio: default, secret: whatsapp}}
- {{channel: whatsapp, id: "{OTHER_NUMBER}", brand: acme, portfolio: default, secret: whatsapp}}
- {{channel: whatsapp, id: "200000000000003", brand: zeta, portfolio: default, secret: whatsapp}}
connectors: []
"""


class CountedTable:
    """A table that adds up what it was asked and what that cost. `before_transact` is called before each write,
    `before_get` before the item of a key is read."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.reads = 0
        self.transactions: list[list[Operation]] = []
        self.cost = Cost()
        self.before_transact: Callable[[Any], None] | None = None
        self.before_get: Callable[[Key], None] | None = None

    def reset(self) -> None:
        self.reads, self.transactions, self.cost = 0, [], Cost()

    def get(self, key: Key) -> Found:
        if self.before_get:
            self.before_get(key)
        found = self.table.get(key)
        self.reads += 1
        self.cost += found.cost
        return found

    def query(self, pk: str, prefix: str = "", **options: Any) -> Page:
        page = self.table.query(pk, prefix, **options)
        self.reads += 1
        self.cost += page.cost
        return page

    def transact(self, operations: Any) -> Cost:
        if self.before_transact:
            self.before_transact(operations)
        cost = self.table.transact(operations)
        self.transactions.append(list(operations))
        self.cost += cost
        return cost


class Shelf(dict[str, bytes]):
    """Files in memory."""

    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self[key] = content

    def delete(self, key: str) -> None:
        self.pop(key, None)


class Counters(dict[str, float]):
    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        self[name] = self.get(name, 0) + value


class Told:
    """A channel whose elements are events already."""

    def parse(self, raw: Any) -> Event:
        return Event.model_validate(raw["said"])


@dataclass
class Hub:
    table: CountedTable
    files: Shelf = field(default_factory=Shelf)
    counters: Counters = field(default_factory=Counters)
    seconds: float = START.timestamp()
    numbers: Any = field(default_factory=itertools.count)

    @property
    def context(self) -> Context:
        return Context(
            self.table,
            self.files,
            self.counters,
            config(),
            lambda: self.seconds,
            lambda: uuid7(self.seconds + next(self.numbers) / 1000, next(self.numbers).to_bytes(10, "big")),
            lambda _: None,
        )

    def record(self, event: Event) -> Outcome:
        return Recorder(self.context).record(self.incoming(event))

    def incoming(self, event: Event) -> Incoming:
        """As it comes in: now, and never before it happened (the hub's clock mostly stands still here)."""
        now, said = datetime.fromtimestamp(int(self.seconds), UTC), event.occurred_at
        received = utc_text(said + timedelta(seconds=1) if said and said > now else now)
        raw = {"said": event.dump()}
        envelope = {"channel": event.channel, "delivery": "d", "index": 0, "received_at": received, "raw": raw}
        return Incoming(event, received, json.dumps(envelope), "d", 0, raw=raw)

    def case(self, case_id: str | None) -> Item:
        assert case_id
        item = self.table.table.get(keys.case(case_id)).item
        assert item
        return item

    def profile(self, customer: str) -> Item:
        item = self.table.table.get(keys.customer(customer)).item
        assert item
        return item

    def log(self, case_id: str | None) -> list[Entry]:
        assert case_id
        return [entry_view(item) for item in self.table.table.query(keys.case(case_id)[0], "ENT#").items]

    def entries(self, case_id: str | None) -> list[Item]:
        """The log's items as stored."""
        assert case_id
        return list(self.table.table.query(keys.case(case_id)[0], "ENT#").items)

    def hold(self, customer: str, **attributes: Any) -> None:
        """What others than the recorder put on a profile."""
        from shared.ports.table import Update

        self.table.table.transact([Update(keys.customer(customer), set=attributes)])

    def set_case(self, case_id: str | None, **changes: Any) -> None:
        """As an agent's action would: state and its moments."""
        from shared.ports.table import Update

        assert case_id
        self.table.table.transact([Update(keys.case(case_id), set=changes)])


def config() -> Config:
    return parse(CONFIG, "test", {})


def said(
    message: str,
    text: str | None = "Hola",
    *,
    phone: str | None = "593991234567",
    bsuid: str | None = None,
    at: timedelta = timedelta(),
    account: str = NUMBER,
    name: str | None = "Ana",
    kind: str = "message",
    **more: Any,
) -> Event:
    identities = []
    if bsuid:
        identities.append({"kind": "whatsapp", "value": bsuid, "address": bsuid, "level": "channel"})
    if phone:
        identities.append({"kind": "phone", "value": f"+{phone}", "address": phone, "level": "channel"})
    parts = {
        "channel": "whatsapp",
        "account": account,
        "kind": kind,
        "message_id": message,
        "author": {"type": "customer"},
        "occurred_at": START + at,
        "identities": identities,
        "display_name": name,
        "text": text,
        "provider_type": "text",
    }
    return Event.model_validate(parts | more)
