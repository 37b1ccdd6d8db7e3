"""What an engine gives to the contract suite.

A module in this folder is an engine when it has

* `NAME`: as it appears in test ids;
* `OFFERS`: the fixtures of `tests/engine/conftest.py` that it can fill. A test runs on every engine that
  offers all the fixtures it asks for, and on no other: what an engine gets wrong is left out here, with the
  reason beside it;
* `MARKS`: pytest marks for its tests;
* `is_available()`: whether it can run on this machine (an engine that cannot is absent, not skipped);
* `start(folder)`: a context manager, entered once per session, that yields an object with one method for each
  thing it offers: `table()`, `queues()`, `files()`, `secrets(named)`. Each call makes a fresh, empty one.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from shared.ports.queues import Queues

QUEUES = ("inbound", "sync")
"""The queues that a bench has."""
MAX_RECEIVES = 3
"""Receives after which a message goes to its queue's dead letters."""
PATIENCE_S = 60
"""How long a server on a busy machine is waited for. A write sent again because its answer was late meets its own
effect, as a `Conflict` says; what follows from that has tests of its own."""


class Received(NamedTuple):
    """One message as a receiver sees it. `receives` counts this time too."""

    body: str
    group: str
    handle: str
    receives: int


class QueueBench(Protocol):
    """A port and the far side of its queues."""

    port: Queues

    def receive(self, queue: str, most: int = 10, visibility_s: int = 60) -> list[Received]:
        """At most `most` messages, which are then in flight for `visibility_s`."""

    def ack(self, queue: str, handle: str) -> None:
        """The message is done: remove it."""

    def release(self, queue: str, handle: str) -> None:
        """The message is not done: make it visible at once."""

    def dead(self, queue: str) -> list[str]:
        """Bodies that went to the queue's dead letters."""

    def advance(self, seconds: float) -> None:
        """Let time pass. An engine on real time waits for real, so ask for little of it."""
