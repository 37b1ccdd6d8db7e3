"""A provider that waits for its answer goes first.

One process has one interpreter lock. Deployed, a webhook never waits for the work that earlier ones left behind;
here it would, so while a burst of them comes in the workers take turns: one at a time, in the pauses, or for a
small share of the time when there are no pauses. A few requests by themselves delay nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

BURST: Final = 4
"""Requests without a gap between them that make a burst."""
GAP_S: Final = 0.3
"""A burst is over when nothing came for so long."""
PAUSE_S: Final = 0.008
"""Within a burst: nothing came for so long, so there is time."""
REST: Final = 4
"""Without pauses: a turn that took t is followed by REST * t without one."""
LONGEST_TURN_S: Final = 0.1
"""A turn that takes longer mostly waits for something: the next may begin beside it."""
LOOK_S: Final = 0.004


class Precedence:
    """Requests are answered inside `request()`, work is done inside `turn()`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = threading.Lock()
        self._under_way = 0
        self._in_a_row = 0
        self._last_at = 0.0
        self._turn_ends_at = 0.0
        self._rest_ends_at = 0.0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Somebody waits for an answer."""
        with self._lock:
            now = time.monotonic()
            if now - self._last_at > GAP_S and not self._under_way:
                self._in_a_row = 0
            self._under_way += 1
            self._in_a_row += 1
            self._last_at = now
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._last_at = time.monotonic()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Begins at once when there is no burst, else when it is this worker's turn."""
        if not self._is_burst():
            yield
            return
        with self._next:
            while not self._may_begin():
                time.sleep(LOOK_S)
            began = time.monotonic()
            self._turn_ends_at = began + LONGEST_TURN_S
            self._rest_ends_at = self._turn_ends_at + REST * LONGEST_TURN_S
        try:
            yield
        finally:
            now = time.monotonic()
            if now - began < LONGEST_TURN_S:  # else another's turn may have begun
                self._turn_ends_at = now
                self._rest_ends_at = now + REST * (now - began)

    def _is_burst(self) -> bool:
        return self._in_a_row >= BURST and (self._under_way > 0 or time.monotonic() - self._last_at < GAP_S)

    def _may_begin(self) -> bool:
        if not self._is_burst():
            return True
        now = time.monotonic()
        is_pause = not self._under_way and now - self._last_at >= PAUSE_S
        return now >= self._turn_ends_at and (is_pause or now >= self._rest_ends_at)
