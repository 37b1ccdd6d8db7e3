"""`Table`: a small algebra over one table, no SDK's: get, query by key and prefix, scan, and `transact`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias

Value: TypeAlias = Any
"""What an attribute holds: str (not empty in keys), int, Decimal, bool, None, bytes, list or dict of these.
No float."""

Item: TypeAlias = dict[str, Value]
"""Attributes by name; always with `pk` and `sk`."""

Key: TypeAlias = tuple[str, str]
"""(pk, sk)."""

Index: TypeAlias = Literal["cases", "due"]
"""`cases`: hash `cases_pk`, range `cases_sk`. `due`: hash `due_pk`, range `due_sk`. Both hold keys only
(pk, sk and their own two); an item is in an index while it has both of that index's attributes."""

MAX_OPERATIONS = 10
"""No transaction exceeds this many operations."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Capacity units as the engine counts them: reads in RCU, writes in WRU, and calls. A transaction costs twice."""

    reads: float = 0.0
    writes: float = 0.0
    calls: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.reads + other.reads, self.writes + other.writes, self.calls + other.calls)


@dataclass(frozen=True, slots=True)
class Absent:
    """The item does not exist, or, with `attribute`, that attribute does not."""

    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """The item exists, or, with `attribute`, that attribute does."""

    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute exists and equals the value."""

    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class Less:
    """The attribute exists and is less than the value (numbers or strings)."""

    attribute: str
    value: str | int | Decimal


Condition: TypeAlias = Absent | Present | Equals | Less


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole item (`pk` and `sk` inside) where all conditions hold."""

    item: Item
    when: tuple[Condition, ...] = ()

    @property
    def key(self) -> Key:
        return self.item["pk"], self.item["sk"]


@dataclass(frozen=True, slots=True)
class Update:
    """Change top-level attributes: `set` them, `remove` them, `add` to numbers (absent counts as 0).

    Creates the item when it is absent and no condition forbids it. Changes at least one attribute, each once,
    never `pk` or `sk`.
    """

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, int | Decimal] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item where all conditions hold; an absent item is no error unless a condition says so."""

    key: Key
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Change nothing; the transaction holds only if these conditions do."""

    key: Key
    when: tuple[Condition, ...]


Operation: TypeAlias = Put | Update | Delete | Check


def check_operations(operations: Sequence[Operation]) -> None:
    """Raise ValueError for what no engine can do. Every engine asks this before it does anything."""
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise ValueError(f"a transaction holds 1 to {MAX_OPERATIONS} operations, not {len(operations)}")
    keys = [operation.key for operation in operations]
    if not all(part for key in keys for part in key):
        raise ValueError("a key's parts are not empty")
    if len(set(keys)) < len(keys):
        raise ValueError("two operations of one transaction on the same item")
    for operation in operations:
        if isinstance(operation, Check) and not operation.when:
            raise ValueError("a Check without conditions checks nothing")
        if isinstance(operation, Update):
            _check_update(operation)


def _check_update(update: Update) -> None:
    changed = [*update.set, *update.remove, *update.add]
    if not changed:
        raise ValueError("an Update without changes: use Check")
    if len(set(changed)) < len(changed):
        raise ValueError("an Update changes an attribute twice")
    if {"pk", "sk"} & set(changed):
        raise ValueError("an Update does not change the key")


def check_query(pk: str, prefix: str, until: str | None, limit: int | None) -> None:
    """Raise ValueError for a query that no engine answers. Every engine asks this before it does anything."""
    if not pk:
        raise ValueError("a query names its pk")
    if prefix and until is not None:
        raise ValueError("a query has a prefix or an upper bound, not both")
    if limit is not None and limit < 1:
        raise ValueError("a page holds at least one item")


MAX_SEGMENTS = 1_000_000


def check_scan(segment: int, segments: int, after: str | None, limit: int | None) -> Key | None:
    """The key behind which a scan goes on. Raises ValueError for a scan that no engine answers. Every engine asks
    this before it does anything."""
    if not 0 <= segment < segments <= MAX_SEGMENTS:
        raise ValueError(f"a scan reads one segment of 1 to {MAX_SEGMENTS}, counted from 0")
    if limit is not None and limit < 1:
        raise ValueError("a page holds at least one item")
    if after is None:
        return None
    key = json.loads(after)
    if not isinstance(key, list) or len(key) != 2 or not all(isinstance(part, str) and part for part in key):
        raise ValueError("`after` is not the `next` of a page of a scan")
    return key[0], key[1]


def scan_mark(key: Key) -> str:
    """The `next` of a scan's page that ends with this item."""
    return json.dumps(key)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a get: the item (a fresh copy, the caller's to change) or None, and what it cost."""

    item: Item | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class Page:
    """Items in sort-key order; `next` is the sort key to pass as `after` for the rest, None at the end.

    On an index, and of a scan, `next` is an opaque string for `after` of the same question.
    """

    items: list[Item]
    next: str | None
    cost: Cost


class Table(Protocol):
    """One table. Raises `Transient` when the engine is unreachable or throttles."""

    def get(self, key: Key) -> Found:
        """One item by key, strongly consistent. 1 RCU for each 4 KB begun."""

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
        """Items of one pk whose sort key starts with `prefix`, beyond `after`, and not beyond `until` (inclusive).

        Without `index`: strongly consistent, whole items. With it: `pk`, `prefix` and `until` speak of the
        index's own hash and range, the items hold keys only, and may lag behind by a moment.
        `prefix` and `until` are not given together. `limit` (1 or more) bounds a page; the engine may end one
        earlier, and a page that ends just at the end may name a `next` that leads to an empty one.
        `descending` walks backwards; `after` then means before, `until` stays the upper bound.
        Sort keys are ordered by their UTF-8 bytes. Raises ValueError for what the above forbids.
        """

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        """A page of all there is: whole items, in no order that means anything, eventually consistent.

        0.5 RCU for each 4 KB begun of what the page read, whoever wants how little of it: to go through a table of
        8 GB costs a million RCU. For rare work on everything, never for a question of somebody who waits.

        The table falls into `segments` parts by the hash of pk, of which this is number `segment`, so that several
        can go through it at once; a pk lies whole in one. An item written meanwhile is seen or not; one that was
        there before the first page and stays is seen once. `limit` and `after` as of `query`; with `after` the same
        `segment` and `segments`. Raises ValueError for what the above forbids.
        """

    def transact(self, operations: Sequence[Operation]) -> Cost:
        """All of 1 to MAX_OPERATIONS operations on distinct items, or none.

        Raises `Conflict` with the indexes of the conditions that failed (empty when another transaction was
        in the way). One operation alone is a plain write, at half the price; a `Check` alone is not.
        Raises ValueError for what `check_operations` refuses, TypeError for what is no `Value`, `Permanent`
        for an `add` to what is no number.
        """


class Lookup(Protocol):
    """What a webhook may know of the table: single items. A `Table` is one."""

    def get(self, key: Key) -> Found:
        """As `Table.get`."""
