"""The names by which mails name each other. Pure.

SES writes its own Message-ID: what it answered to a send is the part before the `@` of the name that the customer's
reply gives back (`<0100…-000000@email.amazonses.com>`, elsewhere `@<region>.amazonses.com`).
"""

from __future__ import annotations

from typing import Final

SES: Final = "amazonses.com"


def bare(name: str | None) -> str | None:
    """A Message-ID without angle brackets and blanks; None for one that names nothing."""
    return (name or "").strip().removeprefix("<").removesuffix(">").strip() or None


def provider_id(name: str) -> str:
    """By what the index of messages knows a mail of this (bare) name, if the hub sent it: SES's id, else the name."""
    local, _, domain = name.rpartition("@")
    domain = domain.lower()
    return local if local and (domain == SES or domain.endswith("." + SES)) else name


def without_tag(address: str) -> tuple[str, str | None]:
    """A mailbox in small letters without what follows a plus (`ayuda+x@acme.example`), and that."""
    local, _, domain = address.strip().lower().rpartition("@")
    name, _, tag = local.partition("+")
    return (f"{name}@{domain}", tag or None) if name else (f"{local}@{domain}", None)
