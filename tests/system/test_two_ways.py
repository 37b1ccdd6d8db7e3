"""Customers on WhatsApp, agents in a helpdesk that can be asked: both see the same, whatever is lost or killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.day import Day, check
from tests.system.fake_desk import FakeDesk
from tests.system.two_ways import SECRET, Company


@pytest.mark.parametrize(
    ("people", "day", "kills"),
    [
        pytest.param(2, Day(each=4, acts=4, pause_s=0.2, patience_s=40), 0, id="a moment"),
        pytest.param(5, Day(each=20, acts=9, pause_s=0.3, patience_s=960), 2, id="a day", marks=pytest.mark.slow),
    ],
)
def test_both_sides_end_level(tmp_path: Path, people: int, day: Day, kills: int) -> None:
    desk = FakeDesk()
    there = Company(tmp_path, desk, range(100, 100 + people))
    there.start()
    try:
        desk.tell(there.door, SECRET)
        day.passes(there, kills)
        check(there, killed=kills)
    finally:
        desk.stop()
        there.stop()
