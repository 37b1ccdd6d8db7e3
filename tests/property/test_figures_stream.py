"""What the stream's reader counted is what a computation over the logs says, whatever order, repetition, lateness or
correction came in, and however often the reader and the clock were stopped."""

from __future__ import annotations

import random
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from local.memory.table import MemoryTable
from shared.application.figures import counted
from shared.application.fold import fold
from shared.application.measure import measure
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.event import Event, utc_text
from shared.domain.figures.totals import Cells
from shared.store.figures import open_blocks
from shared.store.views import event_text
from tests.engine.figures.bench import START, World, answer, event, making, state

CHANNELS: Final = ("whatsapp", "email", "webchat", "instagram")
AGENTS: Final = ("Ana", "Luis", "Eva", "Juan")
SETTINGS: Final = Path(__file__).parents[1] / "fixtures" / "kpi" / "g1.yaml"


class Life:
    """Cases that live by chance: each step is one more event of one of them, or of a new one."""

    def __init__(self, world: World, draw: random.Random, brands: list[str]) -> None:
        self.world, self.draw, self.brands = world, draw, brands
        self.at: dict[str, timedelta] = {}
        self.states: dict[str, str] = {}
        self.entries: dict[str, int] = {}
        self.answers: dict[str, list[int]] = {}
        self.events = 0

    def step(self) -> None:
        self.events += 1
        if len(self.at) < 3 or self.draw.random() < 0.08:
            self._open()
            return
        case = self.draw.choice(list(self.at)[-40:])
        self.at[case] += timedelta(seconds=int(self.draw.expovariate(1 / 2_400)) + 1)
        self.draw.choice(self._STEPS)(self, case)

    def _open(self) -> None:
        number = len(self.at)
        case = f"c{number:06}"
        self.at[case] = timedelta(minutes=self.draw.randint(0, 20 * 24 * 60))
        self.states[case], self.entries[case], self.answers[case] = "new", 1, []
        first = self._said(self.at[case], self.draw.choice(CHANNELS))
        more: dict[str, Any] = {"imported": True} if number % 50 == 49 else {}
        brand = self.draw.choice(self.brands)
        self.world.open(case, first, customer=f"k{number % 97}", brand=brand, **more)

    def _log(self, case: str, said: Event, attributes: dict[str, Any] | None = None, **more: Any) -> None:
        self.entries[case] += 1
        self.world.log(case, said, attributes=attributes, **more)

    def _said(self, at: timedelta, channel: str, **more: Any) -> Event:
        return event(at=at, channel=channel, **more)

    def _late(self, case: str) -> timedelta:
        """Mostly now; sometimes it happened days ago and is told only now."""
        back = self.draw.choice([0, 0, 0, 0, 60, 3_600, 3 * 86_400])
        return self.at[case] - timedelta(seconds=self.draw.randint(0, back))

    def _message(self, case: str) -> None:
        flags = self.draw.choice([[], [], [], ["courtesy"], ["opt_out"]])
        self._log(case, self._said(self._late(case), self.draw.choice(CHANNELS), flags=flags))

    def _answer(self, case: str) -> None:
        self._log(case, answer(self._late(case), self.draw.choice(AGENTS), channel=self.draw.choice(CHANNELS)))
        self.answers[case].append(self.entries[case])

    def _note(self, case: str) -> None:
        self._log(case, answer(self._late(case), self.draw.choice(AGENTS), visibility="internal", channel="desk"))

    def _bot(self, case: str) -> None:
        self._log(case, event("message", "bot", self._late(case), channel=self.draw.choice(CHANNELS)))

    def _fail(self, case: str) -> None:
        if self.answers[case]:
            failed = event("receipt", "system", self.at[case], receipt={"state": "failed", "target": "m"})
            self._log(case, failed, {"target": self.draw.choice(self.answers[case])})

    def _state(self, case: str) -> None:
        """Resolved, reopened, put off: as agents do, and as the clock does."""
        was = self.states[case]
        ends = ["resolved", "resolved", "pending_customer", "on_hold", "closed"]
        becomes = self.draw.choice(["open"] if was in ("resolved", "closed") else ends)
        self.states[case] = becomes
        by_clock = {"channel": "hub", "provider_type": "hilo"} if self.draw.random() < 0.2 else {}
        self._log(case, state(becomes, was, self._late(case), self.draw.choice(AGENTS), **by_clock))

    def _owner(self, case: str) -> None:
        said = {"channel": "desk", "provider_type": "owner", "visibility": "internal"}
        who = self.draw.choice(AGENTS)
        self._log(case, event("state_change", "agent", self._late(case), who, text=who, reason="", **said))

    def _priority(self, case: str) -> None:
        said = {"channel": "desk", "provider_type": "priority", "visibility": "internal"}
        text = self.draw.choice(["urgent", "normal"])
        self._log(case, event("state_change", "agent", self._late(case), "Ana", text=text, reason="", **said))

    def _moved(self, case: str) -> None:
        gone = event("deletion", "system", self.at[case], flags=["moved"])
        self._log(case, gone, {"target": self.draw.randint(1, self.entries[case])})

    def _read_again(self, case: str) -> None:
        kind = self.draw.choice(["message", "auto_reply", "unsupported"])
        now = event(kind, at=self._late(case), channel=self.draw.choice(CHANNELS))
        revision = event("edit", "system", self.at[case], flags=["reparsed"])
        read = {"reading": zlib.compress(event_text(now).encode()), "target": self.draw.randint(1, self.entries[case])}
        self._log(case, revision, read)

    def _call(self, case: str) -> None:
        call = self.draw.choice([
            {"state": "missed", "queue_s": self.draw.choice([3, 95])},
            {"state": "completed", "queue_s": 15, "talk_s": self.draw.randint(20, 900), "wrap_up_s": 9, "agent": "Eva"},
        ])  # fmt: skip
        said = {"channel": "voice", "message_id": f"v{self.events}:terminate"}
        self._log(case, event("call", at=self._late(case), call=call, **said))

    def _time(self, case: str) -> None:
        """The clock looked; another case of the customer's was opened, or no longer is."""
        at = utc_text(START + self.at[case] + timedelta(hours=self.draw.randint(0, 200)))
        known = (self.world.hub.table.get((f"CAS#{case}", "CASE")).item or {}).get("figures_at", "")
        self.world.log(case, figures_at=max(at, known))
        if self.draw.random() < 0.3:
            self.world.log(case, next_contact_at=at, next_any_contact_at=at)

    _STEPS: Final = (
        *(_message,) * 6, *(_answer,) * 6, *(_bot,) * 2, *(_state,) * 3, _note, _fail, _owner, _priority, _moved,
        _read_again, _call, _time,
    )  # fmt: skip


class Stumbling:
    """Readers of the shards, and the clock, that take any piece, die before or after their write, and begin again."""

    def __init__(self, world: World, draw: random.Random) -> None:
        self.world, self.draw = world, draw
        self.places = dict.fromkeys(world.hub.shards, 0)

    def work(self, largest: int) -> None:
        for shard, changes in self.world.hub.shards.items():
            place = self.places[shard]
            batch = changes[place : place + self.draw.randint(1, largest)]
            if not batch:
                continue
            measure(self.world.measuring, shard, batch)
            if self.draw.random() < 0.2:  # died after its write: halves come again, and what was done before them
                half = len(batch) // 2
                measure(self.world.measuring, shard, batch[:half] or batch)
                measure(self.world.measuring, shard, batch[half:])
                early = self.draw.randint(0, place)
                measure(self.world.measuring, shard, changes[early : early + self.draw.randint(1, largest)])
            self.places[shard] += len(batch)
        if self.draw.random() < 0.3:
            fold(self.world.folding(self.draw.randint(1, 40)))

    def is_done(self) -> bool:
        return all(place >= len(self.world.hub.shards[shard]) for shard, place in self.places.items())


def lived(events: int, seed: int, *, largest: int) -> tuple[World, Cells]:
    """A world in which so many events happened, and all that was counted of it."""
    draw = random.Random(seed)
    config = parse(SETTINGS.read_text(encoding="utf-8"), str(SETTINGS), {})
    world = World(MemoryTable(lambda: 0.0), shards=3, making=making(rules=rules_of(config)))
    world.now += 90 * 86_400.0  # of what is yet to happen nothing is believed: all that is told lies behind us
    life = Life(world, draw, [brand.name for brand in config.brands])
    readers = Stumbling(world, draw)
    while life.events < events:
        life.step()
        if draw.random() < 3 / largest:
            readers.work(largest)
    while not readers.is_done():
        readers.work(largest)
    return world, world.computed()


def check(world: World, computed: Cells) -> None:
    assert world.stored() == computed
    world.fold_all()
    assert open_blocks(world.table) == []
    days = sorted({cell.day for cell in computed})
    assert counted(world.table, days[0], days[-1]).cells == computed
    for operations in world.hub.writes:
        assert len(operations) <= 10


@pytest.mark.parametrize("seed", [1, 2])
def test_the_stream_of_a_thousand_events_counts_what_the_logs_say(seed: int) -> None:
    world, computed = lived(750, seed, largest=60)
    metrics = {name for totals in computed.values() for name in (*totals.counters, *totals.distributions)}
    assert len(metrics) > 30, "a life in which much happens"
    assert len({cell.day for cell in computed}) > 15
    check(world, computed)


@pytest.mark.slow
def test_the_stream_of_50_000_events_counts_exactly_what_the_logs_say() -> None:
    check(*lived(50_000, 7, largest=150))
