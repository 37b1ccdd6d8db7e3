"""Everything below the ports, in one folder: `hub.db`, `files/`, `secrets.json`."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.definitions import QueueDefinition
from local.files import FolderFiles
from local.metrics import CountedMetrics
from local.secrets import FileSecrets
from local.sqlite.database import Database
from local.sqlite.queues import SqliteQueues
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.domain.errors import Misconfigured
from shared.ports.surroundings import Clock


@dataclass(frozen=True, slots=True)
class Storage:
    """The embedded implementations of the ports. `stream` is the table's, for the readers."""

    database: Database
    stream: Stream
    table: SqliteTable
    queues: SqliteQueues
    files: FolderFiles
    secrets: FileSecrets
    metrics: CountedMetrics

    @classmethod
    def open(cls, folder: Path, queues: Mapping[str, QueueDefinition], clock: Clock) -> Storage:
        """Opens or creates what the folder holds. Raises `Misconfigured`."""
        database = Database(folder / "hub.db")
        stream = Stream(database)
        return cls(
            database=database,
            stream=stream,
            table=SqliteTable(database, stream, clock),
            queues=SqliteQueues(database, queues, clock),
            files=FolderFiles(folder / "files"),
            secrets=FileSecrets(folder / "secrets.json"),
            metrics=CountedMetrics(),
        )


def lock_folder(folder: Path) -> IO[str]:
    """Make the folder if need be and hold it for this process alone, until the answer is closed or the process ends.

    Raises `Misconfigured` when another hub holds it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (folder / "hub.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Misconfigured(
            f"another hub is running on {folder}: stop it, or give this one a folder of its own"
        ) from error
    return lock
