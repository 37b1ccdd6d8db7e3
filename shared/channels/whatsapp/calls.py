"""Calls over WhatsApp: each step of a call is an event of its own."""

from __future__ import annotations

from shared.channels.whatsapp.source import AGENT, SYSTEM, Source
from shared.domain.errors import Malformed
from shared.domain.event import Call, Event
from shared.meta.fields import Fields


def call(source: Source) -> Event:
    """`connect` or `terminate`. Raises Malformed without id, step or person."""
    item = source.item
    item.exact_moment("timestamp")
    identified, step = item.id("id"), item.text("event")
    if identified is None or step is None:
        raise Malformed("the call has no id" if identified is None else "the call has no event")
    if not source.people:
        raise Malformed("the call names no customer")
    made = Call(state=_state(item, step), duration_s=_duration_s(item))
    return source.event("call", message_id=f"{identified}:{step}", call=made)


def call_status(source: Source) -> Event:
    """`RINGING`, `ACCEPTED`, `REJECTED`: how a call that we made fares. Same array as statuses of messages."""
    item = source.item
    item.exact_moment("timestamp")
    identified, word = item.id("id"), item.text("status")
    if identified is None or word is None:
        raise Malformed("the status names no call" if identified is None else "the status has no state")
    return source.event(
        "call",
        message_id=f"{identified}:{word}",
        direction="outbound",
        author=AGENT if source.people else SYSTEM,
        call=Call(state=word.lower()),
    )


def _state(item: Fields, step: str) -> str:
    """Without a duration a call that ended was never answered."""
    if step == "connect":
        return "ringing"
    if step != "terminate":
        return step
    if _duration_s(item) is None:
        return "missed"
    return (item.text("status") or "completed").lower()


def _duration_s(item: Fields) -> int | None:
    """As told, else from start to end."""
    told = item.whole("duration")
    start, end = item.moment("start_time"), item.moment("end_time")
    if told is None and start and end and end >= start:
        return int((end - start).total_seconds())
    return told if told is None or told >= 0 else None
