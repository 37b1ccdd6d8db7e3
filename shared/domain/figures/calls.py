"""The calls of a case: their waits, who answered, how long they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.domain.business_time.zones import epoch_s
from shared.domain.figures.model import UNKNOWN, KpiEvent
from shared.domain.figures.vocabulary import (
    ACW_ENDED,
    CALL_ABANDONED,
    CALL_ANSWERED,
    CALL_ENDED,
    CALL_HELD,
    CALL_QUEUED,
    CALL_RESUMED,
    CALLS,
    OUTBOUND,
    TRANSFERRED,
)

VOICE: Final = "voice"


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent's part of a call, in seconds; negative where the clocks contradict each other."""

    agent: str
    seconds: int


@dataclass(slots=True)
class Call:
    """One call. `first`: its first event. `ended`, `wrapped`: each leg's end, and the end of its after-call work."""

    first: KpiEvent
    queued: KpiEvent | None = None
    answered: KpiEvent | None = None
    given_up: KpiEvent | None = None
    callback: bool = False
    ended: list[KpiEvent] = field(default_factory=list)
    wrapped: list[KpiEvent] = field(default_factory=list)
    holds: list[KpiEvent] = field(default_factory=list)
    passed_on: list[KpiEvent] = field(default_factory=list)

    @property
    def channel(self) -> str:
        """The telephone, unless the call came on a channel of messages."""
        return VOICE if self.first.channel == UNKNOWN else self.first.channel

    @property
    def is_outbound(self) -> bool:
        """Whether we called."""
        return OUTBOUND in self.first.flags

    @property
    def is_offered(self) -> bool:
        """Whether it reached a queue of people: what ends in the menu does not."""
        return not self.is_outbound and bool(self.queued or self.answered)

    @property
    def is_abandoned(self) -> bool:
        """Given up in the queue. A callback chosen there is none."""
        return bool(self.given_up and not self.answered and not self.callback)

    @property
    def offered_at(self) -> datetime:
        """When it reached the queue: where no event says so, the answer less the wait that it tells."""
        if self.queued:
            return self.queued.occurred_at
        told = self.answered.details.get("queue_s", 0) if self.answered else 0
        return self.first.occurred_at - timedelta(seconds=told if isinstance(told, int) else 0)

    @property
    def wait_s(self) -> int | None:
        """Seconds in the queue until it was answered or given up; None while it waits."""
        stop = self.answered or self.given_up
        return epoch_s(stop.occurred_at) - epoch_s(self.offered_at) if stop else None

    def is_short(self, threshold_s: int) -> bool:
        """Whether it was given up before the threshold."""
        wait = self.wait_s
        return self.is_abandoned and wait is not None and wait < threshold_s


def calls_of(events: Iterable[KpiEvent]) -> list[Call]:
    """The calls, in the order in which they began. Events that name their call go by it; the others belong to the call
    that is under way."""
    calls: list[Call] = []
    by_name: dict[str, Call] = {}
    for event in events:
        if event.type == TRANSFERRED and calls and calls[-1].answered and not calls[-1].ended:
            calls[-1].passed_on.append(event)
        if event.type not in CALLS:
            continue
        name = str(event.details.get("call", ""))
        call = by_name.get(name) if name else _under_way(calls, event)
        if call is None:
            call = Call(event)
            calls.append(call)
        if name:
            by_name[name] = call
        _note(call, event)
    return calls


def legs_of(call: Call) -> list[Leg]:
    """Talk, hold and after-call work of each agent, ring and queue left out. Empty while the call goes on."""
    if not call.answered or not call.ended:
        return []
    spoken = list(_reported(call)) or list(_by_clock(call, call.answered))
    last = spoken[-1].agent
    return [*spoken, *_wrap_ups(call, last)]


def _under_way(calls: list[Call], event: KpiEvent) -> Call | None:
    call = calls[-1] if calls else None
    if call is None or event.type == ACW_ENDED:
        return call
    if event.type == CALL_QUEUED:
        # the answer's clock may be behind the queue's
        return call if not call.queued and not call.ended and not call.is_outbound else None
    over = bool(call.ended) or call.is_abandoned
    return None if over and event.type != CALL_ENDED else call


def _note(call: Call, event: KpiEvent) -> None:
    if event.type == CALL_QUEUED:
        call.queued = call.queued or event
    elif event.type == CALL_ANSWERED:
        call.answered = call.answered or event
    elif event.type == CALL_ABANDONED:
        call.given_up = call.given_up or event
        call.callback = call.callback or event.reason == "callback"
    elif event.type == CALL_ENDED:
        call.ended.append(event)
    elif event.type == ACW_ENDED:
        call.wrapped.append(event)
    elif event.type in (CALL_HELD, CALL_RESUMED):
        call.holds.append(event)


def _reported(call: Call) -> Iterator[Leg]:
    """Legs whose talk the telephone system reports itself."""
    for end in call.ended:
        talk, hold = end.details.get("talk_s"), end.details.get("hold_s")
        if isinstance(talk, int):
            held = hold if isinstance(hold, int) else _held_s(call)
            yield Leg(_agent(end, call.answered), talk + held)


def _held_s(call: Call) -> int:
    seconds, since = 0, None
    for event in call.holds:
        if event.type == CALL_HELD:
            since = since or event.occurred_at
        elif since:
            seconds += epoch_s(event.occurred_at) - epoch_s(since)
            since = None
    return seconds


def _by_clock(call: Call, answered: KpiEvent) -> Iterator[Leg]:
    """Legs from one agent's taking over to the next one's."""
    begins = [answered, *call.passed_on]
    ends = [*(event.occurred_at for event in call.passed_on), call.ended[-1].occurred_at]
    for begin, end in zip(begins, ends, strict=True):
        yield Leg(_agent(begin, answered), epoch_s(end) - epoch_s(begin.occurred_at))


def _wrap_ups(call: Call, last: str) -> Iterator[Leg]:
    for wrapped in call.wrapped:
        told = wrapped.details.get("acw_s")
        ended = _ended_before(call, wrapped)
        seconds = told if isinstance(told, int) else epoch_s(wrapped.occurred_at) - epoch_s(ended)
        yield Leg(wrapped.actor or last, seconds)
    if not call.wrapped:
        for end in call.ended:
            told = end.details.get("acw_s")
            if isinstance(told, int):
                yield Leg(_agent(end, call.answered), told)


def _ended_before(call: Call, wrapped: KpiEvent) -> datetime:
    """The end of the leg that the work came after: the same agent's where that is known."""
    own = [end for end in call.ended if end.actor == wrapped.actor and wrapped.actor]
    return (own or call.ended)[-1].occurred_at


def _agent(event: KpiEvent, answered: KpiEvent | None) -> str:
    return event.actor or (answered.actor if answered else None) or UNKNOWN
