"""The ports in memory, on which the stories are told and the proofs run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.local_queues import LocalQueueBench

from local.memory.files import MemoryFiles
from local.memory.queues import MemoryQueues
from local.memory.table import MemoryTable

NAME = "memory"
OFFERS = frozenset(
    {
        "table",
        "strict_table",
        "priced_table",
        "priced_transactions",
        "contended_table",
        "table_with_empty_text",
        "queues",
        "queues_on_our_clock",
        "files",
    }
)
MARKS: tuple[Any, ...] = ()


def is_available() -> bool:
    return True


@contextmanager
def start(folder: Path) -> Iterator[Engine]:
    yield Engine()


class Engine:
    def table(self) -> MemoryTable:
        return MemoryTable(lambda: 1_800_000_000.0)

    def queues(self) -> LocalQueueBench:
        return LocalQueueBench(MemoryQueues)

    def files(self) -> MemoryFiles:
        return MemoryFiles()
