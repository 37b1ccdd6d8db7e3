"""What a call's entry says, as events of figures. Pure.

A channel may tell a call in steps (it rings, it ended) or at once when it is over; the moment is then its end, and
what happened before follows from its durations. All events of a call name it by `details["call"]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.domain.figures.model import ActorType, KpiEvent
from shared.domain.figures.vocabulary import (
    ACW_ENDED,
    CALL_ABANDONED,
    CALL_ANSWERED,
    CALL_ENDED,
    CALL_QUEUED,
    OUTBOUND,
)

RINGS: Final = frozenset({"ringing", "queued", "connect"})
ANSWERED: Final = frozenset({"accepted", "answered"})
UNANSWERED: Final = frozenset({"missed", "abandoned", "rejected", "failed", "no_answer", "busy"})


def call_events(said: Mapping[str, Any], name: str, sequence: int, at: datetime) -> Iterator[KpiEvent]:
    """The events of one entry of a call; `name`: the id that they begin with. Of an unknown step, none."""
    call = said.get("call") or {}
    made = _Call(said, name, sequence)
    state = str(call.get("state", "")).lower()
    if state in RINGS:
        yield made.event(CALL_QUEUED, at)
    elif state in ANSWERED and not _length(call):
        yield made.event(CALL_ANSWERED, at, actor=call.get("agent"))
    elif state in UNANSWERED:
        if call.get("queue_s"):
            yield made.event(CALL_QUEUED, at - timedelta(seconds=call["queue_s"]))
        yield made.event(CALL_ABANDONED, at)
    elif _length(call):
        yield from _of_a_whole(made, call, at)


def _of_a_whole(made: _Call, call: Mapping[str, Any], end: datetime) -> Iterator[KpiEvent]:
    answered = end - timedelta(seconds=_length(call))
    if call.get("queue_s") is not None:
        yield made.event(CALL_QUEUED, answered - timedelta(seconds=call["queue_s"]))
    agent = call.get("agent")
    yield made.event(CALL_ANSWERED, answered, actor=agent)
    hold = call.get("hold_s") or 0
    details = {"talk_s": _length(call) - hold, "hold_s": hold}
    yield made.event(CALL_ENDED, end, actor=agent, details=details)
    if call.get("wrap_up_s"):
        wrap_up = call["wrap_up_s"]
        yield made.event(ACW_ENDED, end + timedelta(seconds=wrap_up), actor=agent, details={"acw_s": wrap_up})


def _length(call: Mapping[str, Any]) -> int:
    """Seconds in which they spoke or one was on hold."""
    if call.get("talk_s") is not None:
        return int(call["talk_s"]) + int(call.get("hold_s") or 0)
    return int(call.get("duration_s") or 0)


class _Call:
    def __init__(self, said: Mapping[str, Any], name: str, sequence: int) -> None:
        self._channel: str = said["channel"]
        self._call = said["message_id"].rpartition(":")[0] or said["message_id"]
        self._is_outbound = said.get("direction") == "outbound"
        self._name, self._sequence = name, sequence

    def event(self, type_: str, at: datetime, actor: str | None = None, details: Any = None) -> KpiEvent:
        by_us = self._is_outbound or type_ in (CALL_ANSWERED, CALL_ENDED, ACW_ENDED)
        actor_type: ActorType = "agent" if by_us else "customer"
        return KpiEvent(
            f"{self._name}:{type_}",
            type_,
            at,
            self._sequence,
            self._channel,
            actor_type,
            actor,
            flags=frozenset({OUTBOUND} if self._is_outbound else ()),
            details={"call": self._call, **(details or {})},
        )
