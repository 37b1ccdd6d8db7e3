"""The `Table` port on SQLite, with DynamoDB's semantics, limits and costs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.sqlite import costs
from local.sqlite.apply import Stored, outcome
from local.sqlite.attributes import (
    INDEX_ATTRIBUTES,
    Image,
    from_text,
    index_keys,
    to_text,
    unmarshal_item,
)
from local.sqlite.database import Database
from local.sqlite.stream import Stream, lane_hash, record
from shared.ports.surroundings import Clock
from shared.ports.table import (
    Cost,
    Found,
    Index,
    Item,
    Key,
    Operation,
    Page,
    check_operations,
    check_query,
    check_scan,
    scan_mark,
)

PAGE_BYTES: Final = 1024 * 1024
"""A page ends where DynamoDB ends one."""


class SqliteTable:
    """One table in the database's file. Its changes go to `stream`, in the same transaction."""

    def __init__(self, database: Database, stream: Stream, clock: Clock) -> None:
        self._database = database
        self._stream = stream
        self._clock = clock

    def get(self, key: Key) -> Found:
        """One item by key. 1 RCU for each 4 KB begun; 1 for an absent one. Raises `Transient`."""
        stored = self._database.read(lambda connection: _stored(connection, key))
        item = None if stored.image is None else unmarshal_item(stored.image)
        return Found(item, Cost(reads=costs.consistent_read(stored.size), calls=1))

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
        """A page of one pk, as the port says. 1 RCU for each 4 KB begun of the page's items together.

        On an index half of that. A page ends at 1 MB.
        """
        check_query(pk, prefix, until, limit)
        wanted = _Range(pk, prefix, after, until, descending)
        if index is None:
            return self._query_items(wanted, limit)
        return self._query_index(wanted, limit, index)

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        """A page of all there is, by key. 0.5 RCU for each 4 KB begun of the page's items together; ends at 1 MB."""
        start = check_scan(segment, segments, after, limit)

        def work(connection: sqlite3.Connection) -> Page:
            items: list[Item] = []
            size = 0
            rows = connection.execute(
                "SELECT pk, sk, body, size FROM items WHERE (pk, sk) > (?, ?) ORDER BY pk, sk", start or ("", "")
            )
            for pk, sk, body, bytes_ in rows:
                if segments > 1 and lane_hash(pk) % segments != segment:
                    continue
                if size >= PAGE_BYTES or len(items) == limit:
                    return _scanned(items, size, more=True)
                items.append(unmarshal_item(from_text(body)) | {"pk": pk, "sk": sk})
                size += bytes_
            return _scanned(items, size, more=False)

        return self._database.read(work)

    def transact(self, operations: Sequence[Operation]) -> Cost:
        """All or none, durable when it returns. Raises as the port says, and `Permanent` where DynamoDB would refuse.

        1 WRU for each 1 KB begun of the larger of before and after, twice when there is more than one operation,
        and what the indexes take.
        """
        check_operations(operations)
        now = self._clock()
        cost, changes = self._database.write(lambda connection: _transact(connection, operations, now))
        if changes:
            self._stream.changed.call_all()
        return cost

    def _query_items(self, wanted: _Range, limit: int | None) -> Page:
        where, values = wanted.bounds("pk", "sk")
        if wanted.after is not None:
            where += f" AND sk {wanted.beyond} ?"
            values.append(wanted.after)
        rows, more = self._page(
            f"SELECT sk, body, size FROM items WHERE {where} ORDER BY sk {wanted.order}",  # noqa: S608
            values,
            limit,
        )
        items = [unmarshal_item(from_text(body)) for _, body, _ in rows]
        cost = Cost(reads=costs.consistent_read(sum(row[-1] for row in rows)), calls=1)
        return Page(items, rows[-1][0] if more else None, cost)

    def _query_index(self, wanted: _Range, limit: int | None, index: Index) -> Page:
        hash_name, range_name = INDEX_ATTRIBUTES[index]
        where, values = wanted.bounds(hash_name, range_name)
        if wanted.after is not None:
            where += f" AND ({range_name}, pk, sk) {wanted.beyond} (?, ?, ?)"
            values += json.loads(wanted.after)
        order = wanted.order
        rows, more = self._page(
            f"SELECT {range_name}, pk, sk FROM items"  # noqa: S608
            f" WHERE {where} AND {hash_name} IS NOT NULL AND {range_name} IS NOT NULL"
            f" ORDER BY {range_name} {order}, pk {order}, sk {order}",
            values,
            limit,
        )
        items: list[Item] = [{"pk": pk, "sk": sk, hash_name: wanted.pk, range_name: at} for at, pk, sk in rows]
        size = sum(_text_size(item) for item in items)
        next_ = json.dumps(rows[-1]) if more else None
        return Page(items, next_, Cost(reads=costs.eventual_read(size), calls=1))

    def _page(self, statement: str, values: Sequence[str], limit: int | None) -> tuple[list[tuple[Any, ...]], bool]:
        """Rows up to `limit` and 1 MB, and whether there are more."""

        def work(connection: sqlite3.Connection) -> tuple[list[tuple[Any, ...]], bool]:
            rows: list[tuple[Any, ...]] = []
            size = 0
            for row in connection.execute(statement, values):
                if size >= PAGE_BYTES or len(rows) == limit:
                    return rows, True
                rows.append(row)
                size += row[-1] if isinstance(row[-1], int) else sum(map(len, row))
            return rows, False

        return self._database.read(work)


@dataclass(frozen=True, slots=True)
class _Range:
    """Which sort keys of one pk, in which direction."""

    pk: str
    prefix: str
    after: str | None
    until: str | None
    descending: bool

    @property
    def order(self) -> str:
        return "DESC" if self.descending else "ASC"

    @property
    def beyond(self) -> str:
        return "<" if self.descending else ">"

    def bounds(self, hash_name: str, range_name: str) -> tuple[str, list[str]]:
        where, values = f"{hash_name} = ?", [self.pk]
        if self.prefix:
            where += f" AND {range_name} >= ?"
            values.append(self.prefix)
            end = _end_of_prefix(self.prefix)
            if end is not None:
                where += f" AND {range_name} < ?"
                values.append(end)
        if self.until is not None:
            where += f" AND {range_name} <= ?"
            values.append(self.until)
        return where, values


def _end_of_prefix(prefix: str) -> str | None:
    """The first text beyond all that start with `prefix`, in the order of UTF-8 (which is that of code points)."""
    head = prefix.rstrip("\U0010ffff")
    if not head:
        return None
    last = ord(head[-1]) + 1
    return head[:-1] + chr(0xE000 if last == 0xD800 else last)


def _scanned(items: list[Item], size: int, *, more: bool) -> Page:
    following = scan_mark((items[-1]["pk"], items[-1]["sk"])) if more else None
    return Page(items, following, Cost(reads=costs.eventual_read(size), calls=1))


def _text_size(item: Item) -> int:
    return sum(len(name) + len(text.encode()) for name, text in item.items())


def _stored(connection: sqlite3.Connection, key: Key) -> Stored:
    row = connection.execute("SELECT body, size FROM items WHERE pk = ? AND sk = ?", key).fetchone()
    return Stored(from_text(row[0]), row[1]) if row else Stored(None, 0)


def _transact(connection: sqlite3.Connection, operations: Sequence[Operation], now: float) -> tuple[Cost, int]:
    cost, written = outcome(operations, [_stored(connection, operation.key) for operation in operations])
    for each in written:
        _store(connection, each.key, each.new, each.size)
        record(connection, now, each.key, each.old, each.new)
    return cost, len(written)


def _store(connection: sqlite3.Connection, key: Key, new: Image | None, size: int) -> None:
    if new is None:
        connection.execute("DELETE FROM items WHERE pk = ? AND sk = ?", key)
        return
    cases = index_keys(new, "cases") or (None, None)
    due = index_keys(new, "due") or (None, None)
    connection.execute(
        "INSERT INTO items (pk, sk, body, size, cases_pk, cases_sk, due_pk, due_sk) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (pk, sk) DO UPDATE SET body = excluded.body, size = excluded.size,"
        " cases_pk = excluded.cases_pk, cases_sk = excluded.cases_sk,"
        " due_pk = excluded.due_pk, due_sk = excluded.due_sk",
        (*key, to_text(new), size, *cases, *due),
    )
