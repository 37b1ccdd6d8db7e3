"""The `Queues` port on SQLite and its consumer side, with SQS FIFO's groups, visibility and redrive.

A standard queue is a queue in which every message is a group of its own.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from local.definitions import QueueDefinition
from local.signal import Signal
from local.sqlite.database import Database
from shared.domain.errors import Misconfigured
from shared.ports.queues import Message, QueueDepth, QueueName, check_batch
from shared.ports.surroundings import Clock

DEDUPLICATION_S: Final = 300

# What SQS takes in a body: the characters of XML 1.0.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Received:
    """One message in flight. `receipt` names this receipt of it; `receives` counts this one too."""

    message_id: str
    receipt: str
    body: str
    group: str
    deduplication: str
    sequence: int
    sent_at: float
    receives: int
    first_received_at: float


class SqliteQueues:
    """The queues of `definitions`, by their port names. Whatever was in flight is visible again at the start."""

    def __init__(self, database: Database, definitions: Mapping[QueueName, QueueDefinition], clock: Clock) -> None:
        self._database = database
        self._definitions = definitions
        self._clock = clock
        dead_letters = {definition.dead_letters for definition in definitions.values()}
        self._sent_to = [name for name, each in definitions.items() if is_sent_to(each) and name not in dead_letters]
        self.arrived = {name: Signal() for name in definitions}
        """Called when a queue may have something to receive."""
        database.write(_make_everything_visible)

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        """As the port says; refused are bodies and ids with characters that SQS does not take."""
        definition = self.definition(queue)
        check_batch(batch)
        if not batch:
            return ()
        now = self._clock()
        refused = tuple(number for number, message in enumerate(batch) if not is_acceptable(message))
        accepted = [message for number, message in enumerate(batch) if number not in refused]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM deduplications WHERE at <= ?", (now - DEDUPLICATION_S,))
            for message in accepted:
                if definition.fifo and _is_copy(connection, queue, message, now):
                    continue
                _insert(connection, definition, message, now)

        self._database.write(work)
        self.arrived[queue].call(len(accepted))
        return refused

    def definition(self, queue: QueueName) -> QueueDefinition:
        """Raises `Misconfigured` for a queue that the template does not have."""
        if queue not in self._definitions:
            raise Misconfigured(f"there is no queue {queue}: {', '.join(sorted(self._definitions))}")
        return self._definitions[queue]

    def depths(self) -> dict[QueueName, QueueDepth]:
        """Of the queues that functions send to, as deployed; dead letters and failures are not among them."""
        now = self._clock()
        rows = self._database.read(
            lambda connection: connection.execute(
                "SELECT queue, SUM(visible_at <= ?), SUM(visible_at > ?) FROM messages GROUP BY queue", (now, now)
            ).fetchall()
        )
        counted = {queue: QueueDepth(waiting, in_flight) for queue, waiting, in_flight in rows}
        return {name: counted.get(name, QueueDepth(0, 0)) for name in self._sent_to}

    def receive(self, queue: QueueName, most: int = 10, visibility_s: float | None = None) -> list[Received]:
        """At most `most` messages, of a group in order; they are in flight for `visibility_s` (default: the queue's).

        A group with a message in flight is passed over. What was received too often goes to the dead letters.
        Does not wait: see `arrived` and `next_visible`.
        """
        definition = self.definition(queue)
        now = self._clock()
        if not self._database.read(lambda connection: _is_anything_ready(connection, queue, now)):
            return []
        until = now + (definition.visibility_s if visibility_s is None else visibility_s)
        received, moved = self._database.write(lambda connection: _receive(connection, definition, most, now, until))
        if moved and definition.dead_letters:
            self.arrived[definition.dead_letters].call(moved)
        if received or moved:
            self.arrived[queue].call()  # there may be more, also for another receiver
        return received

    def delete(self, queue: QueueName, receipts: Sequence[str]) -> None:
        """These are done. A receipt that is no longer the latest of its message does nothing."""
        if not receipts:
            return

        def work(connection: sqlite3.Connection) -> None:
            groups = set()
            for receipt in receipts:
                groups |= _group_of(connection, receipt)
                connection.execute("DELETE FROM messages WHERE id = ? AND receipt = ?", _split(receipt))
            for group in groups:
                _refresh_group(connection, queue, group)

        self._database.write(work)
        self.arrived[queue].call()

    def change_visibility(self, queue: QueueName, receipts: Sequence[str], visibility_s: float) -> None:
        """These stay in flight so much longer, from now; with 0 they return to the queue at once."""
        until = self._clock() + visibility_s if visibility_s > 0 else 0.0

        def work(connection: sqlite3.Connection) -> None:
            groups = set()
            for receipt in receipts:
                groups |= _group_of(connection, receipt)
                connection.execute(
                    "UPDATE messages SET visible_at = ? WHERE id = ? AND receipt = ?", (until, *_split(receipt))
                )
            for group in groups:
                _refresh_group(connection, queue, group)

        self._database.write(work)
        self.arrived[queue].call()

    def next_visible(self, queue: QueueName) -> float | None:
        """Seconds until the first blocked group may be received again; None when none is blocked."""
        row = self._database.read(
            lambda connection: connection.execute(
                "SELECT MIN(blocked_until) FROM message_groups WHERE queue = ? AND blocked_until > 0", (queue,)
            ).fetchone()
        )
        return None if row[0] is None else max(0.0, row[0] - self._clock())


def is_sent_to(definition: QueueDefinition) -> bool:
    """Whether a function sends to it: then it has a name of its own for the port."""
    return definition.fifo or definition.name != definition.full_name


def is_acceptable(message: Message) -> bool:
    """Whether SQS takes its characters."""
    return not _FORBIDDEN.search(message.body) and all(map(_ID.fullmatch, (message.group, message.deduplication)))


def _make_everything_visible(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE messages SET visible_at = 0, receipt = NULL WHERE visible_at > 0")
    connection.execute("UPDATE message_groups SET blocked_until = 0 WHERE blocked_until > 0")


def _is_copy(connection: sqlite3.Connection, queue: str, message: Message, now: float) -> bool:
    """Whether this group had this deduplication id in the last five minutes; notes it when not."""
    noted = connection.execute(
        "INSERT INTO deduplications (queue, grp, deduplication, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (queue, message.group, message.deduplication, now),
    )
    return noted.rowcount == 0


def _insert(connection: sqlite3.Connection, definition: QueueDefinition, message: Message, now: float) -> None:
    message_id = str(uuid4())
    group = message.group if definition.fifo else message_id
    added = connection.execute(
        "INSERT INTO messages (queue, grp, message_id, deduplication, body, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
        (definition.name, group, message_id, message.deduplication, message.body, now),
    )
    connection.execute(
        "INSERT INTO message_groups (queue, grp, head, blocked_until) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
        (definition.name, group, added.lastrowid),
    )


def _is_anything_ready(connection: sqlite3.Connection, queue: str, now: float) -> bool:
    row = connection.execute(
        "SELECT 1 FROM message_groups WHERE queue = ? AND blocked_until <= ? LIMIT 1", (queue, now)
    ).fetchone()
    return row is not None


def _receive(
    connection: sqlite3.Connection, definition: QueueDefinition, most: int, now: float, until: float
) -> tuple[list[Received], int]:
    """Messages received, and how many went to the dead letters instead."""
    queue = definition.name
    connection.execute(
        "UPDATE message_groups SET blocked_until = 0 WHERE queue = ? AND blocked_until > 0 AND blocked_until <= ?",
        (queue, now),
    )
    received: list[Received] = []
    moved = 0
    groups = connection.execute(
        "SELECT grp FROM message_groups WHERE queue = ? AND blocked_until = 0 ORDER BY head LIMIT ?", (queue, most)
    ).fetchall()
    for (group,) in groups:
        if len(received) == most:
            break
        taken, dead = _receive_group(connection, definition, group, most - len(received), now, until)
        received += taken
        moved += dead
        _refresh_group(connection, queue, group)
    return received, moved


def _receive_group(
    connection: sqlite3.Connection, definition: QueueDefinition, group: str, most: int, now: float, until: float
) -> tuple[list[Received], int]:
    received: list[Received] = []
    moved = 0
    last = 0
    while len(received) < most:
        row = connection.execute(
            "SELECT id, message_id, body, deduplication, sent_at, receives, first_received_at"
            " FROM messages WHERE queue = ? AND grp = ? AND id > ? ORDER BY id LIMIT 1",
            (definition.name, group, last),
        ).fetchone()
        if row is None:
            break
        last = row[0]
        if _is_worn(definition, row[5]):
            _redrive(connection, definition, last, group)
            moved += 1
        else:
            received.append(_take(connection, group, row, now, until))
    return received, moved


def _is_worn(definition: QueueDefinition, receives: int) -> bool:
    """Whether SQS would move it to the dead letters instead of handing it out once more."""
    return definition.dead_letters is not None and receives >= (definition.max_receives or receives + 1)


def _redrive(connection: sqlite3.Connection, definition: QueueDefinition, number: int, group: str) -> None:
    """To the dead letters: a new row, hence the last place there; id and time of sending stay, as with SQS."""
    moved = connection.execute(
        "INSERT INTO messages (queue, grp, message_id, deduplication, body, sent_at)"
        " SELECT ?, grp, message_id, deduplication, body, sent_at FROM messages WHERE id = ?",
        (definition.dead_letters, number),
    )
    connection.execute("DELETE FROM messages WHERE id = ?", (number,))
    connection.execute(
        "INSERT INTO message_groups (queue, grp, head, blocked_until) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
        (definition.dead_letters, group, moved.lastrowid),
    )


def _take(connection: sqlite3.Connection, group: str, row: tuple[Any, ...], now: float, until: float) -> Received:
    number, message_id, body, deduplication, sent_at, receives, first_received_at = row
    first = max(now, sent_at) if first_received_at is None else first_received_at  # `now` was before the lock
    receipt = uuid4().hex
    connection.execute(
        "UPDATE messages SET receives = receives + 1, receipt = ?, visible_at = ?, first_received_at = ? WHERE id = ?",
        (receipt, until, first, number),
    )
    handle = f"{number}:{receipt}"
    return Received(message_id, handle, body, group, deduplication, number, sent_at, receives + 1, first)


def _split(receipt: str) -> tuple[int, str]:
    number, _, secret = receipt.partition(":")
    return int(number), secret


def _group_of(connection: sqlite3.Connection, receipt: str) -> set[str]:
    row = connection.execute("SELECT grp FROM messages WHERE id = ? AND receipt = ?", _split(receipt)).fetchone()
    return {row[0]} if row else set()


def _refresh_group(connection: sqlite3.Connection, queue: str, group: str) -> None:
    """Bring a group's row in line with its messages: its oldest, and until when one is in flight."""
    head = connection.execute("SELECT MIN(id) FROM messages WHERE queue = ? AND grp = ?", (queue, group)).fetchone()[0]
    if head is None:
        connection.execute("DELETE FROM message_groups WHERE queue = ? AND grp = ?", (queue, group))
        return
    connection.execute(
        "UPDATE message_groups SET head = ?, blocked_until = COALESCE("
        " (SELECT MAX(visible_at) FROM messages WHERE queue = ? AND grp = ? AND visible_at > 0), 0)"
        " WHERE queue = ? AND grp = ?",
        (head, queue, group, queue, group),
    )
