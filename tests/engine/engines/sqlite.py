"""The embedded run's engine: everything on SQLite and a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from engines.local_queues import LocalQueueBench

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

    def queues(self) -> LocalQueueBench:
        return LocalQueueBench(partial(SqliteQueues, self._database()))

    def files(self) -> FolderFiles:
        return FolderFiles(self._next())

    def secrets(self, named: dict[str, dict[str, Any]]) -> FileSecrets:
        path = self._next() / "secrets.json"
        path.write_text(json.dumps(named))
        return FileSecrets(path)
