"""Cases that grow, the stream of their changes in shards, and readers and clocks of it that stumble."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from shared.application.figures_of_case import Making
from shared.application.fold import Folding, fold
from shared.application.measure import CaseChange, Measuring, measure
from shared.domain.business_time.levels import ServiceLevels
from shared.domain.event import Event, utc_text
from shared.domain.figures.facts import facts_of
from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import Beside, CaseHistory, Dimensions, Fact
from shared.domain.figures.rules import Rules
from shared.domain.figures.totals import Cells, cells_of, merge_into
from shared.ports.table import Cost, Found, Item, Key, Operation, Page, Put, Table
from shared.store import keys
from shared.store.figures import Generation, cells_of_row, hours_in, open_blocks, row_key_of
from shared.store.items import entry_item

START = datetime(2026, 11, 11, 15, 0, tzinfo=UTC)
ZONE = "America/Guayaquil"
RULES = Rules(ServiceLevels(zones={"acme": ZONE, "zeta": "Europe/Madrid"}))
SEEN = ("CASE", "PROFILE")
BESIDE = ("next_contact_at", "next_answered_at", "next_any_contact_at")


def no_beside(_: Sequence[CaseHistory]) -> dict[str, Beside]:
    return {}


def never(*_: Any) -> None:
    """Nothing changes by time alone."""


def making(**more: Any) -> Making:
    return Making(**{"facts_of": facts_of, "rules": RULES, "beside_of": no_beside, "next_change": never} | more)


def one_per_message(history: CaseHistory, rules: Rules, as_of: datetime) -> list[Fact]:
    """Facts for tests of the way they are counted, whatever facts mean."""
    found = []
    for event in history.events:
        by = Dimensions(channel=event.channel, brand=history.brand, agent=event.actor or "-")
        if event.type == "message.in":
            found.append(Fact(history.case, "contacts_offered", 1, event.occurred_at, dimensions=by))
        if event.type == "message.out":
            age = int((event.occurred_at - history.events[0].occurred_at).total_seconds())
            found.append(Fact(history.case, "nrt_calendar", max(age, 0), event.occurred_at, dimensions=by))
    return found


class Streamed:
    """A table that tells what became of each case and customer, shard by shard and in order, as its stream does."""

    def __init__(self, table: Table, shards: int = 1) -> None:
        self.table = table
        self.shards: dict[str, list[CaseChange]] = {f"shard-{number}": [] for number in range(shards)}
        self._numbers = itertools.count(10**20)
        self.cost = Cost()
        self.writes: list[Sequence[Operation]] = []

    def get(self, key: Key) -> Found:
        found = self.table.get(key)
        self.cost += found.cost
        return found

    def query(self, pk: str, prefix: str = "", **how: Any) -> Page:
        page = self.table.query(pk, prefix, **how)
        self.cost += page.cost
        return page

    def scan(self, **how: Any) -> Page:
        return self.table.scan(**how)

    def transact(self, operations: Sequence[Operation]) -> Cost:
        watched = [one.key for one in operations if one.key[1] in SEEN]
        before = {key: self.table.get(key).item for key in watched}
        cost = self.table.transact(operations)
        for key in watched:
            name = f"shard-{crc32(key[0].encode()) % len(self.shards)}"
            self.shards[name].append(CaseChange(str(next(self._numbers)), before[key], self.table.get(key).item))
        self.cost += cost
        self.writes.append(operations)
        return cost

    @property
    def changes(self) -> int:
        return sum(map(len, self.shards.values()))


@dataclass
class World:
    """Cases over a table. `now`: the clock, in seconds; every write is a second later."""

    table: Table
    shards: int = 1
    making: Making = field(default_factory=making)
    now: float = START.timestamp()

    def __post_init__(self) -> None:
        self.hub = Streamed(self.table, self.shards)
        self.cases: dict[str, Item] = {}

    def clock(self) -> float:
        return self.now

    @property
    def measuring(self) -> Measuring:
        return Measuring(self.hub, self.making, self.clock)

    def folding(self, steps: int = 10_000) -> Folding:
        left = iter(range(steps))
        return Folding(self.hub, self.making.zone_of, self.clock, lambda: next(left, None) is not None)

    # cases

    def open(self, case_id: str, *events: Event, customer: str = "k1", brand: str = "acme", **more: Any) -> None:
        first = events[0]
        pk, sk = keys.case(case_id)
        item: Item = {"pk": pk, "sk": sk, "id": case_id, "customer": customer, "brand": brand, "state": "new"}
        item |= {"sequence": 0, "channels": [first.channel], "opened_at": utc_text(first.occurred_at or START)}
        item |= {"cases_pk": keys.customer(customer)[0], "cases_sk": case_id}
        profile: Item = {"pk": keys.customer(customer)[0], "sk": "PROFILE", "id": customer, "cases": {}}
        if self.table.get((profile["pk"], profile["sk"])).item is None:
            self.hub.transact([Put(profile)])
        self._write(item | more, events)

    def log(self, case_id: str, *events: Event, attributes: dict[str, Any] | None = None, **more: Any) -> None:
        """Entries, and what changes in the case with them; `attributes`: of the last entry."""
        item = self.hub.table.get(keys.case(case_id)).item or {}
        self._write(item | more, events, attributes or {})

    def _write(self, item: Item, events: Sequence[Event], attributes: dict[str, Any] | None = None) -> None:
        entries = []
        for event in events:
            self.now += 1
            item["sequence"] = int(item["sequence"]) + 1
            at = utc_text(datetime.fromtimestamp(int(self.now), UTC))
            entries.append(entry_item(item["id"], item["sequence"], event, at, {}))
            state = event.text if event.kind == "state_change" else None
            item |= {"state": state} if state else {}
        if entries:
            entries[-1] |= attributes or {}
        self.cases[item["id"]] = item
        self.hub.transact([*map(Put, entries), Put(item)])

    # readers

    def read_all(self, size: int = 100) -> None:
        """What a reader that never stumbles does."""
        for shard, changes in self.hub.shards.items():
            for first in range(0, len(changes), size):
                measure(self.measuring, shard, changes[first : first + size])

    def fold_all(self) -> None:
        while open_blocks(self.table):
            fold(self.folding())

    # what was counted

    def stored(self, generation: int = 0) -> Cells:
        """Rows and open blocks together, of all days."""
        found: Cells = {}
        after = None
        while True:
            page = self.table.scan(after=after)
            for item in page.items:
                if item["pk"].startswith("KPI#2") and item["sk"].startswith(f"ROW#{generation}#"):
                    key = row_key_of(item)
                    merge_into(found, cells_of_row(key, hours_in(item)))
            after = page.next
            if after is None:
                break
        for block in open_blocks(self.table):
            merge_into(found, block.cells.get(generation, {}))
        return found

    def computed(self) -> Cells:
        """The same from nothing but the logs, by a computation that knows no blocks, no deltas and no stream."""
        return computed(self.table, self.making)


def computed(table: Table, how: Making) -> Cells:
    cases: dict[str, Item] = {}
    logs: dict[str, list[Item]] = {}
    after = None
    while True:
        page = table.scan(after=after)
        for item in page.items:
            if item["sk"] == "CASE":
                cases[item["pk"]] = item
            elif item["sk"].startswith("ENT#"):
                logs.setdefault(item["pk"], []).append(item)
        after = page.next
        if after is None:
            break
    facts: list[Fact] = []
    for pk, case in cases.items():
        events = events_of(case, sorted(logs.get(pk, []), key=lambda entry: int(entry["sequence"])))
        if not events:
            continue
        said = {name: datetime.fromisoformat(case[name]) for name in BESIDE if name in case}
        history = CaseHistory(case["id"], "-", case["brand"], events, Beside(**said))
        latest = max(event.occurred_at for event in events)
        looked = datetime.fromisoformat(case["figures_at"]) if "figures_at" in case else latest
        facts += how.facts_of(history, how.rules, max(latest, looked))
    return cells_of(facts, how.zone_of)


def event(
    kind: str = "message", author: str = "customer", at: timedelta = timedelta(), who: str | None = None, **more: Any
) -> Event:
    said: dict[str, Any] = {
        "channel": "whatsapp",
        "account": "200000000000001",
        "kind": kind,
        "message_id": f"m{at.total_seconds()}",
        "direction": "inbound" if author == "customer" else "outbound",
        "author": {"type": author, "id": who},
        "occurred_at": utc_text(START + at),
        "provider_type": kind,
    }
    return Event.model_validate(said | more)


def answer(at: timedelta, who: str = "Ana", **more: Any) -> Event:
    return event("message", "agent", at, who, **more)


def state(text: str, was: str, at: timedelta, who: str = "Ana", **more: Any) -> Event:
    said = {"channel": "desk", "text": text, "reason": was, "provider_type": "state", "visibility": "internal"}
    return event("state_change", "agent", at, who, **said | more)


__all__ = ["Generation", "World", "answer", "event", "state"]
