"""The embedded hub is asked to end: at any moment and by either signal it does within seconds."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.system.embedded import RunningHub, delivery, eventually, message

ENDS_S = 10.0
PEOPLE = 12
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o700)
    hub = RunningHub(folder)
    yield hub
    if hub.process is not None and hub.process.poll() is None:
        hub.kill()


def ends(hub: RunningHub, how: signal.Signals, thread: int | None = None) -> None:
    """Within seconds, in order, and says nothing of an error."""
    assert hub.process is not None
    os.kill(thread or hub.process.pid, how)
    assert hub.process.wait(ENDS_S) == 0
    assert not (hub.folder / "run.json").exists()
    assert "Traceback" not in (hub.folder.parent / f"{hub.folder.name}.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets one choose the thread that gets a signal")
@pytest.mark.parametrize("how", SIGNALS)
def test_a_signal_ends_it_whichever_thread_gets_it(hub: RunningHub, how: signal.Signals) -> None:
    pid = hub.start().about["pid"]
    others = sorted(int(each) for each in os.listdir(f"/proc/{pid}/task") if int(each) != pid)
    ends(hub, how, thread=others[len(others) // 2])


def at_once(_hub: RunningHub, _chance: random.Random) -> None:
    """As soon as it is ready."""


def while_many_write(hub: RunningHub, chance: random.Random) -> None:
    def write(person: int) -> None:
        for number in range(10_000):
            try:
                hub.deliver(delivery(message(person, number)))
            except (OSError, HTTPException):
                return  # it has ended

    for person in range(6):
        threading.Thread(target=write, args=(person,), daemon=True).start()
    time.sleep(0.2 + chance.random())


def while_answers_go_out(hub: RunningHub, chance: random.Random) -> None:
    """Sends, and their receipts: the hub asks what it brings along, which asks the hub."""
    for person in range(PEOPLE):
        hub.deliver(delivery(message(person, 1)))

    def cases() -> set[str]:
        return {one["body"]["data"]["interaction"]["case_id"] for one in hub.said()}

    eventually(lambda: len(cases()) == PEOPLE, within_s=30)
    answered = sorted(cases()) * 4

    def answer() -> None:
        for number, case in enumerate(answered):
            body = json.dumps({"case": case, "action": "reply", "text": f"Sí, {number}"}).encode()
            try:
                hub.ask("POST", "/demo-tool/agent", body, Authorization=f"Bearer {hub.about['token']}")
            except (OSError, HTTPException):
                return  # it has ended

    threading.Thread(target=answer, daemon=True).start()
    time.sleep(0.3 + 2 * chance.random())


MOMENTS = (at_once, while_many_write, while_answers_go_out)


def test_it_ends_within_seconds_while_answers_go_out(hub: RunningHub) -> None:
    hub.start()
    while_answers_go_out(hub, random.Random(1))
    ends(hub, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("how", SIGNALS)
def test_it_ends_within_seconds_at_any_moment(hub: RunningHub, how: signal.Signals) -> None:
    chance = random.Random(7)
    for moment in islice(cycle(MOMENTS), 20):
        moment(hub.start(), chance)
        ends(hub, how)
