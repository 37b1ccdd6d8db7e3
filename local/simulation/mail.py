"""A raw e-mail as an event, for stories: read as the hub reads it, with the verdict that the story gives."""

from __future__ import annotations

from typing import Any

from shared.channels.email.parse import parse


def event_of_mail(raw: bytes, account: str, received_at: str, *, authenticated: bool) -> dict[str, Any]:
    """The event as JSON. `account`: our mailbox, to which it was sent; `received_at`: our clock. `authenticated`: the
    sender's domain vouches for it. Raises ValueError, in words, for what is no mail."""
    receipt = {
        "recipients": [account],
        "at": received_at,
        "verdicts": {"dmarc": "PASS" if authenticated else "GRAY"},
    }
    event = parse({"mail": raw, "receipt": receipt})
    if "malformed" in event.flags:
        raise ValueError(event.reason)
    return event.dump()
