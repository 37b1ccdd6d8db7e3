"""Dead letters: what could not be brought to its end, where a person finds it.

A letter's id is made from its message, so a second failure updates the letter instead of adding one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.domain.element import digest
from shared.domain.errors import Conflict
from shared.ports.table import Absent, Cost, Item, Key, Put, Table, Update
from shared.store import keys
from shared.store.paging import every_item


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`origin`: the function that gave up. `queue`, `group`, `body`: what to send again to redrive it.

    `error` is the error's class, `reason` a text without personal data, `first_at` the moment the message
    came in (its day is part of the key, so it must be the same at every failure of the same message).
    """

    origin: str
    queue: str
    group: str
    body: str
    error: str
    reason: str
    trace_id: str
    first_at: str
    last_at: str
    attempts: int | None = None

    @property
    def id(self) -> str:
        return digest("letter", self.origin, self.queue, self.body)[:32]

    @property
    def key(self) -> Key:
        return keys.dead_letter(self.origin, self.first_at[:10], self.id)


def put(table: Table, letter: DeadLetter) -> Cost:
    """List the letter's day, then write or update the letter: one that is there can be found.

    1 WRU for the day, 1 to 3 per KB of the body.
    """
    cost = Cost()
    day = keys.dead_letter_day(letter.origin, letter.first_at[:10])
    with suppress(Conflict):  # the day is listed already
        cost = table.transact([Put({"pk": day[0], "sk": day[1]}, when=(Absent(),))])
    said: dict[str, Any] = {
        "id": letter.id,
        "origin": letter.origin,
        "queue": letter.queue,
        "group": letter.group,
        "body": letter.body,
        "error": letter.error,
        "reason": letter.reason,
        "trace_id": letter.trace_id,
        "first_at": letter.first_at,
        "last_at": letter.last_at,
    }
    if letter.attempts is None:
        return cost + table.transact([Update(letter.key, set=said, add={"attempts": 1})])
    return cost + table.transact([Update(letter.key, set=said | {"attempts": letter.attempts})])


def days(table: Table) -> Iterator[tuple[str, str]]:
    """(origin, day) of every day that has or had letters, newest first. 1 RCU per 4 KB of days."""
    for item in every_item(table, "DLQDAYS", descending=True):
        day, _, origin = item["sk"].partition("#")
        yield origin, day


def of_day(table: Table, origin: str, day: str, after: str | None = None) -> Iterator[Item]:
    """The letters of one day, in the order of their ids, from behind `after` on. 1 RCU per 4 KB read."""
    return every_item(table, keys.dead_letter(origin, day, "")[0], after=after)
