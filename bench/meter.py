"""Counts every call that leaves a function, at the ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import SEEK_END, StringIO
from typing import BinaryIO, Final

from shared.ports.files import Files
from shared.ports.queues import Message, QueueDepth, Queues
from shared.ports.table import Check, Cost, Found, Index, Key, Operation, Page, Table

CHUNK: Final = 64 * 1024
"""SQS bills each 64 KB begun of a call as one request."""


@dataclass
class Meter:
    """What was counted since `taken` was last asked: calls by kind, `rru`, `wru`, bytes."""

    counts: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, number: float = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + number

    def spend(self, kind: str, cost: Cost) -> None:
        self.add(kind)
        self.add("rru", cost.reads)
        self.add("wru", cost.writes)

    def taken(self) -> dict[str, float]:
        taken, self.counts = self.counts, {}
        return taken


class MeteredTable:
    """`Table` that counts."""

    def __init__(self, table: Table, meter: Meter) -> None:
        self._table = table
        self._meter = meter

    def get(self, key: Key) -> Found:
        found = self._table.get(key)
        self._meter.spend("table.read", found.cost)
        return found

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        after: str | None = None,
        limit: int | None = None,
        descending: bool = False,
        until: str | None = None,
        index: Index | None = None,
    ) -> Page:
        page = self._table.query(pk, prefix, after=after, limit=limit, descending=descending, until=until, index=index)
        self._meter.spend("table.read", page.cost)
        return page

    def transact(self, operations: Sequence[Operation]) -> Cost:
        is_plain = len(operations) == 1 and not isinstance(operations[0], Check)
        cost = self._table.transact(operations)
        self._meter.spend("table.write" if is_plain else "table.transact", cost)
        return cost


class MeteredQueues:
    """`Queues` that counts."""

    def __init__(self, queues: Queues, meter: Meter) -> None:
        self._queues = queues
        self._meter = meter

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        if batch:
            size = sum(len(message.body.encode()) for message in batch)
            self._meter.add("queue.send")
            self._meter.add("queue.requests", -(-size // CHUNK))
            self._meter.add(f"messages.{queue}", len(batch))
        return self._queues.send(queue, batch)

    def depths(self) -> dict[str, QueueDepth]:
        return self._queues.depths()


class MeteredFiles:
    """`Files` that counts."""

    def __init__(self, files: Files, meter: Meter) -> None:
        self._files = files
        self._meter = meter

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        self._meter.add("files.put")
        self._meter.add("files.bytes", len(content))
        self._files.put(key, content, content_type)

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:
        self._meter.add("files.put")
        self._meter.add("files.bytes", content.seek(0, SEEK_END))
        self._files.put_stream(key, content, content_type)

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> str | None:
        return self._files.link(key, seconds, content_type, disposition)

    def get(self, key: str) -> bytes | None:
        self._meter.add("files.get")
        return self._files.get(key)

    def start(self, key: str, length: int) -> bytes | None:
        self._meter.add("files.get")
        return self._files.start(key, length)

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        self._meter.add("files.get")
        return self._files.piece(key, at, length)

    def delete(self, key: str) -> None:
        self._files.delete(key)


class MeteredLog(StringIO):
    """Where the embedded metrics write their lines, which CloudWatch bills by the byte. Keeps nothing."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def write(self, text: str) -> int:
        self._meter.add("log.bytes", len(text.encode()))
        return len(text)
