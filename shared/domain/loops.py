"""Whether two machines may be answering each other: the rule for what goes out. Pure.

What comes in from a tool has its own (`shared/store/back.py`). An automatic reply of the customer's side is no word of
theirs; a machine that writes like a person is met by the second bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BURST_S: Final = 600
MOST_UNANSWERED: Final = 30
"""Answers in one conversation in ten minutes without a word of the customer's in between: one more is held."""
MOST: Final = 60
"""Answers in one conversation in ten minutes, whatever the customer says: no person writes one each ten seconds."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said in a conversation before an answer. `ours`: an answer; else a word of the customer's own.
    `at`: when, in epoch seconds by its writer's clock."""

    at: float
    ours: bool


def is_loop(newest_first: Iterable[Turn], at: float) -> bool:
    """Whether an answer written at this moment is one too many after these turns.

    It depends on the log alone: asked again later, it says the same.
    """
    unanswered = answers = 0
    is_unanswered = True
    for turn in newest_first:
        if not turn.ours:
            is_unanswered = False
        elif turn.at > at - BURST_S:
            answers += 1
            unanswered += is_unanswered
    return unanswered >= MOST_UNANSWERED or answers >= MOST
