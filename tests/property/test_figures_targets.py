"""Whatever is promised, longer or shorter than before, while cases live: what time does to a case is counted when it is
due, and by counting anew all is as the last promise says."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest

from local.memory.table import MemoryTable
from shared.application.figures_of_case import Making, read_log
from shared.application.recompute import Recompute
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.event import utc_text
from shared.domain.figures.beside import beside_of
from shared.domain.figures.ripening import next_change
from shared.domain.ids import uuid7
from shared.ports.table import Item
from shared.store import keys
from shared.store.figures import generations_of
from tests.engine.figures.bench import START, World, answer, event, making, state
from tests.engine.figures.context import context_of
from tests.engine.figures.looking import look, settle

MINUTE = timedelta(minutes=1)
CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts: []
connectors: []
sla:
- name: all
  first_response: {urgent: PT%dM, any: PT%dM}
  next_response: PT%dM
  resolution: PT%dM
"""


def promising(factor: int) -> Making:
    config = parse(CONFIG % (factor, 2 * factor, 3 * factor, 20 * factor), "test", {})
    rules = rules_of(config)
    return making(rules=rules, next_change=next_change, beside_of=partial(beside_of, limits=rules.limits))


class Life:
    """Cases of a few customers. Every step is a minute or more of the clock's."""

    def __init__(self, draw: Random, factor: int, pauses: list[int]) -> None:
        self.draw, self.factor, self.pauses = draw, factor, pauses
        self.world = World(MemoryTable(lambda: 0.0), shards=2, making=promising(factor))
        self.cases: list[str] = []

    def step(self) -> None:
        self.world.now += self.draw.choice(self.pauses)
        at = timedelta(seconds=self.world.now - START.timestamp())
        if len(self.cases) < 2 or self.draw.random() < 0.1:
            number = len(self.cases)
            self.cases.append(uuid7(self.world.now, number.to_bytes(10, "big")))
            self.world.open(self.cases[-1], event(at=at), customer=f"k{number % 3}")
        else:
            self._go_on(self.draw.choice(self.cases), at)
        for work in self.draw.sample([self.world.read_all, self.world.fold_all, partial(look, self.world)] * 2, 4):
            work()

    def _go_on(self, case: str, at: timedelta) -> None:
        said = {"channel": "desk", "provider_type": "priority", "visibility": "internal", "reason": ""}
        urgency = self.draw.choice(["urgent", "normal"])
        was = (self.world.table.get(keys.case(case)).item or {})["state"]
        becomes = self.draw.choice(["open", "resolved", "pending_customer"])
        late = at - timedelta(seconds=self.draw.choice([0, 0, 0, 90, 1_800]))
        self.world.log(case, self.draw.choice([
            event(at=late), event(at=late), answer(late), state(becomes, was, at),
            event("state_change", "agent", at, "Ana", text=urgency, **said),
        ]))  # fmt: skip

    def promise(self, factor: int) -> None:
        self.factor = factor
        self.world.making = promising(factor)

    def items(self) -> list[Item]:
        return [item for one in self.cases if (item := self.world.table.get(keys.case(one)).item)]

    def nothing_is_due(self) -> None:
        now = utc_text(datetime.fromtimestamp(int(self.world.now), START.tzinfo))
        for case in self.items():
            due = self.world.making.next_look(case, read_log(self.world.table, case))
            assert due is None or due > now


@pytest.mark.parametrize("seed", range(12))
def test_what_is_promised_longer_and_longer_is_counted_when_it_is_due(seed: int) -> None:
    """What a shorter promise had breached stays so; here none is breached before it is longer."""
    draw = Random(seed)
    life = Life(draw, 60, [5, 20, 60])
    for _ in range(40):
        life.step()
        if draw.random() < 0.1:
            life.promise(life.factor + draw.randint(1, 30))
    for _ in range(40):
        life.world.now += draw.choice([1, 60, 600, 2_400, 7_200])
        settle(life.world)
        life.nothing_is_due()
    assert life.world.stored() == life.world.computed()


@pytest.mark.parametrize("seed", range(12))
def test_counted_anew_all_is_as_the_last_promise_says(seed: int) -> None:
    draw = Random(seed)
    life = Life(draw, 5, [20, 60, 60, 300, 3_600])
    world = life.world
    for _ in range(40):
        life.step()
        if draw.random() < 0.15:
            life.promise(draw.choice([1, 2, 5, 30, 200]))
    recompute = Recompute(context_of(world), world.making, lambda: True)
    number = recompute.begin()
    recompute.mark(number, None)
    life.step()
    marked = recompute.marked(None, number).marked
    settle(world)
    assert recompute.counted(number) >= marked
    recompute.take_over(number)
    for _ in range(12):
        world.now += draw.choice([1, 60, 600, 7_200, 90_000])
        life.step()
        settle(world)
        life.nothing_is_due()
        assert world.stored(generations_of(world.table)[0].number) == world.computed()
