from __future__ import annotations

import itertools

import pytest

from shared.domain.delivery import RANK, is_progress, leaves_unanswered
from shared.domain.event import Entry


@pytest.mark.parametrize("order", list(itertools.permutations(RANK)), ids="-".join)
def test_receipts_in_any_order_end_at_the_highest(order: tuple[str, ...]) -> None:
    current = None
    for state in order:
        current = state if is_progress(current, state) else current
    assert current == "played"


@pytest.mark.parametrize(
    ("current", "reported", "moves"),
    [
        (None, "sent", True),
        (None, "unknown", True),
        ("unknown", "sent", True),
        ("sent", "unknown", False),
        ("failed", "sent", False),
        ("sent", "failed", True),
        ("delivered", "failed", False),
        ("failed", "delivered", True),
        ("read", "delivered", False),
        ("read", "read", False),
    ],
)
def test_it_moves(current: str | None, reported: str, moves: bool) -> None:
    assert is_progress(current, reported) is moves


def said(sequence: int, direction: str, delivery: str | None = None, visibility: str = "public") -> Entry:
    return Entry.model_validate(
        {
            "channel": "whatsapp",
            "account": "1",
            "kind": "message",
            "message_id": f"m{sequence}",
            "direction": direction,
            "author": {"type": "agent" if direction == "outbound" else "customer"},
            "visibility": visibility,
            "provider_type": "text",
            "case_id": "c",
            "sequence": sequence,
            "received_at": "2026-11-22T10:00:00Z",
            "delivery": delivery,
        }
    )


@pytest.mark.parametrize(
    ("log", "unanswered"),
    [
        ([said(1, "inbound"), said(2, "outbound")], True),
        ([said(1, "inbound"), said(2, "outbound"), said(3, "outbound", "delivered")], False),
        ([said(1, "inbound"), said(2, "outbound"), said(3, "outbound", "failed")], True),
        ([said(1, "inbound"), said(2, "outbound"), said(3, "outbound", visibility="internal")], True),
    ],
)
def test_a_failed_answer_leaves_the_customer_without_one(log: list[Entry], unanswered: bool) -> None:
    assert leaves_unanswered(log, failed_sequence=2) is unanswered
