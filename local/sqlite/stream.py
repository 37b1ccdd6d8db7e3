"""The table's change stream: what was written, and how far each reader has come.

A change is written in the transaction that made it. A reader has one checkpoint per lane; what lies behind the
slowest of them is deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from local.signal import Signal
from local.sqlite.attributes import Image, from_text, to_text
from local.sqlite.database import Database

PRUNE_EVERY: Final = 500
"""Changes that a lane moves on before the stream is pruned behind it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One item before and after, as DynamoDB's JSON. `seq` grows; `at` is in epoch seconds."""

    seq: int
    at: float
    pk: str
    sk: str
    old: Image | None
    new: Image | None


def lane_hash(pk: str) -> int:
    """Which lane a key is read in: the items of one pk stay in one lane, hence in order."""
    return crc32(pk.encode())


def record(
    connection: sqlite3.Connection, at: float, key: tuple[str, str], old: Image | None, new: Image | None
) -> None:
    """Note one change, inside the transaction that makes it."""
    connection.execute(
        "INSERT INTO changes (at, pk, sk, hash, old, new) VALUES (?, ?, ?, ?, ?, ?)",
        (at, *key, lane_hash(key[0]), old and to_text(old), new and to_text(new)),
    )


class Stream:
    """The readers' side. `changed` is called after every commit that changed the table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed = Signal()

    def attach(self, readers: Iterable[tuple[str, int]]) -> None:
        """These readers (name, lanes) and no others. A new one begins at the oldest change there is.

        One that had another number of lanes goes on from its slowest: changes may come again, none is left out.
        """
        wanted = dict(readers)

        def work(connection: sqlite3.Connection) -> None:
            stored = connection.execute(
                "SELECT reader, lanes, MIN(seq) FROM checkpoints GROUP BY reader, lanes"
            ).fetchall()
            kept = {reader: (lanes, seq) for reader, lanes, seq in stored if reader in wanted}
            for reader, lanes in wanted.items():
                if reader in kept and kept[reader][0] == lanes:
                    continue
                begin = kept[reader][1] if reader in kept else 0
                connection.execute("DELETE FROM checkpoints WHERE reader = ?", (reader,))
                connection.executemany(
                    "INSERT INTO checkpoints (reader, lane, lanes, seq) VALUES (?, ?, ?, ?)",
                    [(reader, lane, lanes, begin) for lane in range(lanes)],
                )
            gone = [(reader,) for reader, _, _ in stored if reader not in wanted]
            connection.executemany("DELETE FROM checkpoints WHERE reader = ?", gone)
            _prune(connection)

        self._database.write(work)

    def lane(self, reader: str, lane: int) -> Lane:
        """Where an attached reader goes on in this lane."""
        lanes, seq = self._database.read(
            lambda connection: connection.execute(
                "SELECT lanes, seq FROM checkpoints WHERE reader = ? AND lane = ?", (reader, lane)
            ).fetchone()
        )
        return Lane(self._database, reader, lane, lanes, seq)


class Lane:
    """One reader's way through its share of the changes, in order. Not for two threads at once."""

    def __init__(self, database: Database, reader: str, lane: int, lanes: int, position: int) -> None:
        self._database = database
        self._reader = reader
        self._lane = lane
        self._lanes = lanes
        self._position = position
        self._pruned_at = position

    def next(self, most: int) -> list[Change]:
        """At most `most` changes beyond the checkpoint."""
        rows = self._database.read(
            lambda connection: connection.execute(
                "SELECT seq, at, pk, sk, old, new FROM changes WHERE seq > ? AND hash % ? = ? ORDER BY seq LIMIT ?",
                (self._position, self._lanes, self._lane, most),
            ).fetchall()
        )
        return [
            Change(seq, at, pk, sk, old and from_text(old), new and from_text(new))
            for seq, at, pk, sk, old, new in rows
        ]

    def commit(self, seq: int) -> None:
        """Everything up to `seq` is done. Durable when it returns."""
        prune = seq - self._pruned_at >= PRUNE_EVERY

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE checkpoints SET seq = ? WHERE reader = ? AND lane = ?", (seq, self._reader, self._lane)
            )
            if prune:
                _prune(connection)

        self._database.write(work)
        self._position = seq
        if prune:
            self._pruned_at = seq


def _prune(connection: sqlite3.Connection) -> None:
    """Delete what every lane has passed. A lane has passed what lies before its first own change."""
    if not connection.execute("SELECT 1 FROM checkpoints LIMIT 1").fetchone():
        connection.execute("DELETE FROM changes")
        return
    # An idle lane would hold everything back: what is not its own does not wait for it.
    connection.execute(
        """UPDATE checkpoints SET seq = COALESCE(
            (SELECT MIN(c.seq) - 1 FROM changes c
              WHERE c.seq > checkpoints.seq AND c.hash % checkpoints.lanes = checkpoints.lane),
            (SELECT MAX(seq) FROM changes), seq)"""
    )
    connection.execute("DELETE FROM changes WHERE seq <= (SELECT MIN(seq) FROM checkpoints)")
