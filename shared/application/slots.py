"""How many workers may call a connector at a time, and who comes next.

Who finds every place taken has the clock look at it again, and stands in line: whoever leaves a place sends for the
first in line. By the clock alone a tool of two places would be told little more than two things a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from shared.application.places import NoPlace
from shared.application.telling import Held, Means, Run, lease_end
from shared.application.trigger import Trigger, send_all
from shared.store import connector_state, line
from shared.store.cursors import Cursor
from shared.store.line import Waiting

FULL_S: Final = 60
"""Over the cap of a connector, the clock looks again after this, should nobody have sent for who waits."""
SHARE_S: Final = 5
"""Beside calls that take long in this process, the clock looks again after this."""
PASSED_OVER: Final = 5
"""So many in line, whom somebody else has got on with, are passed over at a time."""


class Full(Held):
    """As many workers as may call this connector do."""


def cap(asked: int | None, concurrency: str | None) -> int | None:
    """The cap to keep by leases: none where nobody asked for one, or the function runs no more workers than that.

    `concurrency`: how many workers the function has, as its environment says it; unknown counts as many.
    """
    if asked is None or (concurrency is not None and int(concurrency) <= asked):
        return None
    return asked


@contextmanager
def within_cap(means: Means, run: Run) -> Iterator[None]:
    """Hold a place in this process and one under the connector's cap. Raises `Held` when there is none.

    2 RCU and 2 WRU, 1 and 1 more where somebody waits; nothing uncapped.
    """
    with _within_share(means), _within_slots(means, run):
        yield


def stand_in_line(held: Held, cursor: Cursor, due_at: str, customer: str, means: Means) -> None:
    """Who was held up until `due_at` because all places were taken is sent for when one comes free; at once, where one
    came free meanwhile. 1 RCU, 1 or 2 WRU."""
    if not isinstance(held, Full):
        return
    name = means.connector.name
    line.stand(means.table, name, cursor, due_at, customer)
    if not connector_state.is_full(means.table, name, means.cap or 0, means.clock()):
        _send_for_the_next(means)


@contextmanager
def _within_share(means: Means) -> Iterator[None]:
    with ExitStack() as held:
        if means.places is not None:
            try:
                held.enter_context(means.places.place())
            except NoPlace as error:
                raise Held("all its places are taken by calls that take long", until=means.clock() + SHARE_S) from error
        yield


@contextmanager
def _within_slots(means: Means, run: Run) -> Iterator[None]:
    if means.cap is None:
        yield
        return
    now = means.clock()
    name = means.connector.name
    slot = connector_state.take_slot(means.table, name, means.cap, now=now, until=lease_end(means, run))
    if slot is None:
        raise Full("as many workers as this connector may have", until=now + FULL_S)
    try:
        yield
    finally:
        connector_state.free_slot(means.table, name, slot)
        _send_for_the_next(means)


def _send_for_the_next(means: Means) -> None:
    """Sent for first, out of the line after: dying in between sends twice for one who waits, which is once."""
    name = means.connector.name
    for waiting in line.first(means.table, name, PASSED_OVER):
        is_there = _still_waits(waiting, means)
        if is_there:
            send_all(means.queues, [_trigger(waiting, name)])
        line.leave(means.table, name, waiting)
        if is_there:
            return


def _still_waits(waiting: Waiting, means: Means) -> bool:
    item = means.table.get(waiting.cursor).item
    return item is not None and item.get("due_sk") == waiting.due_sk and item.get("lease", 0) <= means.clock()


def _trigger(waiting: Waiting, connector: str) -> Trigger:
    """As the clock would send it: it is one with the clock's own."""
    kind, _, about = waiting.cursor[0].partition("#")
    return Trigger(connector, waiting.customer, case=about if kind == "CAS" else None, due=waiting.due_at)
