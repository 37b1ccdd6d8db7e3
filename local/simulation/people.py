"""Who writes, as each channel names people."""

from __future__ import annotations

import re
from typing import Final

from local.deliveries import Person
from local.simulation.steps import ChannelStep
from shared.domain.event import Identity
from shared.domain.identity import KINDS, Invalid, canonical

DIGITS: Final = re.compile(r"\+?[0-9]{5,20}")
_SCOPED_ID: Final = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_OF_CHANNEL: Final = {
    "email": "email",
    "sms": "phone",
    "voice": "phone",
    "whatsapp": "phone",
    "telegram": "telegram",
    "x": "x",
    "linkedin": "linkedin",
    "messenger": "messenger",
    "instagram": "instagram",
}
"""By what kind of identity a channel names people; elsewhere by an id of the company's own site."""
_SCOPED: Final = frozenset({"messenger", "instagram", "external"})
"""Kinds whose ids hold for one account of ours alone."""


def _kind_and_value(end: str, channel: str) -> tuple[str, str]:
    kind, colon, value = end.partition(":")
    return (kind, value) if colon and kind in KINDS else (_OF_CHANNEL.get(channel, "external"), end)


def wrong_end(end: str, channel: str) -> str | None:
    """Why nobody is called so on this channel; None for somebody."""
    if channel == "whatsapp":
        known = DIGITS.fullmatch(end) or _SCOPED_ID.fullmatch(end)
        return (
            None if known else 'on WhatsApp a phone such as "593991234567", or a business-scoped id such as "EC.1a2b"'
        )
    kind, value = _kind_and_value(end, channel)
    if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        return "an address such as ana@example.com is needed, or somebody of people"
    if kind == "phone" and not re.search(r"[0-9]{3}", value):
        return 'a phone such as "+593991234567" is needed, or somebody of people'
    return None if value else "somebody is to be named after the colon"


def identity_of(end: str, step: ChannelStep, account: str, country: str) -> Identity:
    """Who writes. A caller's number proves nothing, and an address nobody vouches for is another identity."""
    kind, value = _kind_and_value(end, step.channel)
    level = "claimed" if step.channel == "voice" else "channel"
    namespace = account if kind in _SCOPED else None
    if kind == "email" and not step.authenticated:
        namespace = "unverified"
    try:
        kept = canonical(kind, value, country).value
    except Invalid:
        kept = value  # a channel's own id is a key whatever a numbering plan says
    return Identity(kind=kind, value=kept, namespace=namespace, address=value, level=level)


def person_of(step: ChannelStep) -> Person:
    """Who writes on WhatsApp: by phone, by business-scoped id, or both."""
    end = step.sender or step.to
    is_phone = bool(end and DIGITS.fullmatch(end))
    return Person(
        name=step.name,
        phone=end.removeprefix("+") if end and is_phone else None,
        user_id=step.user_id or (None if is_phone else end),
        parent_user_id=step.parent_user_id,
    )
