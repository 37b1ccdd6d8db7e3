"""Customers on WhatsApp, agents in a real Request Tracker: both see the same, whatever is lost or killed in between."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.real_desk import RealDesk
from tests.peers.real_rt import RealRt
from tests.system.two_ways import SECRET, Company, Day, check, delivered

ASKED = os.environ.get("HILO_TWO_WAYS_EACH")
pytestmark = [
    pytest.mark.peers,
    pytest.mark.slow,
    pytest.mark.skipif(ASKED is None, reason="RT wants the machine for itself: HILO_TWO_WAYS_EACH=40 asks for it"),
]

PEOPLE = 5
EACH = int(ASKED or "6")
"""Messages of each person. RT answers in a third of a second where it has a core of its own: 40 take half an hour."""
DAY = Day(each=EACH, acts=max(2, EACH // 4), pause_s=1.5, patience_s=330)
"""A case whose push failed twice in a row waits for five minutes."""
SWEPT = Day(each=5, acts=4, pause_s=1.5, patience_s=400)
"""A sweep comes every five minutes."""
JOINED_S = 400

Start = Callable[[int, int], Company]


@pytest.fixture
def company(tmp_path: Path, rt: RealRt) -> Iterator[Start]:
    made = []

    def start(first: int, people: int) -> Company:
        company = Company(tmp_path, RealDesk(rt), range(first, first + people))
        made.append(company)
        company.start()
        rt.redirect(company.door, SECRET)
        return company

    yield start
    for each in made:
        each.stop()


def test_messages_and_agents_answers_with_lost_answers_and_two_kills(company: Start) -> None:
    there = company(100, PEOPLE)
    begun = time.monotonic()
    threads = DAY.begin(there)
    for enough in (3, 6):
        assert DAY.comes(lambda: delivered(there) >= enough, lambda: delivered(there)), delivered(there)  # noqa: B023
        there.kill_and_start()
    for thread in threads:
        thread.join(JOINED_S)
        assert not thread.is_alive()
    written = time.monotonic() - begun
    DAY.ends_level(there)
    lost, asked = len(there.proxy.dropped), sum(there.proxy.passed.values())
    level = time.monotonic() - begun
    assert lost >= EACH // 4, "RT's answers were lost"
    unsure = check(there, killed=2)
    said, done = PEOPLE * DAY.each, PEOPLE * (DAY.acts + 1)
    print(f"{said} messages and {done} deeds in {written:.0f} s, level in {level:.0f} s;")
    print(f"{lost} of {asked} answers lost, {unsure} sends unsure")


def test_without_webhooks_the_sweep_does_it_alone(rt: RealRt, company: Start) -> None:
    there = company(200, 2)
    rt.silence()
    begun = time.monotonic()
    for thread in SWEPT.begin(there):
        thread.join(JOINED_S)
        assert not thread.is_alive()
    SWEPT.ends_level(there)
    print(f"swept alone: level in {time.monotonic() - begun:.0f} s")
    check(there, killed=0)
