"""What became of something that we sent: delivered, read. Failures come from the Send API alone, at once."""

from __future__ import annotations

from typing import Final

from shared.domain.errors import Malformed
from shared.domain.event import Event, Receipt, ReceiptState
from shared.meta.social.source import Source, moment_of

AND_EARLIER: Final = "and_earlier"
"""Flag of a receipt that speaks of everything before its target, too."""


def delivery(source: Source) -> Event:
    """Everything of ours up to the watermark was delivered; which messages is said, or not."""
    mids = [str(mid) for mid in source.content.items("mids") if isinstance(mid, str) and mid]
    return _receipt(source, "delivered", mids[-1] if mids else None)


def seen(source: Source) -> Event:
    """On Messenger up to a moment, on Instagram one message and all before it."""
    return _receipt(source, "read", source.content.id("mid"))


def _receipt(source: Source, state: ReceiptState, target: str | None) -> Event:
    if not source.people:
        raise Malformed("the receipt names no sender")
    up_to = moment_of(source.content, "watermark")
    if target is None and up_to is None:
        raise Malformed("the receipt names no message and no moment")
    if up_to is None:
        source.item.flag(AND_EARLIER)
    marked = target or source.hashed_id(state, source.people[0].value, str(source.content.content.get("watermark")))
    return source.news(
        "receipt", message_id=f"{marked}:{state}", receipt=Receipt(state=state, target=target, up_to=up_to)
    )
