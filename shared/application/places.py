"""Each connector's share of the workers of one process, so that one that hangs cannot hold them all.

Deployed, a process is one worker and has nothing to share: this costs nothing there, and the breaker ends what hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SLOW_S = 1.0
"""A call under way for longer than this will not be waited for by others."""
LOOK_S = 0.05


class NoPlace(Exception):
    """The share is taken, by calls that take long."""


class Places:
    """So many calls at a time, of one connector in one process. Threads share it."""

    def __init__(self, number: int, clock: Callable[[], float]) -> None:
        self._number = number
        self._clock = clock
        self._free = threading.Condition()
        self._begun: list[float] = []

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a place and hold it. Raises `NoPlace` once the calls that hold them all are slow."""
        began = self._take()
        try:
            yield
        finally:
            with self._free:
                self._begun.remove(began)
                self._free.notify()

    def _take(self) -> float:
        with self._free:
            while len(self._begun) >= self._number:
                if self._clock() - self._begun[0] > SLOW_S:
                    raise NoPlace
                self._free.wait(LOOK_S)
            began = self._clock()
            self._begun.append(began)
            return began


def share(workers: int, connectors: int) -> int | None:
    """A connector's places among so many workers; None where there is nothing to share. All have the same share."""
    return max(1, workers // connectors) if workers > 1 and connectors > 1 else None
