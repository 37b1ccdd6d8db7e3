"""A hub over an engine's table, and its journeys as the clock keeps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.application.inquire_journeys import Wish, journeys
from shared.application.journeys import Deriving, derive
from shared.application.journeys_mark import DELAY_S, mark
from shared.domain.event import Event
from shared.domain.journeys.model import Journey
from shared.domain.journeys.rules import JourneyRules
from shared.ports.table import Table
from shared.store import keys
from shared.store.journeys import journey_in
from tests.engine.record.bench import START, CountedTable, Hub, said
from tests.engine.record.people import People
from tests.engine.record.tools.bench import done

ZONE = "America/Guayaquil"
ZONES = {"acme": ZONE, "zeta": ZONE}
RULES = JourneyRules()


@dataclass
class Kept:
    """What is kept of journeys. `looked`: when the clock last derived."""

    hub: Hub

    def look(self, *customers: str) -> int:
        """News of these customers, and the clock a few minutes later. How many journeys changed."""
        mark(self.hub.table, customers, self.hub.seconds)
        self.hub.seconds += DELAY_S + 1
        return sum(self.derive(customer) for customer in customers)

    def derive(self, customer: str) -> int:
        due = self.due(customer)
        return derive(self.deriving(), customer, due) if due else 0

    def due(self, customer: str) -> str | None:
        item = self.hub.table.table.get(keys.journeys_of(customer)).item
        return item.get("due_sk") if item else None

    def deriving(self) -> Deriving:
        return Deriving(self.hub.table, RULES, lambda _: ZONE, self.hub.seconds)

    def all(self) -> list[Journey]:
        """Every journey that is kept, whichever list names it."""
        found, after = [], None
        while True:
            page = self.hub.table.table.scan(after=after)
            found += [journey_in(item) for item in page.items if item["pk"].startswith("JRN#") and "journey" in item]
            after = page.next
            if after is None:
                return sorted(found, key=lambda one: (one.started_at, one.id))

    def ask(self, since: date, until: date, at: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
        """The figures of these days, at a time after the beginning."""
        return journeys(self.hub.table, Wish(since, until, **more), RULES, ZONES, START + at)


@pytest.fixture
def hub(table: Table) -> Hub:
    return Hub(CountedTable(table))


@pytest.fixture
def kept(hub: Hub) -> Kept:
    return Kept(hub)


@pytest.fixture
def people(hub: Hub) -> People:
    return People(hub, said)


@pytest.fixture
def staff(hub: Hub) -> Callable[..., Any]:
    """What an agent does with a case: `staff("1", case, at=…)` answers, with `state` says how it stands."""

    def act(message: str, case: str, *, at: timedelta, state: str | None = None) -> Any:
        more = {"kind": "state_change", "provider_type": "state", "text": state} if state else {}
        event: Event = done(message, case, tool="hub", at=at, **more)
        return hub.record(event)

    return act


@pytest.fixture
def as_of() -> Callable[[timedelta], datetime]:
    return lambda at: (START + at).astimezone(UTC)
