"""The embedded run's engine: everything on SQLite and a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from engines.bench import MAX_RECEIVES, QUEUES, Received

from local.definitions import QueueDefinition
from local.files import FolderFiles
from local.secrets import FileSecrets
from local.sqlite.database import Database
from local.sqlite.queues import SqliteQueues
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable

NAME = "sqlite"
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
        "secrets_of",
    }
)
MARKS: tuple[Any, ...] = ()


def is_available() -> bool:
    return True


@contextmanager
def start(folder: Path) -> Iterator[Engine]:
    engine = Engine(folder)
    try:
        yield engine
    finally:
        engine.close()


class Engine:
    """Each thing it makes has a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._databases: list[Database] = []

    def close(self) -> None:
        for database in self._databases:
            database.close()

    def _next(self) -> Path:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def _database(self) -> Database:
        database = Database(self._next() / "hub.db")
        self._databases.append(database)
        return database

    def table(self) -> SqliteTable:
        database = self._database()
        return SqliteTable(database, Stream(database), lambda: 1_800_000_000.0)

    def queues(self) -> SqliteQueueBench:
        return SqliteQueueBench(self._database())

    def files(self) -> FolderFiles:
        return FolderFiles(self._next())

    def secrets(self, named: dict[str, dict[str, Any]]) -> FileSecrets:
        path = self._next() / "secrets.json"
        path.write_text(json.dumps(named))
        return FileSecrets(path)


class SqliteQueueBench:
    """The queues on a clock that only `advance` moves."""

    def __init__(self, database: Database) -> None:
        self._now = 1_800_000_000.0
        definitions = {}
        for name in QUEUES:
            definitions[name] = QueueDefinition(
                name, f"{name}.fifo", dead_letters=f"{name}-dlq", max_receives=MAX_RECEIVES
            )
            definitions[f"{name}-dlq"] = QueueDefinition(f"{name}-dlq", f"{name}-dlq.fifo")
        self._queues = SqliteQueues(database, definitions, lambda: self._now)
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
