from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from shared.domain.consent import Consent, action_of, is_allowed, newest, newest_of_family, purpose_of

DAY = datetime(2026, 11, 22, tzinfo=UTC)


def said(action: str, hour: int, channel: str = "whatsapp", purpose: str = "marketing", **more: Any) -> Consent:
    at = DAY.replace(hour=hour)
    parts = {"purpose": purpose, "channel": channel, "action": action, "source": "Meta", "evidence": "e"}
    return Consent.model_validate({**parts, "occurred_at": at, "recorded_at": at, **more})


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        ([], False),
        ([said("grant", 1)], True),
        ([said("import", 1)], False),
        ([said("grant", 1), said("withdraw", 2)], False),
        ([said("withdraw", 1), said("grant", 2)], True),
        ([said("grant", 1), said("expire", 2)], False),
        ([said("grant", 1), said("withdraw", 1)], False),
        ([said("grant", 1), said("withdraw", 2, channel="*")], False),
        ([said("withdraw", 1, channel="*"), said("grant", 2)], True),
        ([said("grant", 1, channel="email")], False),
        ([said("grant", 1, purpose="survey")], False),
    ],
)
def test_the_latest_decides_and_of_two_the_stricter(records: list[Consent], allowed: bool) -> None:
    for order in permutations(records):
        assert is_allowed(order, "marketing", "whatsapp") is allowed


def test_one_record_decides_for_each_purpose_and_channel() -> None:
    records = [said("grant", 1), said("withdraw", 3), said("grant", 2), said("grant", 1, channel="email")]
    for order in permutations(records):
        assert [(one.channel, one.action) for one in newest(order)] == [("email", "grant"), ("whatsapp", "withdraw")]


def test_words_that_nobody_knows_mean_nothing() -> None:
    assert (action_of("stop"), action_of("resume"), action_of("signup")) == ("withdraw", "grant", "grant")
    assert (action_of("STOP "), purpose_of("other"), purpose_of(None)) == (None, None, None)


FAMILY = [
    ([[said("grant", 1)], [said("withdraw", 2)]], None, "withdraw"),
    ([[said("withdraw", 1)], [said("grant", 2)]], None, "withdraw"),  # said before they were one, by the other
    ([[said("grant", 1)], []], None, "grant"),
    ([[said("grant", 1)], [said("import", 2)]], None, "import"),
    ([[said("withdraw", 1), said("grant", 2)], [said("grant", 1)]], None, "grant"),
    ([[said("withdraw", 1)], [said("grant", 4)]], 3, "grant"),  # said since they are one, by whichever identity
    ([[said("grant", 4)], [said("withdraw", 5)]], 3, "withdraw"),
    ([[said("withdraw", 1)], [said("grant", 2)]], 3, "withdraw"),
]


@pytest.mark.parametrize(("members", "joined", "action"), FAMILY)
def test_m9_of_merged_people_the_most_restrictive_counts(members: Any, joined: int | None, action: str) -> None:
    joined_at = DAY.replace(hour=joined) if joined else None
    for order in permutations(members):
        assert [one.action for one in newest_of_family(order, joined_at)] == [action]
