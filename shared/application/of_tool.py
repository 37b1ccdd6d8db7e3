"""The parser of what `helpdesk_pull` read in a tool: the event is in the envelope already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.domain.event import Author, Event


def parse(raw: Mapping[str, Any]) -> Event:
    """The event. One that another version of the hub wrote, and this one cannot read, is `malformed`."""
    try:
        return Event.model_validate(raw)
    except ValidationError as fault:
        places = sorted({".".join(map(str, error["loc"])) for error in fault.errors()})
        return Event(
            channel=str(raw.get("channel")),
            account=str(raw.get("account")),
            kind="unsupported",
            message_id=str(raw.get("message_id")),
            author=Author(type="system"),
            flags=["malformed"],
            provider_type=str(raw.get("provider_type")),
            reason=f"not an event: {', '.join(places)}",
        )
