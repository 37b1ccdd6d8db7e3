"""Waking those who wait, without polling and without losing a call."""

from __future__ import annotations

import threading


class Signal:
    """Remember `seen()`, look for work, and `wait` only when there was none: a call in between is not lost."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._calls = 0

    def seen(self) -> int:
        """How many calls there were so far."""
        return self._calls

    def call(self, sleepers: int = 1) -> None:
        """Something may be ready: wake at most this many of those who wait."""
        with self._condition:
            self._calls += 1
            self._condition.notify(sleepers)

    def call_all(self) -> None:
        with self._condition:
            self._calls += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout_s: float | None = None) -> None:
        """Sleep until there was a call after `seen`, or the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._calls != seen, timeout_s)
