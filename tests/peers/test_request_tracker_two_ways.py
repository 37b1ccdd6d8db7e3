"""Customers on WhatsApp, agents in a real Request Tracker: both see the same, whatever is lost or killed in between."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.real_desk import RealDesk
from tests.peers.real_rt import RealRt
from tests.system.day import Day, check
from tests.system.two_ways import SECRET, Company

pytestmark = [pytest.mark.peers, pytest.mark.slow]

PEOPLE = 5
EACH = int(os.environ.get("HILO_TWO_WAYS_EACH", "4"))
"""Messages of each person. 40 take half an hour: RT answers in a third of a second where it has a core of its own."""
DAY = Day(each=EACH, acts=max(3, EACH // 4), pause_s=1.5, patience_s=960)
"""For a quarter of an hour nothing gets on where an answer was in the hands of a worker that was killed: so long a
receipt may take to say what became of it."""
SWEPT = Day(each=3, acts=3, pause_s=1.5, patience_s=660)
"""A tool that fails twice in a row is left alone for five minutes."""

Start = Callable[[int, int, int], Company]
"""The number of the first person, how many there are, and how many minutes the sweeps are apart."""


@pytest.fixture
def company(tmp_path: Path, rt: RealRt) -> Iterator[Start]:
    made = []

    def start(first: int, people: int, sweep_minutes: int) -> Company:
        company = Company(tmp_path, RealDesk(rt), range(first, first + people), sweep_minutes)
        made.append(company)
        company.start()
        rt.redirect(company.door, SECRET)
        return company

    yield start
    for each in made:
        each.stop()


def test_messages_and_agents_answers_with_lost_answers_and_two_kills(company: Start) -> None:
    there = company(100, PEOPLE, 5)
    begun = time.monotonic()
    DAY.passes(there, kills=2)
    level = time.monotonic() - begun
    lost, asked = len(there.proxy.dropped), sum(there.proxy.passed.values())
    assert lost >= EACH // 2, "RT's answers were lost"
    unsure = check(there, killed=2)
    said, done = PEOPLE * DAY.each, PEOPLE * (DAY.acts + 1)
    print(f"{said} messages and {done} deeds, level in {level:.0f} s;")
    print(f"{lost} of {asked} answers lost, {unsure} sends unsure")


def test_without_webhooks_the_sweep_does_it_alone(rt: RealRt, company: Start) -> None:
    there = company(200, 2, 1)
    rt.silence()
    begun = time.monotonic()
    SWEPT.passes(there)
    print(f"swept alone: level in {time.monotonic() - begun:.0f} s")
    check(there, killed=0)
