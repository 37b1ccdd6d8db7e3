"""Telling a connector something, and what its answer means for whoever told it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.application.breaker import Breaker
from shared.application.park import park
from shared.application.places import Places
from shared.application.retry import due_text, now_text, wait_s
from shared.application.trigger import QUEUE, Trigger
from shared.domain.errors import HubError, Misconfigured, Permanent, Transient, Unwelcome, describe
from shared.ports.connectors import Connector
from shared.ports.queues import Queues
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Table
from shared.store.cursors import Cursor
from shared.store.dead_letters import DeadLetter

Answer = TypeVar("Answer")

ORIGIN = "crm_sync"
MAX_DEATHS = 5
"""So many workers in a row vanished while telling one thing: it is not tried again, a person looks at it."""
SPREAD_S = 10
"""What waits for the same moment is spread over this long."""
LEASE_MARGIN_S = 5
"""A lease outlives the worker's time limit by this."""
UNWELCOME_TRIES = 6
"""So often a tool that takes other things has refused one: it becomes a dead letter."""
UNWELCOME_S = 60
"""Between two of those tries."""


@dataclass(frozen=True, slots=True)
class Means:
    """What telling needs of the world, for one connector. `draw` gives random numbers in [0, 1).

    `cap`: how many workers may call this connector at a time; None where the function's own limit is no higher.
    `places`: its share of this process' workers; None where there is nothing to share. `link`: of a key in Files, the
    address by which a tool may get it, and until when; None where there is none.
    """

    connector: Connector
    table: Table
    queues: Queues
    breaker: Breaker
    metrics: Metrics
    clock: Clock
    draw: Callable[[], float]
    cap: int | None = None
    places: Places | None = None
    link: Callable[[str], tuple[str, datetime]] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation: how long it may still take, and the id by which its logs are found."""

    remaining_s: Callable[[], float]
    trace_id: str


class Defect(Permanent):
    """An error that is not the hub's own, met twice: ours to mend."""


class Held(Exception):
    """The connector cannot be told now. `until`: not before that moment (epoch seconds), where it is known.

    `is_failure`: the connector was asked and failed, so that the next wait is longer. `asked_s`: as it asked for.
    """

    def __init__(
        self, reason: str, *, is_failure: bool = False, until: float = 0.0, asked_s: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_failure = is_failure
        self.until = until
        self.asked_s = asked_s


class Refused(Exception):
    """This thing cannot be told, ever; the next one may be."""

    def __init__(self, error: HubError) -> None:
        super().__init__(error.reason)
        self.error = error


def tell(call: Callable[[bool], Answer], *, retry: bool, means: Means, failures: int = 0) -> Answer:
    """Call the connector and keep the breaker's books. `call` takes the connector's `retry`.

    `failures`: how often in a row this thing was held up before. Raises `Held` or `Refused`; an error that is not
    the hub's own is tried once more before.
    """
    began = means.clock()
    try:
        answer = _twice(call, retry)
    except Unwelcome as error:
        raise _unwelcome(error, means, failures + 1) from error
    except Transient as error:
        means.breaker.failed(error.reason, error.retry_after_s, took_s=means.clock() - began)
        raise Held(f"Transient: {error.reason}", is_failure=True, asked_s=error.retry_after_s) from error
    except Misconfigured as error:
        raise Held(f"Misconfigured: {error.reason}", until=means.breaker.stop(error.reason)) from error
    except Defect as error:
        raise Refused(error) from error  # says nothing about the tool
    except HubError as error:
        means.breaker.succeeded()  # it answered, though it did not like what we said
        raise Refused(error) from error
    means.breaker.succeeded()
    means.metrics.count("sync_pushed", connector=means.connector.name)
    return answer


def _unwelcome(error: Unwelcome, means: Means, failures: int) -> Held | Refused:
    """Refused, if the tool has had its time and takes other things: else it is the tool that is unwell."""
    means.breaker.failed(error.reason)
    if failures >= UNWELCOME_TRIES and means.breaker.closed_until() is None:
        return Refused(error)
    return Held(f"Unwelcome: {error.reason}", is_failure=True, until=means.clock() + UNWELCOME_S)


def _twice(call: Callable[[bool], Answer], retry: bool) -> Answer:
    try:
        return call(retry)
    except HubError:
        raise
    except Exception:  # noqa: BLE001  whatever it is, the first attempt may have taken effect: ask before creating
        return _or_defect(lambda: call(True))


def understood(make: Callable[[], Answer]) -> Answer:
    """What is stored, in the shape a connector takes. Raises `Refused` when it cannot be read."""
    try:
        return _or_defect(make)
    except Defect as error:
        raise Refused(error) from error


def _or_defect(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except HubError:
        raise
    except Exception as error:
        raise defect_of(error) from error


def defect_of(error: Exception) -> Defect:
    """What and where it was. The error's own text stays out: it may quote a customer."""
    return Defect(f"unforeseen {describe(error)}")


def died_too_often(cursor: Cursor) -> None:
    """Raise `Refused` for a thing that worker after worker did not survive."""
    if cursor.deaths >= MAX_DEATHS:
        raise Refused(Defect(f"{cursor.deaths} workers in a row vanished while telling this"))


def lease_end(means: Means, run: Run) -> int:
    """When a lease taken now ends: this worker will be dead by then."""
    return int(means.clock() + run.remaining_s()) + 1 + LEASE_MARGIN_S


def when_due(held: Held, attempts: int, means: Means) -> str:
    """The `due_at` after being held, `attempts` being the failures in a row with this one."""
    now = means.clock()
    if held.is_failure and not held.until:
        return due_text(now + wait_s(attempts, held.asked_s, means.draw()))
    return due_text(max(held.until, now + 1) + SPREAD_S * means.draw())


def give_up_on(trigger: Trigger, error: HubError, first_at: str, means: Means, run: Run) -> None:
    """Make a dead letter whose redrive is this trigger. `first_at`: a moment that is the same at every failure."""
    means.metrics.count("sync_failed", connector=means.connector.name, error=type(error).__name__)
    letter = DeadLetter(
        origin=ORIGIN,
        queue=QUEUE,
        group=trigger.group,
        body=trigger.body,
        error=type(error).__name__,
        reason=error.reason,
        trace_id=run.trace_id,
        first_at=first_at,
        last_at=now_text(means.clock()),
    )
    park(means.table, means.metrics, letter)


def count_failure(held: Held, means: Means) -> None:
    if held.is_failure:
        means.metrics.count("sync_failed", connector=means.connector.name, error="Transient")
