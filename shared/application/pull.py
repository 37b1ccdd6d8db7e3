"""Pull: what happened in a ticket becomes messages for intake, one for each new thing.

A hint says only "look at ticket T". What is read beyond its cursor is sent first, then the cursor moves: whoever dies
in between sends copies, which the message index knows. What must wait is given to the clock; no hint waits in the
queue, and a tool that fails holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from shared.application.breaker import Breaker
from shared.application.receive import receive
from shared.application.retry import due_text, wait_s
from shared.application.tool_hint import ToolHint, read_hint
from shared.application.tool_hint import send as send_hints
from shared.domain.element import Element, digest
from shared.domain.errors import HubError, Misconfigured, Permanent, Transient, Unwelcome
from shared.domain.event import Event
from shared.ports.connectors import Back, Happened, Read
from shared.ports.files import Files
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Table
from shared.store import back as places
from shared.store.back import Place

ORIGIN: Final = "helpdesk_pull"
MARGIN_S: Final = 20.0
"""With less time left no further page is read: a call may take 15 s."""
SOON_S: Final = 60
"""When the rest of a long history is read."""
LATE_S: Final = 120
"""What a sweep finds younger than this, a webhook may still be on its way with."""
UNWELCOME_TRIES: Final = 6

Outcome = Literal["pulled", "told", "unknown", "waiting"]


@dataclass(frozen=True, slots=True)
class Pulling:
    """What reading one tool back needs of the world. `draw` gives random numbers in [0, 1)."""

    back: Back
    table: Table
    queues: Queues
    files: Files
    breaker: Breaker
    metrics: Metrics
    clock: Clock
    draw: Callable[[], float]
    remaining_s: Callable[[], float]

    @property
    def connector(self) -> str:
        return self.back.name


Take = Callable[[ToolHint, Pulling], object]


def take(body: str, pulling_of: Callable[[str], Pulling | None], sweep: Take) -> object:
    """One message of `tools.fifo`, to its end: a hint is followed, a sweep is made.

    Raises `Malformed` and `Permanent` (park it), `Transient` when table or queue cannot be reached.
    """
    hint = read_hint(body)
    pulling = pulling_of(hint.connector)
    if pulling is None:
        raise Misconfigured("a hint for a connector that is not configured")
    return sweep(hint, pulling) if hint.ticket is None else pull(hint, pulling)


def pull(hint: ToolHint, pulling: Pulling) -> Outcome:
    """Follow a hint. 1 RCU and 1 WRU beside what is sent."""
    if hint.thing is not None:
        return _elsewhere(hint, hint.thing, pulling)
    place = places.find(pulling.table, hint.connector, hint.ticket or "")
    if hint.told is not None:
        return _told(hint, place, pulling)
    if place.case is None:
        pulling.metrics.count(
            "hint_of_unknown_ticket", connector=pulling.connector
        )  # a tool tells of all its tickets, and most are not ours
        return "unknown"
    return _Ticket(hint, place, pulling).follow()


def _elsewhere(hint: ToolHint, thing: str, pulling: Pulling) -> Outcome:
    """A hint at a thing: at the ticket in which it happened. Where that cannot be asked now, the sweep will find it."""
    if pulling.breaker.closed_until() is not None:
        return "waiting"
    try:
        ticket = pulling.back.ticket_of(thing)
    except Transient as error:
        pulling.breaker.failed(error.reason, error.retry_after_s)
        pulling.metrics.count("pull_failed", connector=pulling.connector, error=type(error).__name__)
        return "waiting"
    except Misconfigured as error:
        pulling.breaker.stop(error.reason)
        return "waiting"
    pulling.breaker.succeeded()
    if ticket is None:
        return "unknown"
    send_hints(pulling.queues, [replace(hint, ticket=ticket, thing=None)])
    return "told"


def _told(hint: ToolHint, place: Place, pulling: Pulling) -> Outcome:
    """A hint that says all itself."""
    happened = pulling.back.told(hint.told or {})
    about_case = [one for one in happened if one.event.thread is not None]
    if about_case and place.case is None:
        if places.is_pushing(pulling.table, str(hint.ticket), [hint.connector], pulling.clock()):
            raise Transient("the tool answers before it is written down that it knows the case")
        raise Permanent("the tool speaks of a case that it was never told of")
    _send([one.event for one in happened], str(hint.ticket), pulling)
    if about_case:
        places.save(pulling.table, place, place.with_taken(len(happened), pulling.clock()))
    pulling.metrics.count("pulled", len(happened), connector=pulling.connector)
    return "told"


class _Ticket:
    """One ticket that is read back."""

    def __init__(self, hint: ToolHint, place: Place, pulling: Pulling) -> None:
        self._hint = hint
        self._pulling = pulling
        self._read_as = place
        self._place = place
        self._now = pulling.clock()

    def follow(self) -> Outcome:
        pulling = self._pulling
        if (until := self._place.burst_until(self._now)) is not None:
            pulling.metrics.count("loop_suspected", connector=pulling.connector)
            return self._wait(until)
        closed = pulling.breaker.closed_until()
        if closed is not None:
            return self._wait(closed)
        try:
            return self._all()
        except Unwelcome as error:
            pulling.breaker.failed(error.reason)
            if self._place.failures + 1 >= UNWELCOME_TRIES and pulling.breaker.closed_until() is None:
                self._save(replace(self._place, failures=0))
                raise Permanent(error.reason) from error
            return self._failed(error, None)
        except _Unread as unread:
            return self._failed(unread.error, unread.asked_s)

    def _all(self) -> Outcome:
        """Page after page, each sent before it is written down that it was."""
        while True:
            read = self._read()
            known = self._place
            until = self._take(read)
            if until is not None:
                return self._wait(until)
            if not read.more:
                self._save(self._place)
                return "pulled"
            if (until := self._place.burst_until(self._now)) is not None:
                return self._wait(until)
            got_on = self._place.cursor != known.cursor or self._place.ahead != known.ahead
            if not got_on or self._pulling.remaining_s() < MARGIN_S:
                return self._wait(self._now + SOON_S)
            self._save(self._place)

    def _read(self) -> Read:
        pulling = self._pulling
        try:
            read = pulling.back.read(self._place.ticket, self._place.cursor, self._place.ahead)
        except Unwelcome:
            raise
        except Transient as error:
            pulling.breaker.failed(error.reason, error.retry_after_s)
            raise _Unread(error, error.retry_after_s) from error
        except Misconfigured as error:
            until = pulling.breaker.stop(error.reason)
            raise _Unread(error, max(0.0, until - pulling.clock())) from error
        pulling.breaker.succeeded()
        return read

    def _take(self, read: Read) -> int | None:
        """Send what is new. The moment until which it must wait, where a thing may prove to be our own."""
        until, taken = self._undecided(read.happened)
        new = [one for one in taken if one.own == "no" and not self._stays_with_us(one)]
        _send([one.event for one in new], self._place.ticket, self._pulling)
        self._count(taken, new)
        sent = self._place.ahead | {one.event.message_id for one in taken}
        held = self._place if until is not None else replace(self._place, cursor=read.cursor)
        ahead = sent if until is not None else sent & read.ahead
        self._place = replace(held, ahead=ahead, failures=0).with_taken(len(new), self._now)
        return until

    def _undecided(self, happened: Sequence[Happened]) -> tuple[int | None, Sequence[Happened]]:
        """Up to the first thing that our own user made without our mark while a push is under way."""
        for position, one in enumerate(happened):
            if one.own != "unclear":
                continue
            pulling = self._pulling
            until = places.is_pushing(pulling.table, str(self._place.case), [pulling.connector], pulling.clock())
            if until is not None:
                return until, happened[:position]
        return None, happened

    def _stays_with_us(self, one: Happened) -> bool:
        """A merge into a ticket that leads to our case, or to none: then it leads to ours from now on."""
        event, place, pulling = one.event, self._place, self._pulling
        if event.provider_type != "merge" or event.text is None:
            return False
        survivor = places.find(pulling.table, pulling.connector, event.text)
        if survivor.case is not None or one.survivor_from is None:
            return survivor.case == place.case
        if places.adopt(pulling.table, place, event.text, one.survivor_from):
            pulling.metrics.count("ticket_adopted", connector=pulling.connector)
            return True
        return places.find(pulling.table, pulling.connector, event.text).case == place.case

    def _count(self, taken: Sequence[Happened], new: Sequence[Happened]) -> None:
        metrics, name = self._pulling.metrics, self._pulling.connector
        if new:
            metrics.count("pulled", len(new), connector=name)
        if echoes := sum(one.own != "no" for one in taken):
            metrics.count("echo_dropped", echoes, connector=name)
        if self._hint.swept and (late := sum(self._is_late(one.event) for one in new)):
            metrics.count("found_by_sweep", late, connector=name)

    def _is_late(self, event: Event) -> bool:
        return event.occurred_at is not None and event.occurred_at.timestamp() < self._now - LATE_S

    def _failed(self, error: HubError, asked_s: float | None) -> Outcome:
        pulling, failures = self._pulling, self._place.failures + 1
        pulling.metrics.count("pull_failed", connector=pulling.connector, error=type(error).__name__)
        self._place = replace(self._place, failures=failures)
        wait = wait_s(failures, asked_s, pulling.draw())
        return self._wait(self._now + wait, f"{type(error).__name__}: {error.reason}")

    def _wait(self, until: float, error: str | None = None) -> Outcome:
        places.save(self._pulling.table, self._read_as, self._place, due_text(max(until, self._now + 1)), error)
        return "waiting"

    def _save(self, place: Place) -> None:
        if place == self._read_as and self._read_as.due_sk is None:
            return  # nothing new: a hint too many costs no write
        places.save(self._pulling.table, self._read_as, place)
        self._read_as = self._place = replace(place, exists=True, due_sk=None)


class _Unread(Exception):
    """The tool did not tell. `asked_s`: as it asked to wait."""

    def __init__(self, error: HubError, asked_s: float | None) -> None:
        super().__init__(error.reason)
        self.error = error
        self.asked_s = asked_s


def _send(events: Sequence[Event], ticket: str, pulling: Pulling) -> None:
    """Durable on `inbound.fifo` when it returns: a message each, a group for each ticket."""
    if not events:
        return
    name = pulling.connector
    elements = [Element(name, name, ticket, (ticket, event.message_id), event.dump()) for event in events]
    receive(
        elements,
        body=b"",
        delivery=digest("pull", name, ticket, *(event.message_id for event in events))[:32],
        received_at=datetime.fromtimestamp(pulling.clock(), UTC).isoformat(timespec="milliseconds")[:23] + "Z",
        queues=pulling.queues,
        files=pulling.files,
    )
