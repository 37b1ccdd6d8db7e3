"""Questions of those who operate the hub: dead letters, queues, breakers. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from shared.application.inquire_errors import BadQuestion, NotFound
from shared.application.inquire_paging import cursor_of, position_of
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock
from shared.ports.table import Item, Table
from shared.store import dead_letters, keys

MAX_LETTERS: Final = 200

_ID = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})~(?P<origin>[A-Za-z0-9_-]{1,64})~(?P<id>[A-Za-z0-9_-]{1,64})")
_LISTED: Final = ("origin", "queue", "error", "reason", "trace_id", "first_at", "last_at", "attempts")
_OPEN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}#[A-Za-z0-9_-]{1,64}")


def letter_id(item: Item) -> str:
    """The id by which people name a letter: day, origin and its own id, so that finding it is one read."""
    return f"{item['first_at'][:10]}~{item['origin']}~{item['sk']}"


def letters(table: Table, *, origin: str | None = None, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of dead letters, newest day first, without their bodies.

    1 RCU per 4 KB of letters read and 1 per day passed. Raises `BadQuestion`.
    """
    position = position_of(cursor, "day", "after")
    if position is not None and not _OPEN_DAY.fullmatch(position["day"]):
        raise BadQuestion("cursor: not one that this list gave out")
    found: list[Item] = []
    for item in _from(table, origin, position):
        if len(found) == limit:
            last = found[-1]
            place = cursor_of(day=f"{last['first_at'][:10]}#{last['origin']}", after=last["sk"])
            return {"dead_letters": [_listed(one) for one in found], "next": place}
        found.append(item)
    return {"dead_letters": [_listed(one) for one in found], "next": None}


def letter(table: Table, asked: str) -> dict[str, Any]:
    """One dead letter with what it carried, in `body`. Raises `NotFound`. 1 RCU per 4 KB."""
    item = find_letter(table, asked)
    return _listed(item) | {"body": item["body"]}


def find_letter(table: Table, asked: str) -> Item:
    """The letter's item, by the id that people use. Raises `NotFound`."""
    named = _ID.fullmatch(asked)
    item = table.get(keys.dead_letter(named["origin"], named["day"], named["id"])).item if named else None
    if item is None:
        raise NotFound("there is no such dead letter")
    return item


def all_letters(table: Table) -> Iterable[Item]:
    """Every dead letter, day by day from the oldest, each day by the time it came: the order to redrive in."""
    for origin, day in reversed(list(dead_letters.days(table))):
        yield from sorted(dead_letters.of_day(table, origin, day), key=lambda item: (item["first_at"], item["sk"]))


def count(table: Table, reason: str | None, clock: Clock, end: float) -> dict[str, Any]:
    """How many letters there are, or how many have exactly this reason or class of error. 1 RCU per 4 KB of letters.

    Stops at about `end` (seconds, by the clock): `more` then says that there are more than counted.
    """
    counted = 0
    for item in _from(table, None, None):
        counted += reason is None or reason in (item.get("reason"), item.get("error"))
        if clock() >= end:
            return {"count": counted, "more": True}
    return {"count": counted, "more": False}


def depths(queues: Queues) -> dict[str, Any]:
    """How full each queue is, by name (approximate)."""
    known = sorted(queues.depths().items())
    return {"queues": [{"name": name, "waiting": one.waiting, "in_flight": one.in_flight} for name, one in known]}


def breakers(table: Table, connectors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The breaker of each (name, kind): `closed`, `open` until a moment, or `stopped`. 1 RCU for each connector."""
    return {"connectors": [_breaker(table, name, kind) for name, kind in connectors]}


def _breaker(table: Table, name: str, kind: str) -> dict[str, Any]:
    item = table.get(keys.connector_state(name)).item or {}
    until = item.get("until")
    return {
        "name": name,
        "kind": kind,
        "state": item.get("state", "closed"),
        "since": item.get("since"),
        "until": None if until is None else int(until),
        "failures": int(item.get("failures", 0)),
        "reason": item.get("reason"),
    }


def _from(table: Table, origin: str | None, position: dict[str, str] | None) -> Iterable[Item]:
    """Letters from a place on: the rest of the day it is in, then the days before."""
    for letters_origin, day in dead_letters.days(table):
        if origin is not None and letters_origin != origin:
            continue
        after = None
        if position is not None:
            here = f"{day}#{letters_origin}"
            if here > position["day"]:
                continue
            after = position["after"] if here == position["day"] else None
        yield from dead_letters.of_day(table, letters_origin, day, after or None)


def _listed(item: Item) -> dict[str, Any]:
    shown = {part: item.get(part) for part in _LISTED}
    return {"id": letter_id(item)} | shown | {"attempts": int(item.get("attempts", 1))}
