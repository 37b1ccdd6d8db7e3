"""Where journeys have bounds: of one customer, and of one answer."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_journeys import MAX_JOURNEYS, Wish, journeys
from shared.application.journeys import MAX_CASES, Deriving, derive
from shared.application.journeys_mark import mark
from shared.domain.journeys.model import ChannelStep, Journey, Visit
from shared.domain.journeys.rules import JourneyRules
from shared.ports.table import Cost, Found, Page
from shared.store import keys
from shared.store.journeys import journey_item
from tests.engine.figures.bench import START, ZONE, World, answer, event

RULES = JourneyRules()
MONTH = timedelta(days=30)


def opened(world: World, number: int) -> None:
    """A case a month, so that each is a journey of its own."""
    world.now = (START + number * MONTH).timestamp()
    world.open(f"c{number:03}", event(at=number * MONTH))


def derived(world: World) -> dict[str, Any]:
    """What is listed of the customer once the clock has derived."""
    mark(world.table, ["k1"], world.now)
    due = (world.table.get(keys.journeys_of("k1")).item or {})["due_sk"]
    derive(Deriving(world.table, RULES, lambda _: ZONE, world.now), "k1", due)
    listed: dict[str, Any] = (world.table.get(keys.journeys_of("k1")).item or {})["listed"]
    return listed


def kept(world: World) -> int:
    return sum(item["sk"].startswith(keys.JOURNEYS) for item in world.table.scan(limit=10_000).items)


def test_what_began_before_the_newest_cases_stays_as_it_was() -> None:
    world = World(MemoryTable(lambda: 0.0))
    for number in range(MAX_CASES):
        opened(world, number)
    first = derived(world)
    assert (len(first), kept(world)) == (MAX_CASES, MAX_CASES)
    opened(world, MAX_CASES)
    world.log("c000", answer(timedelta(minutes=5)))  # too old to be looked at
    second = derived(world)
    assert (len(second), kept(world)) == (MAX_CASES + 1, MAX_CASES + 1)
    assert first.items() <= second.items()


class Full:
    """A table in which a day has more journeys than an answer may have."""

    def __init__(self, number: int) -> None:
        start = START.astimezone(UTC)
        visits, steps = (Visit("discover", start, start),), (ChannelStep("whatsapp", start),)
        one = Journey("j", "k1", "acme", "unknown", start, start, start, visits, steps, resolved_at=start)
        self._page = Page([journey_item("2026-11-11", "k1", one)] * number, None, Cost())

    def query(self, *_: Any, **__: Any) -> Page:
        return self._page

    def get(self, _: Any) -> Found:
        return Found(None, Cost())


@pytest.mark.parametrize("more", [0, 1])
def test_an_answer_has_so_many_journeys_at_the_most(more: int) -> None:
    table: Any = Full(MAX_JOURNEYS + more)
    day = date(2026, 11, 11)
    question = table, Wish(day, day), RULES, {"acme": ZONE}, START + timedelta(days=60)
    if more:
        with pytest.raises(BadQuestion, match=f"more than {MAX_JOURNEYS} journeys, ask for fewer days"):
            journeys(*question)
    else:
        assert journeys(*question)["journeys"] == MAX_JOURNEYS
