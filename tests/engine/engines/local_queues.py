"""The far side of the embedded run's queues, on a file and in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engines.bench import MAX_RECEIVES, QUEUES, Received

from local.definitions import QueueDefinition
from local.memory.queues import MemoryQueues
from local.sqlite.queues import SqliteQueues
from shared.ports.queues import QueueName
from shared.ports.surroundings import Clock

LocalQueues: TypeAlias = MemoryQueues | SqliteQueues


class LocalQueueBench:
    """The queues on a clock that only `advance` moves."""

    def __init__(self, make: Callable[[Mapping[QueueName, QueueDefinition], Clock], LocalQueues]) -> None:
        self._now = 1_800_000_000.0
        definitions = {}
        for name in QUEUES:
            definitions[name] = QueueDefinition(
                name, f"{name}.fifo", dead_letters=f"{name}-dlq", max_receives=MAX_RECEIVES
            )
            definitions[f"{name}-dlq"] = QueueDefinition(f"{name}-dlq", f"{name}-dlq.fifo")
        self._queues = make(definitions, lambda: self._now)
        self.port = self._queues

    def receive(self, queue: str, most: int = 10, visibility_s: int = 60) -> list[Received]:
        return [
            Received(each.body, each.group, each.receipt, each.receives)
            for each in self._queues.receive(queue, most, visibility_s)
        ]

    def ack(self, queue: str, handle: str) -> None:
        self._queues.delete(queue, [handle])

    def release(self, queue: str, handle: str) -> None:
        self._queues.change_visibility(queue, [handle], 0)

    def dead(self, queue: str) -> list[str]:
        return [each.body for each in self._queues.receive(f"{queue}-dlq")]

    def advance(self, seconds: float) -> None:
        self._now += seconds
