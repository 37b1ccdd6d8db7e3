"""Waits are lower bounds: by the schedule, or as asked for, whichever is longer."""

from __future__ import annotations

import math

import pytest

from shared.application.retry import SCHEDULE_S, due_text, now_text, wait_s
from shared.application.slots import cap


@pytest.mark.parametrize(("attempt", "planned"), [*enumerate(SCHEDULE_S, start=1), (10, 86_400), (999, 86_400), (0, 5)])
def test_wait_follows_the_schedule(attempt: int, planned: int) -> None:
    assert wait_s(attempt, None, 0.0) == planned
    assert planned < wait_s(attempt, None, 0.999) < planned * 1.2


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 5), (-9.0, 5), (60.0, 60), (math.inf, 7 * 86_400), (math.nan, 5)])
def test_time_asked_for_wins_where_it_is_longer(asked: float, waited: float) -> None:
    assert wait_s(1, asked, 0.0) == waited


def test_due_is_rounded_up_and_now_down() -> None:
    assert due_text(1_800_000_000.2) == "2027-01-15T08:00:01Z"
    assert due_text(1_800_000_000) == now_text(1_800_000_000.9) == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize(
    ("asked", "concurrency", "kept"),
    [(None, "20", None), (None, None, None), (5, "20", 5), (20, "20", None), (50, "20", None), (5, None, 5)],
)
def test_cap_is_kept_only_where_it_is_below_the_functions_own(
    asked: int | None, concurrency: str | None, kept: int | None
) -> None:
    assert cap(asked, concurrency) == kept
