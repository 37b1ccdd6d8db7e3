"""The circuit breaker of a connector: stop asking for a while when it fails, for good when it refuses us.

Closed, it costs a read each five seconds and process, and no write. After five failures in a row in one process
(two, where each was long waited for) it opens for everybody: 30 s, then twice as long each time, to 5 min. When the
time is over one process wins the right to try (a conditional write); its success closes the breaker, its failure
opens it again. Stopped (401, 403, 410: our settings or our welcome are gone) works alike, every 5 min, with one alarm
when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.application.retry import now_text
from shared.ports.surroundings import Clock, Metrics
from shared.ports.table import Table
from shared.store import connector_state
from shared.store.connector_state import ConnectorState

FAILURES_TO_OPEN = 5
LONG_S = 10.0
LONG_COUNTS = 3
"""A failure that was waited for so long held a worker up all the while: it counts for three, two of them open."""
FIRST_PAUSE_S = 30
LONGEST_PAUSE_S = 300
CACHE_S = 5.0
PROBE_S = 20
"""How long a probe has before another process may try: longer than most calls. Who meets one waits so long."""


@dataclass(frozen=True, slots=True)
class Seen:
    state: ConnectorState
    at: float


class Breaker:
    """The breaker of one connector in one process.

    Threads may share it: at worst one more call is made, or one more write. Every method raises `Transient` when
    the table is unreachable.
    """

    def __init__(self, connector: str, table: Table, clock: Clock, metrics: Metrics) -> None:
        self._connector = connector
        self._table = table
        self._clock = clock
        self._metrics = metrics
        self._seen: Seen | None = None
        self._failures = 0
        self._probe: int | None = None  # the `until` by which we won the right to try

    def closed_until(self) -> int | None:
        """None when the connector may be called; else the moment (epoch seconds) before which nobody calls it.

        0.5 RCU each five seconds; 1 WRU more for a probe.
        """
        now = self._clock()
        seen = self._current(now)
        if seen.state == "closed":
            return None
        if seen.until > now:
            return seen.until
        return self._try_to_probe(now)

    def succeeded(self) -> None:
        """The tool answered. Closes what was open: 1 WRU; else nothing."""
        self._failures = 0
        seen = self._seen
        if seen is None or seen.state.state == "closed":
            return
        self._change(seen.state, ConnectorState(since=now_text(self._clock())))

    def failed(self, reason: str, asked_s: float | None = None, took_s: float = 0.0) -> None:
        """The tool did not answer, or not well. Opens after five in a row, or again after a probe: 1 WRU.

        `asked_s`: the time it asked for, kept up to the longest pause. `took_s`: how long it was waited for.
        """
        self._failures += LONG_COUNTS if took_s >= LONG_S else 1
        was = self._current(self._clock())
        if was.state == "closed" and self._failures < FAILURES_TO_OPEN:
            return
        if self._is_told_already(was):
            return
        if was.state == "stopped":
            self._stay_stopped(was, reason)
            return
        pause = min(FIRST_PAUSE_S * 2 ** min(was.failures, 10), LONGEST_PAUSE_S)
        if asked_s is not None:
            pause = int(min(max(pause, asked_s), LONGEST_PAUSE_S))
        if self._change(was, self._begun(was, "open", pause, reason)) and was.state == "closed":
            self._metrics.count("breaker_opened", connector=self._connector)

    def stop(self, reason: str) -> int:
        """The tool refuses us. Returns the moment of the next try. One alarm when it begins: 1 WRU."""
        was = self._current(self._clock())
        if was.state == "stopped" and self._is_told_already(was):
            return was.until
        if was.state == "stopped":
            self._stay_stopped(was, reason)
        elif self._change(was, self._begun(was, "stopped", LONGEST_PAUSE_S, reason)):
            self._metrics.count("connector_stopped", connector=self._connector)
        return self._current(self._clock()).until

    def _is_told_already(self, was: ConnectorState) -> bool:
        """A pause is running and we are not the one who tries: what we met is what it was begun for."""
        return was.state != "closed" and was.until > self._clock() and was.until != self._probe

    def _stay_stopped(self, was: ConnectorState, reason: str) -> None:
        self._change(was, self._begun(was, "stopped", LONGEST_PAUSE_S, reason))

    def _begun(self, was: ConnectorState, state: connector_state.State, pause_s: int, reason: str) -> ConnectorState:
        now = self._clock()
        since = was.since if was.state == state else now_text(now)
        return ConnectorState(state, int(now) + pause_s, was.failures + 1, reason, since)

    def _try_to_probe(self, now: float) -> int | None:
        was = self._read(now)  # the cache may be five seconds old: somebody may be probing already
        if was.state == "closed":
            return None
        if was.until > now:
            return was.until
        mine = replace(was, until=int(now) + PROBE_S)
        if self._change(was, mine):
            self._probe = mine.until
            return None
        after = self._current(now)
        return None if after.state == "closed" else max(after.until, int(now) + 1)

    def _change(self, was: ConnectorState, becomes: ConnectorState) -> bool:
        won = connector_state.change(self._table, self._connector, was, becomes)
        now = self._clock()
        if won:
            self._seen = Seen(becomes, now)
        else:
            self._read(now)
        return won

    def _current(self, now: float) -> ConnectorState:
        seen = self._seen
        if seen is None or now - seen.at >= CACHE_S:
            return self._read(now)
        return seen.state

    def _read(self, now: float) -> ConnectorState:
        state = connector_state.read(self._table, self._connector)
        self._seen = Seen(state, now)
        return state


def breakers(table: Table, clock: Clock, metrics: Metrics) -> Callable[[str], Breaker]:
    """One breaker for each connector, made when first asked for."""
    made: dict[str, Breaker] = {}

    def of(connector: str) -> Breaker:
        if connector not in made:
            made[connector] = Breaker(connector, table, clock, metrics)
        return made[connector]

    return of
