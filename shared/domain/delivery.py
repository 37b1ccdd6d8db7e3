"""Receipts: what a channel reports about something that was sent. They only ever go upwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.domain.event import Entry

RANK: Final = {"unknown": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 5}
"""A later stage never falls back to an earlier one; `failed` yields only to proof of delivery, `unknown`
to anything."""


def is_progress(current: str | None, reported: str) -> bool:
    """Whether a report moves an entry's delivery upwards."""
    return RANK[reported] > RANK.get(current or "", -1)


def leaves_unanswered(log: Iterable[Entry], failed_sequence: int) -> bool:
    """Whether a failed send was the only answer that its case ever had."""
    answers = (
        entry
        for entry in log
        if entry.direction == "outbound" and entry.visibility == "public" and entry.kind in ("message", "comment")
    )
    return not any(entry.sequence != failed_sequence and entry.delivery != "failed" for entry in answers)
