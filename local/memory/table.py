"""The `Table` port in memory, with DynamoDB's semantics, limits and costs."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any, Final

from local.sqlite import costs
from local.sqlite.apply import Stored, Written, outcome
from local.sqlite.attributes import INDEX_ATTRIBUTES, Image, index_keys, size_of, unmarshal_item
from local.sqlite.stream import Change, lane_hash
from local.sqlite.table import PAGE_BYTES
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

NOTHING: Final = Stored(None, 0)

Listener = Callable[[Change], None]
"""Called with every change, in order, after the transaction that made it and before `transact` returns."""

Place = tuple[str, ...]
"""Where a row stands among the rows of its hash: (sk,) in the table, (range, pk, sk) in an index."""


class MemoryTable:
    """One table. Items go in and come out as copies. Safe for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._items: dict[Key, Stored] = {}
        self._places: dict[tuple[str, str], list[Place]] = {}
        """The rows of each (index, hash), sorted; the index of the table itself is ``."""
        self._listeners: list[Listener] = []
        self._changes = 0
        self._lock = RLock()

    def listen(self, listener: Listener) -> None:
        """Tell this listener of every change from now on: the table's stream. It may itself read the table."""
        self._listeners.append(listener)

    def get(self, key: Key) -> Found:
        """One item by key. 1 RCU for each 4 KB begun; 1 for an absent one."""
        with self._lock:
            stored = self._items.get(key, NOTHING)
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
        start = None if after is None else (after,) if index is None else tuple(json.loads(after))
        with self._lock:
            places = _between(self._places.get((index or "", pk), []), prefix, until, start, descending)
            if index is None:
                return self._page_of_items(pk, places, limit)
        return _page_of_index(pk, places, limit, index)

    def scan(self, *, segment: int = 0, segments: int = 1, after: str | None = None, limit: int | None = None) -> Page:
        """A page of all there is, by key. 0.5 RCU for each 4 KB begun of the page's items together; ends at 1 MB."""
        start = check_scan(segment, segments, after, limit)
        with self._lock:
            stored = sorted((key, one) for key, one in self._items.items() if start is None or key > start)
        items: list[Item] = []
        size = 0
        for key, one in stored:
            if segments > 1 and lane_hash(key[0]) % segments != segment:
                continue
            if size >= PAGE_BYTES or len(items) == limit:
                return _scanned(items, size, more=True)
            items.append(unmarshal_item(one.image or {}))
            size += one.size
        return _scanned(items, size, more=False)

    def transact(self, operations: Sequence[Operation]) -> Cost:
        """All or none. Raises as the port says, and `Permanent` where DynamoDB would refuse.

        Costs what `outcome` says: DynamoDB's write units, and those of the indexes.
        """
        check_operations(operations)
        with self._lock:
            now = self._clock()
            cost, written = outcome(operations, [self._items.get(one.key, NOTHING) for one in operations])
            changes = [self._store(each, now) for each in written]
        for change in changes:
            for listener in self._listeners:
                listener(change)
        return cost

    def everything(self) -> list[Item]:
        """Every item there is, a copy of each, by key."""
        with self._lock:
            images = [stored.image for _, stored in sorted(self._items.items()) if stored.image is not None]
        return [unmarshal_item(image) for image in images]

    def indexed(self, index: Index) -> list[tuple[Key, tuple[str, str]]]:
        """Every entry of an index: the item's key, and its hash and range there."""
        with self._lock:
            return [
                ((place[1], place[2]), (hash_, place[0]))
                for (of, hash_), places in sorted(self._places.items())
                if of == index
                for place in places
            ]

    def _store(self, each: Written, now: float) -> Change:
        pk, sk = each.key
        if each.new is None:
            del self._items[each.key]
        else:
            self._items[each.key] = Stored(each.new, each.size)
        if (each.old is None) != (each.new is None):
            self._move("", (pk, (sk,)) if each.old is not None else None, (pk, (sk,)) if each.new is not None else None)
        for index in INDEX_ATTRIBUTES:
            self._move(index, _place(each.old, each.key, index), _place(each.new, each.key, index))
        self._changes += 1
        return Change(self._changes, now, pk, sk, each.old, each.new)

    def _move(self, index: str, old: tuple[str, Place] | None, new: tuple[str, Place] | None) -> None:
        if old == new:
            return
        if old is not None:
            places = self._places[index, old[0]]
            del places[bisect_left(places, old[1])]
            if not places:
                del self._places[index, old[0]]
        if new is not None:
            insort(self._places.setdefault((index, new[0]), []), new[1])

    def _page_of_items(self, pk: str, places: list[Place], limit: int | None) -> Page:
        items: list[Item] = []
        size = 0
        for (sk,) in places:
            if size >= PAGE_BYTES or len(items) == limit:
                return Page(items, items[-1]["sk"], Cost(reads=costs.consistent_read(size), calls=1))
            stored = self._items[pk, sk]
            items.append(unmarshal_item(stored.image or {}))
            size += stored.size
        return Page(items, None, Cost(reads=costs.consistent_read(size), calls=1))


def _scanned(items: list[Item], size: int, *, more: bool) -> Page:
    following = scan_mark((items[-1]["pk"], items[-1]["sk"])) if more else None
    return Page(items, following, Cost(reads=costs.eventual_read(size), calls=1))


def _place(image: Image | None, key: Key, index: str) -> tuple[str, Place] | None:
    keys = image and index_keys(image, index)
    return (keys[0], (keys[1], *key)) if keys else None


def _between(places: list[Place], prefix: str, until: str | None, start: Place | None, descending: bool) -> list[Place]:
    """The places that a query asks for, in its direction. Text is ordered by code point, which is UTF-8's order."""
    low, high = 0, len(places)
    if prefix:
        low = bisect_left(places, prefix, key=_first)
        high = bisect_left(places, True, low, key=lambda place: not place[0].startswith(prefix))
    if until is not None:
        high = bisect_right(places, until, key=_first)
    if start is not None and descending:
        high = min(high, bisect_left(places, start))
    elif start is not None:
        low = max(low, bisect_right(places, start))
    found = places[low:high]
    return found[::-1] if descending else found


def _first(place: Place) -> str:
    return place[0]


def _page_of_index(pk: str, places: list[Place], limit: int | None, index: Index) -> Page:
    hash_name, range_name = INDEX_ATTRIBUTES[index]
    items: list[Item] = []
    size = 0
    for place in places:
        if size >= PAGE_BYTES or len(items) == limit:
            return _index_page(items, size, json.dumps(places[len(items) - 1]))
        at, item_pk, sk = place
        entry: dict[str, Any] = {"pk": item_pk, "sk": sk, hash_name: pk, range_name: at}
        items.append(entry)
        size += size_of({name: {"S": text} for name, text in entry.items()})
    return _index_page(items, size, None)


def _index_page(items: list[Item], size: int, following: str | None) -> Page:
    return Page(items, following, Cost(reads=costs.eventual_read(size), calls=1))
