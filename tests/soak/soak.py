"""A hub as a process, which is killed again and again while people write to it, and every call of which may fail
after its effect; and what is found in the end beside what must be."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.soak.found import Found, look
from tests.soak.people import deliveries
from tests.soak.receiver import Receiver
from tests.system.embedded import RunningHub
from tests.system.phones import quick_template

SENDERS = 6
AHEAD = 20
"""A twentieth of all messages may be under way: people go on writing while the hub is killed, not only before."""
CLOCK_S = 1.0
STUCK_S = 900.0


@dataclass(frozen=True)
class Plan:
    messages: int
    people: int
    kills: int
    fault_rate: float
    lost_answers: float
    seed: int


@dataclass(frozen=True)
class Result:
    """Found and expected, by name, in the order of the closing line."""

    figures: dict[str, tuple[int, int]]

    @property
    def holds(self) -> bool:
        return all(found == expected for found, expected in self.figures.values())

    @property
    def line(self) -> str:
        told = ", ".join(f"{name} {found} (expected {wanted})" for name, (found, wanted) in self.figures.items())
        return f"soak: {told}: {'equal' if self.holds else 'NOT EQUAL'}"


class FaultyHub(RunningHub):
    """The hub whose calls fail. Another seed each time it starts."""

    def __init__(self, folder: Path, config: Path, template: Path, plan: Plan) -> None:
        super().__init__(folder, config, CLOCK_S)
        self._template = template
        self._plan = plan
        self._starts = 0

    def command(self) -> list[str]:
        self._starts += 1
        where = ["0", str(self.folder), str(self.config), str(self.clock_every), str(self._template)]
        chance = [str(self._plan.fault_rate), str(self._plan.seed * 1000 + self._starts)]
        return [sys.executable, "-m", "tests.soak.faulty_hub", *where, *chance]


def soak(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> Result:
    """Send, kill, wait until all is told or nothing moves any more, stop, and count."""
    random = Random(plan.seed)
    receiver = Receiver(plan.lost_answers, plan.seed)
    hub = FaultyHub(folder / "hub", _config(folder, receiver.url), quick_template(folder), plan).start()
    try:
        sent, ids = deliveries(plan.messages, plan.people, random)
        senders = Senders(hub, receiver, sent, plan.messages // AHEAD)
        senders.start()
        _storm(plan, hub, receiver, senders, random, say)
        senders.join()
        _wait_until_told(receiver, ids)
        hub.stop()
    finally:
        if hub.process and hub.process.poll() is None:
            hub.kill()
        receiver.stop()
    found = look(hub.folder)
    say(f"{receiver.copies} copies at the tool, {senders.again} deliveries sent again, {plan.kills} kills")
    for name, has in (("recorded", found.recorded), ("told", receiver.told)):
        missing = sorted(ids - has.keys())
        if missing:
            say(f"not {name}: {', '.join(missing)}")
    return Result(_figures(plan, ids, senders, receiver, found))


def _storm(
    plan: Plan, hub: FaultyHub, receiver: Receiver, senders: Senders, random: Random, say: Callable[[str], None]
) -> None:
    """Kill the hub at so many places on the way."""
    for number in range(plan.kills):
        goal = plan.messages * (number + 1) // (plan.kills + 1)
        _wait(lambda goal=goal: len(receiver.told) >= goal)  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.1))
        hub.kill()
        say(f"kill {number + 1} of {plan.kills}: {len(receiver.told)} of {senders.taken} told")
        hub.start()


def _wait_until_told(receiver: Receiver, ids: set[str]) -> None:
    _wait(lambda: ids <= receiver.told.keys())
    time.sleep(2 * CLOCK_S)  # what comes twice may still come


def _wait(done: Callable[[], bool]) -> None:
    """Until it is so, or for so long that what does not move never will: the figures then say what is missing."""
    end = time.monotonic() + STUCK_S
    while not done() and time.monotonic() < end:
        time.sleep(0.02)


class Senders:
    """Several providers' lanes. Each posts a delivery until it is taken."""

    def __init__(self, hub: RunningHub, receiver: Receiver, sent: list[dict[str, Any]], ahead: int) -> None:
        self._hub = hub
        self._ahead = ahead
        self._receiver = receiver
        self._left = iter(sent)
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self.again = 0
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]

    @property
    def taken(self) -> int:
        """Messages that the hub has acknowledged, each counted once."""
        return len(self._ids)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(STUCK_S)

    def _send(self) -> None:
        while True:
            with self._lock:
                each = next(self._left, None)
            if each is None:
                return
            while self.taken - len(self._receiver.told) > self._ahead:
                time.sleep(0.01)
            self._until_taken(each)

    def _until_taken(self, each: dict[str, Any]) -> None:
        body = json.dumps(each).encode()
        while not self._is_taken(body):
            with self._lock:
                self.again += 1
            time.sleep(0.1)
        with self._lock:
            self._ids |= {one["id"] for one in each["entry"][0]["changes"][0]["value"]["messages"]}

    def _is_taken(self, body: bytes) -> bool:
        try:
            return self._hub.deliver(body) == 200
        except Exception:  # noqa: BLE001  the hub may be dead, half started, or new: a provider only knows to send again
            return False


def _figures(
    plan: Plan, ids: set[str], senders: Senders, receiver: Receiver, found: Found
) -> dict[str, tuple[int, int]]:
    recorded, told = +found.recorded, receiver.told
    twice = sum(times - 1 for times in recorded.values()) + sum(times - 1 for times in told.values())
    lost = len((ids - recorded.keys()) | (ids - told.keys())) + found.dead_letters + found.gaps
    return {
        "sent": (senders.taken, plan.messages),
        "recorded": (len(recorded), plan.messages),
        "told": (len(told), plan.messages),
        "twice": (twice, 0),
        "lost": (lost, 0),
        "out of order": (receiver.disordered, 0),
        "customers": (found.customers, plan.people),
        "cases": (found.cases, plan.people),
    }


def _config(folder: Path, url: str) -> Path:
    path = folder / "hub.yaml"
    path.write_text(
        "brands:\n"
        "- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"
        "accounts:\n"
        '- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}\n'
        "connectors:\n"
        f'- {{name: tool, kind: generic_webhook, url: "{url}", secret: tool, allow_private: true}}\n'
    )
    return path
