"""One SQLite file: one writer with group commit, reads on a connection per thread.

A write is a function of the connection. Those that wait run together in one transaction, each in a savepoint of
its own, and are answered after the commit has reached the disk (WAL, `synchronous=FULL`): what was answered
survives a SIGKILL or a power cut, what was not answered is there whole or not at all.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

from local.sqlite import schema
from shared.domain.errors import Misconfigured, Transient

Result = TypeVar("Result")
Work: TypeAlias = Callable[[sqlite3.Connection], Result]

GROUP_LIMIT: Final = 256
"""Writes in one commit: a bound on how long the first of them waits for the others."""


class Database:
    """Opens or creates the file at `path`. Raises `Misconfigured` when it is of another version of the hub."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: list[sqlite3.Connection] = []
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._closed = False
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        path.touch(mode=0o600)  # SQLite gives its other files the mode of this one
        self._writing = self._open()
        _prepare(self._writing, path)
        self._writer = threading.Thread(target=self._write_until_closed, name="database-writer", daemon=True)
        self._writer.start()

    def write(self, work: Work[Result]) -> Result:
        """Run `work` in the writer and return its result once it is durable.

        What `work` raises comes out here and undoes only what `work` did. Raises `Transient` when the file cannot
        be written. `work` must not call `write`.
        """
        job = _Job(work)
        with self._lock:
            if self._closed:
                raise Transient("the database is closed")
            self._jobs.put(job)
        result: Result = job.future.result()
        return result

    def read(self, work: Work[Result]) -> Result:
        """Run `work` on this thread's own connection: it sees everything committed before. Raises `Transient`."""
        try:
            return work(self._reading())
        except sqlite3.Error as error:
            raise Transient(f"the database cannot be read: {type(error).__name__}") from error

    def close(self) -> None:
        """Finish the writes that wait, then close. Later calls raise `Transient`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._writer.join()
        for connection in self._connections:
            connection.close()

    def _reading(self) -> sqlite3.Connection:
        mine: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if mine is None:
            mine = self._mine.connection = self._open()
            mine.execute("PRAGMA query_only=1")
        return mine

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=1")  # macOS: fsync alone leaves data in the drive's cache
        connection.execute("PRAGMA temp_store=MEMORY")
        with self._lock:
            self._connections.append(connection)
        return connection

    def _write_until_closed(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            closing = False
            while len(group) < GROUP_LIMIT and not closing:
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    break
                if job is None:
                    closing = True
                else:
                    group.append(job)
            self._commit(group)
            if closing:
                return

    def _commit(self, group: list[_Job]) -> None:
        try:
            self._writing.execute("BEGIN IMMEDIATE")
            for job in group:
                job.run(self._writing)
            self._writing.execute("COMMIT")
        except sqlite3.Error as error:
            # A full disk or a failed fsync ends the whole transaction: nobody may be told that it held.
            if self._writing.in_transaction:
                self._writing.execute("ROLLBACK")
            for job in group:
                job.future.set_exception(Transient(f"the database cannot be written: {type(error).__name__}"))
            return
        for job in group:
            job.answer()


class _Job:
    """One write: what to do, then what came of it, told only after the commit."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self._result: Any = None
        self._error: Exception | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        connection.execute("SAVEPOINT job")
        try:
            self._result = self.work(connection)
        except Exception as error:  # noqa: BLE001  it belongs to the caller, who gets it from the future
            self._error = error
            # Fails when SQLite has ended the whole transaction by itself; `_commit` then fails the whole group.
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def answer(self) -> None:
        if isinstance(self._error, sqlite3.OperationalError):
            self._error = Transient(f"the database cannot be written: {type(self._error).__name__}")
        if self._error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(self._error)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found not in (0, schema.VERSION):
        raise Misconfigured(
            f"{path} was written by another version of the hub (format {found}, this one reads {schema.VERSION}):"
            " start with another data folder"
        )
    connection.execute("BEGIN IMMEDIATE")
    for statement in schema.STATEMENTS:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={schema.VERSION}")
    connection.execute("COMMIT")
