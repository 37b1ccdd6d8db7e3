"""Ports with something around each call: a switch to another worker, a fault, a count. Nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, TypeVar

from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.event import Entry
from shared.ports.connectors import Connector, Remote
from shared.ports.files import MAX_NAMES, Files
from shared.ports.queues import Message, QueueDepth, QueueName, Queues
from shared.ports.table import Cost, Found, Index, Key, Operation, Page, Table

Answer = TypeVar("Answer")


class Around(Protocol):
    """Is given the name of a call (`table.transact`) and the call; makes it, or does not, and answers for it."""

    def __call__(self, name: str, call: Callable[[], Answer], /) -> Answer: ...


@dataclass(frozen=True, slots=True)
class WatchedTable:
    table: Table
    around: Around

    def get(self, key: Key) -> Found:
        return self.around("table.get", lambda: self.table.get(key))

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
        how: dict[str, Any] = {"after": after, "limit": limit, "descending": descending, "until": until}
        return self.around("table.query", lambda: self.table.query(pk, prefix, index=index, **how))

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        how: dict[str, Any] = {"segment": segment, "segments": segments, "after": after, "limit": limit}
        return self.around("table.scan", lambda: self.table.scan(**how))

    def transact(self, operations: Sequence[Operation]) -> Cost:
        return self.around("table.transact", lambda: self.table.transact(operations))


@dataclass(frozen=True, slots=True)
class WatchedQueues:
    queues: Queues
    around: Around

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        return self.around("queues.send", lambda: self.queues.send(queue, batch))

    def depths(self) -> dict[QueueName, QueueDepth]:
        return self.around("queues.depths", self.queues.depths)


@dataclass(frozen=True, slots=True)
class WatchedFiles:
    files: Files
    around: Around

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        return self.around("files.put", lambda: self.files.put(key, content, content_type))

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:
        return self.around("files.put_stream", lambda: self.files.put_stream(key, content, content_type))

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> str | None:
        return self.files.link(key, seconds, content_type, disposition)

    def get(self, key: str) -> bytes | None:
        return self.around("files.get", lambda: self.files.get(key))

    def start(self, key: str, length: int) -> bytes | None:
        return self.around("files.start", lambda: self.files.start(key, length))

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        return self.around("files.piece", lambda: self.files.piece(key, at, length))

    def delete(self, key: str) -> None:
        return self.around("files.delete", lambda: self.files.delete(key))

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        return self.around("files.list", lambda: self.files.list(prefix, after, limit))


class WatchedConnector:
    def __init__(self, connector: Connector, around: Around) -> None:
        self.name = connector.name
        self._connector = connector
        self._around = around

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:
        call = self._connector.put_contact
        return self._around("connector.put_contact", lambda: call(customer, version, known, retry=retry))

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        call = self._connector.open_case
        return self._around("connector.open_case", lambda: call(case, customer, contact, retry=retry))

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:
        call = self._connector.append
        return self._around("connector.append", lambda: call(case, ticket, entry, customer, retry=retry))
