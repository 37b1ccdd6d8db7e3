"""Messages of before: what the phone app hands over when a number joins the API.

They are imported silently: one `history` event lists them, so that nothing downstream takes them for news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shared.channels.whatsapp.content import described
from shared.channels.whatsapp.source import Source, digits
from shared.domain.errors import Malformed
from shared.domain.event import Event
from shared.meta.fields import Fields

Read = Callable[[Source], Event]


def chunk(source: Source, read: Read) -> Event:
    """One chunk: its threads in order, each message by `read`, the customer being the thread's id.

    A chunk that says the import was declined lists nothing and gives the reason.
    """
    errors = source.item.parts("errors")
    if not errors and not isinstance(source.item.content.get("threads"), list):
        raise Malformed("the chunk has neither threads nor errors")
    messages = [
        read(_spoken(source, thread, message))
        for thread in source.item.parts("threads")
        for message in thread.items("messages")
    ]
    return source.event("history", history=messages, reason=described(errors[0]) if errors else None)


def _spoken(source: Source, thread: Fields, message: Any) -> Source:
    """One message of a thread as an element of its own, inbound or echo by who sent it."""
    customer = thread.id("id") or ""
    item = message if isinstance(message, dict) else {}
    from_us = is_from_us(source.display_number, item, customer)
    return replace(
        source,
        key="message_echoes" if from_us else "messages",
        item=Fields(item, []),
        contact=Fields({"wa_id": customer}, []),
        sent_at=None,
        original=message,
        problem=None if isinstance(message, dict) else "the message is no object",
    )


def is_from_us(display_number: str, item: Mapping[str, Any], customer: str) -> bool:
    """Who is not the customer is us: our number may be reported in another spelling than it is displayed."""
    if customer and customer in (item.get("from"), item.get("from_user_id")):
        return False
    sender = digits(item.get("from"))
    if sender and sender == digits(display_number):
        return True
    return customer.isdigit() and sender not in ("", customer)
