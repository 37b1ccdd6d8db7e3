"""Of whom a survey is asked and which answer counts: a row, an occasion, a verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.consent import Consent
from shared.domain.surveys.rules import Occasion, Verdict, decide, is_in_time, opted_out
from shared.domain.surveys.timing import survey_due

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # 11 o'clock in Guayaquil
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def said(purpose: str, action: str, channel: str = "whatsapp", hours: int = 1) -> Consent:
    parts = {"purpose": purpose, "channel": channel, "action": action, "source": "test", "recorded_at": NOW}
    return Consent.model_validate({**parts, "occurred_at": NOW - hours * HOUR, "evidence": f"{hours:064}"})


def occasion(**more: Any) -> Occasion:
    parts: dict[str, Any] = {
        "state": "resolved",
        "channel": "whatsapp",
        "due_at": NOW,
        "zone": ZoneInfo("America/Guayaquil"),
    }
    return Occasion(**{**parts, "said_at": NOW - HOUR, **more})


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"state": "closed"}, None),
        ({"state": "spam"}, "spam"),
        ({"state": "merged"}, "duplicate"),
        ({"nowhere": "public_thread"}, "public_thread"),
        ({"nowhere": "external_participant"}, "external_participant"),
        ({"nowhere": "nobody_wrote"}, "nobody_wrote"),
        ({"is_offered": False}, "not_on_this_channel"),
        ({"journey_open": True}, "another_is_open"),
        ({"journey_asked": True}, "journey_asked"),
        ({"consents": (said("survey", "withdraw"),)}, "opted_out"),
        ({"is_restricted": True}, "restricted"),
        ({"is_doubted": True}, "needs_verification"),
        ({"is_dead": True}, "undeliverable"),
        ({"asked_at": NOW - 7 * DAY + SECOND}, "asked_lately"),
        ({"asked_at": NOW - 7 * DAY}, None),
        ({"said_at": NOW - DAY + SECOND}, None),
        ({"said_at": NOW - DAY}, "window_closed"),
        ({"said_at": None}, "window_closed"),
        ({"channel": "messenger", "said_at": NOW - DAY + 30 * SECOND}, "window_closed"),
        ({"channel": "messenger", "said_at": NOW - DAY + 31 * SECOND}, None),
        ({"channel": "email", "said_at": NOW - 30 * DAY}, None),
        ({"due_at": NOW - DAY}, "stale"),
        ({"due_at": NOW - DAY + SECOND}, None),
    ],
)
def test_who_is_asked(more: dict[str, Any], why: str | None) -> None:
    assert decide(occasion(**more), NOW) == Verdict(why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("local", "until"),
    [("07:59", "08:00"), ("08:00", None), ("20:59", None), ("21:00", "08:00+1"), ("23:30", "08:00+1")],
)
def test_nobody_is_asked_at_night(local: str, until: str | None) -> None:
    hour, minute = map(int, local.split(":"))
    now = (
        datetime(2026, 11, 23, hour + 5, minute, tzinfo=UTC)
        if hour < 19
        else datetime(2026, 11, 24, hour - 19, minute, tzinfo=UTC)
    )
    verdict = decide(occasion(due_at=now, said_at=now), now)
    morning = {"08:00": datetime(2026, 11, 23, 13, tzinfo=UTC), "08:00+1": datetime(2026, 11, 24, 13, tzinfo=UTC)}
    assert verdict == Verdict(until=morning[until] if until else None)


@pytest.mark.parametrize(
    ("records", "out"),
    [
        ([], False),
        ([said("survey", "withdraw")], True),
        ([said("survey", "deny", "*")], True),
        ([said("survey", "withdraw", "email")], False),
        ([said("survey", "withdraw", hours=2), said("survey", "grant", hours=1)], False),
        ([said("survey", "withdraw", "*", hours=2), said("survey", "grant", hours=1)], False),
        ([said("marketing", "withdraw")], True),
        ([said("marketing", "withdraw", "email")], False),
        ([said("marketing", "withdraw", hours=2), said("marketing", "grant", hours=1)], False),
        ([said("marketing", "withdraw", hours=1), said("survey", "grant", hours=2)], False),
        ([said("marketing", "expire")], False),
        ([said("marketing", "import")], False),
        ([said("transactional", "withdraw")], False),
    ],
)
def test_who_wants_none(records: list[Consent], out: bool) -> None:
    assert opted_out(records, "whatsapp") is out


@pytest.mark.parametrize(
    ("at", "first", "counts"),
    [
        (NOW, None, True),
        (NOW + 7 * DAY - SECOND, None, True),
        (NOW + 7 * DAY, None, False),
        (NOW + DAY - SECOND, NOW, True),
        (NOW + DAY, NOW, False),
    ],
)
def test_in_time(at: datetime, first: datetime | None, counts: bool) -> None:
    assert is_in_time(at, NOW + 7 * DAY, first) is counts


@pytest.mark.parametrize(
    ("case", "due"),
    [
        ({"state": "resolved", "resolved_at": "2026-11-23T16:00:00Z"}, NOW + HOUR),
        ({"state": "closed", "resolved_at": "2026-11-23T16:00:00Z"}, NOW + HOUR),
        ({"state": "open"}, None),
        ({"state": "spam", "resolved_at": "2026-11-23T16:00:00Z"}, None),
        ({"state": "merged", "resolved_at": "2026-11-23T16:00:00Z"}, None),
        ({"state": "resolved", "resolved_at": "2026-11-23T16:00:00Z", "imported": True}, None),
        ({"state": "resolved", "resolved_at": "2026-11-23T16:00:00Z", "survey_look": {"resolution": "x"}}, NOW + HOUR),
        (
            {
                "state": "resolved",
                "resolved_at": "2026-11-23T16:00:00Z",
                "survey_look": {"resolution": "2026-11-23T16:00:00Z", "why": "spam"},
            },
            None,
        ),
        (
            {
                "state": "resolved",
                "resolved_at": "2026-11-23T16:00:00Z",
                "survey_look": {"resolution": "2026-11-23T16:00:00Z", "until": "2026-11-24T16:00:00Z"},
            },
            NOW + DAY,
        ),
    ],
)
def test_when_it_is_due(case: dict[str, Any], due: datetime | None) -> None:
    assert survey_due(case, 3600) == due
