"""Statuses: what became of something that we sent."""

from __future__ import annotations

from typing import Final

from shared.channels.whatsapp import errors
from shared.channels.whatsapp.calls import call_status
from shared.channels.whatsapp.source import Source
from shared.domain.errors import Malformed
from shared.domain.event import Event, Receipt, ReceiptError, ReceiptState
from shared.meta.fields import Fields

STATES: Final[dict[str, ReceiptState]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",  # a voice note, heard for the first time
    "failed": "failed",
    "deleted": "deleted",  # legacy
}
"""Any other status, the legacy `warning` among them, is `unknown`: kept, without effect."""


def status(source: Source) -> Event:
    """One receipt; statuses of a call are steps of that call. Raises Malformed without target or status."""
    if source.field == "calls" or source.item.content.get("type") == "call":
        return call_status(source)
    item = source.item
    item.exact_moment("timestamp")
    target, word = item.id("id"), item.text("status")
    if target is None or word is None:
        raise Malformed("the status names no message" if target is None else "the status has no state")
    state = STATES.get(word, "unknown")
    participant = item.id("recipient_participant_user_id") or item.id("recipient_participant_id")
    errors = item.parts("errors")
    ours = item.text("biz_opaque_callback_data")
    return source.event(
        "receipt",
        message_id=":".join(filter(None, (target, state, participant))),
        receipt=Receipt(state=state, target=target, error=_error(errors[0]) if errors else None),
        references=[ours] if ours else [],
    )


def _error(error: Fields) -> ReceiptError:
    """Old payloads have the details at the top, or only code and title."""
    code = error.id("code") or "unknown"
    title = error.text("title") or error.text("message")
    detail = error.part("error_data").text("details") or error.text("details") or error.text("message")
    return ReceiptError(code=code, title=title, detail=detail, retryable=code in errors.RETRYABLE)
