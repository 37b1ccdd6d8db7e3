"""What time alone does to a case: by its state, its channels and the company's waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.configuration.windows import Windows
from shared.domain.case_timers import Moments, Timer, next_timer

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Waits:
    remind_s: int = 24 * 3600
    give_up_s: int = 72 * 3600


def timer(
    state: Any, channels: tuple[str, ...] = ("whatsapp",), waits: Waits | None = None, **more: Any
) -> Timer | None:
    return next_timer(Moments(state, channels, NOW, **more), Windows(), waits or Waits())


@pytest.mark.parametrize("state", ["new", "open", "on_hold", "closed", "merged", "spam"])
def test_nothing_by_time(state: str) -> None:
    assert timer(state) is None


@pytest.mark.parametrize(
    ("channels", "hours"),
    [
        (("whatsapp",), 72),
        (("webchat",), 24),
        (("email",), 14 * 24),
        (("voice",), 72),
        (("comment",), 72),
        (("whatsapp", "email"), 14 * 24),
    ],
)
def test_a_resolved_case_closes_by_its_slowest_channel(channels: tuple[str, ...], hours: int) -> None:
    assert timer("resolved", channels, resolved_at=NOW) == Timer("closed_by_time", NOW + hours * HOUR)


def test_a_case_that_waits_for_its_customer_reminds_and_then_ends() -> None:
    assert timer("pending_customer") == Timer("remind", NOW + 24 * HOUR)
    assert timer("pending_customer", reminded=True) == Timer("resolved_by_time", NOW + 72 * HOUR)


def test_a_company_may_not_want_either() -> None:
    assert timer("pending_customer", waits=Waits(remind_s=0)) == Timer("resolved_by_time", NOW + 72 * HOUR)
    assert timer("pending_customer", waits=Waits(give_up_s=0), reminded=True) is None
    late = Waits(remind_s=80 * 3600)
    assert timer("pending_customer", waits=late) == Timer("resolved_by_time", NOW + 72 * HOUR), (
        "no reminder of what ended"
    )


def test_a_hold_ends_on_its_day() -> None:
    assert timer("on_hold", hold_until=NOW + 5 * HOUR) == Timer("hold_over", NOW + 5 * HOUR)


@pytest.mark.parametrize(
    ("state", "after", "expected"),
    [
        ("resolved", HOUR, Timer("survey", NOW + HOUR)),
        ("resolved", 72 * HOUR, Timer("survey", NOW + 72 * HOUR)),
        ("resolved", 73 * HOUR, Timer("closed_by_time", NOW + 72 * HOUR)),
        ("closed", 73 * HOUR, Timer("survey", NOW + 73 * HOUR)),
    ],
)
def test_a_survey_is_asked_at_its_time_before_or_after_the_case_closes(
    state: str, after: timedelta, expected: Timer
) -> None:
    assert timer(state, resolved_at=NOW, survey_at=NOW + after) == expected
