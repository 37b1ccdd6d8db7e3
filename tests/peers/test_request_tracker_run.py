"""The whole hub with a real Request Tracker: killed, and left without its helpdesk, in the middle of it all."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.peers.real_rt import RealRt
from tests.system.embedded import RunningHub, comes, delivery, each_phone, message

pytestmark = [pytest.mark.peers, pytest.mark.slow]

PEOPLE, EACH = 40, 3
WITHOUT_HELPDESK_S = 60
QUIET_S = 660
"""Two failures in a row make a case wait five minutes, and so does a breaker at its longest."""

CONFIG = """
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "200000000000001", brand: acme, secret: whatsapp}}
connectors:
- name: soporte
  kind: request_tracker
  url: "{url}"
  secret: soporte
  queue: Soporte
  max_concurrent: 3
  allow_private: true
"""
"""RT has three processes: with forty at once each would wait for all others, and none be in time."""


@pytest.fixture
def hub(tmp_path: Path, rt: RealRt) -> Iterator[RunningHub]:
    folder, config = tmp_path / "hub", tmp_path / "hub.yaml"
    config.write_text(CONFIG.format(url=rt.url), "utf-8")
    folder.mkdir(mode=0o700)
    secrets = folder / "secrets.json"
    secrets.touch(mode=0o600)
    secrets.write_text(json.dumps({"soporte": {"token": rt.token()}}))
    running = RunningHub(folder, config).start()
    yield running
    running.stop()


def test_forty_people_a_killed_hub_and_a_helpdesk_that_was_away(hub: RunningHub, rt: RealRt) -> None:
    """Each person's messages come one after the other, all people at once, every delivery twice."""
    random.seed(23)
    ready = threading.Barrier(PEOPLE + 1)
    up = threading.Event()
    up.set()

    def deliver(person: int, number: int) -> None:
        body = delivery(message(person, number, f"Persona {person}, mensaje {number}"))
        while True:  # a provider sends again what was not answered with 200
            up.wait()
            try:
                if hub.deliver(body) == 200:
                    return
            except (OSError, ValueError, AssertionError):
                time.sleep(0.1)

    def write(person: int) -> None:
        ready.wait()
        for number in range(EACH):
            time.sleep(random.uniform(0, 4))
            deliver(person, number)
            deliver(person, number)

    with ThreadPoolExecutor(PEOPLE) as pool:
        writing = [pool.submit(write, person) for person in random.sample(range(PEOPLE), PEOPLE)]
        ready.wait()
        assert comes(lambda: len(tickets(rt)) >= 5, lambda: len(tickets(rt)), QUIET_S, every_s=0.2)
        up.clear()
        hub.kill()
        time.sleep(1)
        hub.start()
        up.set()
        assert comes(lambda: len(tickets(rt)) >= 12, lambda: len(tickets(rt)), QUIET_S, every_s=0.2)
        rt.stop()
        time.sleep(WITHOUT_HELPDESK_S)
        rt.start()
        for one in writing:
            one.result(60)

    assert comes(lambda: not behind(hub), lambda: len(behind(hub)), QUIET_S, every_s=5), behind(hub)
    assert hub.letters() == []
    held = {ticket["id"]: [note["Text"] for note in rt.notes_of(ticket["id"])] for ticket in tickets(rt)}
    wanted = [[f"Persona {person}, mensaje {number}" for number in range(EACH)] for person in range(PEOPLE)]
    assert sorted(held.values()) == sorted(wanted)
    cases = [ticket["HubCaseId"] for ticket in tickets(rt)]
    assert len(set(cases)) == PEOPLE


def tickets(rt: RealRt) -> list[dict[str, Any]]:
    """The hub's tickets in RT, whoever was merged or not."""
    found = rt.search("tickets", "id > 0", "Subject,CustomFields")
    values = {ticket["id"]: {one["name"]: one["values"] for one in ticket["CustomFields"]} for ticket in found}
    named = [{**ticket, "HubCaseId": (values[ticket["id"]].get("HubCaseId") or [None])[0]} for ticket in found]
    return [ticket for ticket in named if ticket["HubCaseId"]]


def behind(hub: RunningHub) -> list[str]:
    """The people of whose one case RT was not told all."""
    return [phone for phone in each_phone(PEOPLE) if not hub.customers(phone) or not is_told(hub, phone)]


def is_told(hub: RunningHub, phone: str) -> bool:
    [case] = hub.timeline(phone)["cases"]
    remote = case["remote"].get("soporte")
    return len(case["interactions"]) == EACH and remote is not None and remote["pushed"] >= EACH
