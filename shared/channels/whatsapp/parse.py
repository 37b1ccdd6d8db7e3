"""Reads one element of a WhatsApp delivery. Pure: no clock, no network, no store.

Source: Meta's Cloud API webhooks, 2026. Dispatch is a dictionary from the list that the element stood in to a function;
what none of them can read comes back as `unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from shared.channels.whatsapp import account, history
from shared.channels.whatsapp.calls import call
from shared.channels.whatsapp.changes import user_id_update
from shared.channels.whatsapp.messages import message
from shared.channels.whatsapp.receipts import status
from shared.channels.whatsapp.source import Source, source_of
from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Event
from shared.meta.bodies import is_too_deep


def _history(source: Source) -> Event:
    return history.chunk(source, _read)


READERS: Final[dict[str, Callable[[Source], Event]]] = {
    "": account.change,
    "messages": message,
    "statuses": status,
    "message_echoes": message,
    "calls": call,
    "user_preferences": account.user_preference,
    "user_id_update": user_id_update,
    "state_sync": account.state_sync,
    "history": _history,
    "groups": account.group,
    "errors": account.error,
}
"""By the list in which the element stood; the empty name is a change that lists nothing."""


def parse(raw: Mapping[str, Any]) -> Event:
    """One event for one element, as `split` made it. Never raises.

    What cannot be read comes back as `unsupported` with the flag `malformed` and a reason that quotes nobody;
    what is genuine but not understood as `unsupported` with a reason. An optional field of a wrong type is left out
    and the flag `partial` says so.
    """
    if is_too_deep(raw):
        return parse({})
    source = source_of(raw)
    if source.field == "history" and source.key == "messages":
        return _late_file(source)
    return _read(source)


def _read(source: Source) -> Event:
    if source.problem:
        return _malformed(source, source.problem)
    try:
        return READERS[source.key](source)
    except Unsupported as unsupported:
        return source.event("unsupported", reason=unsupported.reason)
    except Malformed as malformed:
        return _malformed(source, malformed.reason)
    except ValidationError as invalid:
        where = ", ".join(sorted({".".join(map(str, error["loc"])) for error in invalid.errors()}))
        return _malformed(source, f"not of the form that the hub keeps: {where}")


def _malformed(source: Source, reason: str) -> Event:
    event = source.event("unsupported", reason=reason)
    told = [flag for flag in event.flags if flag != "partial"]  # it goes without saying
    return event.model_copy(update={"flags": [*told, "malformed"]})


def _late_file(source: Source) -> Event:
    from_us = history.is_from_us(source.display_number, source.item.content, "")
    event = _read(replace(source, key="message_echoes") if from_us else source)
    return event if event.is_malformed else replace(source, key="history").event("history", history=[event])
