"""Identities: a kind and a value by which a channel names a person, each in its one form.

Typed or imported values go through `canonical`; a number that WhatsApp itself supplied through
`whatsapp_phone`, which refuses nothing that has digits. Aliases are looked up, never locked.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from shared.domain.identity.address import canonical_email, email_flags, is_matchable_email, loose_email
from shared.domain.identity.forms import FLAGS, UNMATCHABLE, Canonical, Invalid
from shared.domain.identity.opaque import canonical_opaque
from shared.domain.identity.phone import canonical_phone, is_matchable_phone, phone_flags, whatsapp_phone
from shared.domain.identity.phone_repairs import phone_aliases
from shared.domain.identity.whatsapp import canonical_whatsapp

__all__ = [
    "FLAGS",
    "KINDS",
    "UNMATCHABLE",
    "Canonical",
    "Invalid",
    "canonical",
    "email_flags",
    "is_matchable",
    "loose_email",
    "phone_aliases",
    "phone_flags",
    "readable",
    "whatsapp_phone",
]

KINDS: Final = ("phone", "email", "whatsapp", "messenger", "instagram", "x", "telegram", "linkedin", "external")
"""Every kind of identity."""


def canonical(kind: str, value: str, country: str | None = None) -> Canonical:
    """The one form of an identity that was typed, imported or asked for.

    `country` (ISO 3166, two letters) is where a phone without `+` was written; other kinds ignore it.
    Kind `whatsapp` is the business-scoped id alone: a wa_id (digits) is the address of a phone.

    Raises `Invalid`, whose `reason` says what is wrong without repeating the value.
    """
    if kind == "phone":
        return canonical_phone(value, country)
    if kind == "email":
        return canonical_email(value)
    if kind == "whatsapp":
        return canonical_whatsapp(value)
    if kind in KINDS:
        return canonical_opaque(kind, value)
    meant = get_close_matches(kind, KINDS, 1)
    hint = f"did you mean {meant[0]}?" if meant else "kinds: " + ", ".join(KINDS)
    raise Invalid(f"unknown kind of identity; {hint}")


def readable(kind: str, value: str, country: str | None = None) -> Canonical | None:
    """As `canonical`; None for what is no such identity: whoever reads what others hold leaves it where it is."""
    try:
        return canonical(kind, value, country)
    except Invalid:
        return None


def is_matchable(kind: str, value: str) -> bool:
    """Whether a canonical value may find a customer beyond its own conversation. Never raises.

    False for what belongs to nobody in particular: free and paid services, company numbers, placeholders,
    desks, machines. A landline is matchable, yet flagged `shared`: it never merges two customers. An extension
    is no part of the value: whether a number had one is known from `canonical(…).flags` alone.
    """
    if kind == "phone":
        return is_matchable_phone(value)
    if kind == "email":
        return is_matchable_email(value)
    return True
