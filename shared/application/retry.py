"""When a push that failed is tried again."""

from __future__ import annotations

import math
from datetime import UTC, datetime

SCHEDULE_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, then every 24 h (the generic webhook's delivery rules)."""

JITTER = 0.2
"""A wait grows by up to a fifth, so that what failed together does not come back together."""

LONGEST_ASKED_S = 7 * 86_400
"""Nobody makes us wait longer than a week by a header."""


def wait_s(attempt: int, asked_s: float | None, drawn: float) -> float:
    """Seconds to wait after the `attempt`-th failure in a row (from 1): a lower bound, jitter comes on top.

    `asked_s` (Retry-After) wins where it is longer. `drawn` is a random number in [0, 1).
    """
    planned = float(SCHEDULE_S[min(max(attempt, 1), len(SCHEDULE_S)) - 1])
    asked = min(asked_s, LONGEST_ASKED_S) if asked_s is not None else 0.0
    return max(planned, asked) + planned * JITTER * drawn


def due_text(at: float) -> str:
    """The `due_at` of a moment (epoch seconds), rounded up to a whole second: a wait is never cut short."""
    return datetime.fromtimestamp(math.ceil(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now_text(at: float) -> str:
    """What is due at this moment: every `due_at` up to and with this text."""
    return datetime.fromtimestamp(math.floor(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
