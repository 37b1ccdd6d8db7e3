"""The decision table "Which case does it belong to?", its WhatsApp rows by their numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.attachment import Decision, Found, KnownCase, attach, attach_outbound

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Defaults:
    reopen: dict[str, int] = field(default_factory=lambda: {"whatsapp": 48 * 3600, "email": 14 * 86400})
    join: dict[str, int] = field(default_factory=lambda: {"whatsapp": 24 * 3600})

    def reopen_s(self, channel: str) -> int:
        return self.reopen.get(channel, 0)

    def join_s(self, channel: str) -> int:
        return self.join.get(channel, 0)


def case(name: str, state: str = "open", **more: object) -> KnownCase:
    base = KnownCase(name, state, "acme", "whatsapp", NOW - HOUR)  # type: ignore[arg-type]
    return replace(base, **more)  # type: ignore[arg-type]


def resolved(name: str, ago: timedelta, **more: object) -> KnownCase:
    return case(name, "resolved", resolved_at=NOW - ago, last_customer_at=NOW - ago - HOUR, **more)


def closed(name: str, ago: timedelta, **more: object) -> KnownCase:
    return case(name, "closed", resolved_at=NOW - ago - DAY, closed_at=NOW - ago, **more)


ROWS = [
    ("row 1: no case", Found(), Decision(None, "new", "none")),
    (
        "row 2: a second message of a new case",
        Found(conversation=case("A", "new")),
        Decision("A", "new", "conversation"),
    ),
    ("row 3: open", Found(conversation=case("A")), Decision("A", "open", "conversation")),
    ("row 3: pending wakes", Found(conversation=case("A", "pending_customer")), Decision("A", "open", "conversation")),
    ("row 3: on hold wakes", Found(conversation=case("A", "on_hold")), Decision("A", "open", "conversation")),
    (
        "row 4: 30 h after resolved",
        Found(conversation=resolved("A", 30 * HOUR)),
        Decision("A", "open", "conversation", reopens=True),
    ),
    (
        "row 4: a second before the window ends",
        Found(conversation=resolved("A", 48 * HOUR - timedelta(seconds=1))),
        Decision("A", "open", "conversation", reopens=True),
    ),
    (
        "the window is half-open",
        Found(conversation=resolved("A", 48 * HOUR)),
        Decision(None, "new", "none", follow_up_of="A"),
    ),
    (
        "row 5: 50 h after resolved",
        Found(conversation=resolved("A", 50 * HOUR)),
        Decision(None, "new", "none", follow_up_of="A"),
    ),
    (
        "row 5: and already closed",
        Found(conversation=closed("A", 2 * HOUR)),
        Decision(None, "new", "none", follow_up_of="A"),
    ),
    (
        "row 6: quotes A, long resolved, while B is open",
        Found(quoted=resolved("A", 10 * DAY), conversation=case("B")),
        Decision("B", "open", "conversation", quoted_case="A"),
    ),
    (
        "row 6: never two active cases in one conversation",
        Found(quoted=resolved("A", HOUR), conversation=case("B")),
        Decision("B", "open", "conversation", quoted_case="A"),
    ),
    (
        "row 7: quotes A, open, while B is open",
        Found(quoted=case("A"), conversation=case("B")),
        Decision("A", "open", "quote"),
    ),
    (
        "quotes A, resolved within its window, nothing else open",
        Found(quoted=resolved("A", HOUR), conversation=resolved("A", HOUR)),
        Decision("A", "open", "quote", reopens=True),
    ),
    (
        "quotes A, resolved 20 days ago",
        Found(quoted=resolved("A", 20 * DAY)),
        Decision(None, "new", "none", follow_up_of="A", quoted_case="A"),
    ),
    (
        "a stranger's quote is no evidence",
        Found(quoted=case("A", ours=False)),
        Decision(None, "new", "none"),
    ),
    (
        "row 12: names another person's case",
        Found(referenced=case("A", ours=False)),
        Decision(None, "new", "none", flags=("foreign_ref",)),
    ),
    (
        "row 12: also beside an open case of their own",
        Found(referenced=case("A", ours=False), conversation=case("B")),
        Decision("B", "open", "conversation", flags=("foreign_ref",)),
    ),
    ("names their own case", Found(referenced=case("A")), Decision("A", "open", "reference")),
    (
        "row 14: one active case elsewhere, an hour ago",
        Found(elsewhere=[case("A")]),
        Decision("A", "open", "cross_channel"),
    ),
    (
        "one active case elsewhere, exactly a day ago",
        Found(elsewhere=[case("A", last_customer_at=NOW - DAY)]),
        Decision(None, "new", "none", related=("A",)),
    ),
    (
        "row 16: two active cases elsewhere",
        Found(elsewhere=[case("A"), case("B")]),
        Decision(None, "new", "none", related=("A", "B")),
    ),
    (
        "an active case elsewhere comes before reopening here",
        Found(conversation=resolved("A", HOUR), elsewhere=[case("B")]),
        Decision("B", "open", "cross_channel"),
    ),
    (
        "row 18 and 19: thanks or not, without detection it reopens",
        Found(conversation=resolved("A", timedelta(minutes=5))),
        Decision("A", "open", "conversation", reopens=True),
    ),
    (
        "row 29: sent before the end, arrives after it closed",
        Found(conversation=closed("A", -HOUR)),
        Decision(None, "new", "none", follow_up_of="A", flags=("late",)),
    ),
    (
        "row 29: sent before it was resolved, not closed yet",
        Found(conversation=resolved("A", -HOUR)),
        Decision("A", "open", "conversation", reopens=True),
    ),
    ("spam stays spam", Found(conversation=case("A", "spam")), Decision("A", "spam", "conversation")),
    (
        "spam of 30 days ago is a new case",
        Found(conversation=case("A", "spam", last_customer_at=NOW - 30 * DAY)),
        Decision(None, "new", "none"),
    ),
]


@pytest.mark.parametrize(("found", "decision"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_message_joins(found: Found, decision: Decision) -> None:
    assert attach("whatsapp", NOW, found, Defaults()) == decision


OUTBOUND = [
    ("an answer opens a new case's work", Found(conversation=case("A", "new")), Decision("A", "open", "conversation")),
    (
        "an answer leaves a waiting case waiting",
        Found(conversation=case("A", "pending_customer")),
        Decision("A", "pending_customer", "conversation"),
    ),
    (
        "an answer never reopens",
        Found(conversation=resolved("A", HOUR)),
        Decision("A", "resolved", "conversation"),
    ),
    (
        "an answer after the end begins a follow-up",
        Found(conversation=closed("A", HOUR)),
        Decision(None, "open", "none", follow_up_of="A"),
    ),
    ("our people write first", Found(), Decision(None, "open", "none")),
]


@pytest.mark.parametrize(("found", "decision"), [row[1:] for row in OUTBOUND], ids=[row[0] for row in OUTBOUND])
def test_what_our_people_say_joins(found: Found, decision: Decision) -> None:
    assert attach_outbound(found) == decision
