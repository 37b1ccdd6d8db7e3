"""`Queues`: FIFO, one at a time within a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

QueueName: TypeAlias = str
"""The queue's name in the design, without suffix: `inbound`, `sync`, …"""

MAX_BATCH = 10
"""Messages in one send."""
MAX_BATCH_BYTES = 256 * 1024
"""Bytes of all bodies in one send."""
MAX_MESSAGE_BYTES = 200 * 1024
"""A larger event is parked in Files and a pointer queued."""
MAX_ID = 128
"""Characters of a group or deduplication id."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes into a FIFO queue. Group and deduplication id are digests: no personal data in them."""

    body: str
    group: str
    deduplication: str


def check_batch(batch: Sequence[Message]) -> None:
    """Raise ValueError for what no queue takes. Every engine asks this before it sends anything."""
    if len(batch) > MAX_BATCH:
        raise ValueError(f"a send holds at most {MAX_BATCH} messages, not {len(batch)}")
    size = sum(len(message.body.encode()) for message in batch)
    if size > MAX_BATCH_BYTES:
        raise ValueError(f"a send holds at most {MAX_BATCH_BYTES} bytes, not {size}")
    for message in batch:
        if not message.body:
            raise ValueError("a message's body is not empty")
        if not (1 <= len(message.group) <= MAX_ID and 1 <= len(message.deduplication) <= MAX_ID):
            raise ValueError(f"a group or deduplication id has 1 to {MAX_ID} characters")


class Queues(Protocol):
    """FIFO queues: one at a time within a group, in order; a copy within five minutes is dropped."""

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        """Send at most MAX_BATCH messages of at most MAX_BATCH_BYTES. Returns the indexes that were refused.

        Durable when it returns; an empty batch sends nothing. Raises `Transient` when the whole batch could not
        be sent, `Misconfigured` for a queue nobody named, ValueError for a batch that no queue takes.
        """

    def depths(self) -> dict[QueueName, QueueDepth]:
        """How full each known queue is (approximate). For people, not for decisions."""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    waiting: int
    in_flight: int
