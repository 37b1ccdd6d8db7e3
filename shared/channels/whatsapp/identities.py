"""By which ids WhatsApp names a person.

Best first: the business-scoped user id, its parent in linked portfolios, the phone. Any of them may be absent, since
April 2026 also the phone; an empty one is absent; a business-scoped id may stand where a phone used to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.domain.event import Identity
from shared.domain.identity import whatsapp_phone
from shared.meta.fields import Fields

PARENT: Final = "parent"
"""Namespace of a parent business-scoped id."""

_SCOPED: Final = re.compile(r"[A-Z]{2}\.(?P<parent>ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(frozen=True, slots=True)
class Names:
    """Under which keys an object names a person: business-scoped id, parent, phone."""

    scoped: str
    parent: str
    phone: str


SENDER: Final = Names("from_user_id", "from_parent_user_id", "from")
ADDRESSEE: Final = Names("to_user_id", "to_parent_user_id", "to")
RECIPIENT: Final = Names("recipient_user_id", "parent_recipient_user_id", "recipient_id")
PARTICIPANT: Final = Names(
    "recipient_participant_user_id", "recipient_participant_parent_user_id", "recipient_participant_id"
)
CONTACT: Final = Names("user_id", "parent_user_id", "wa_id")
PREVIOUS: Final = Names("previous_user_id", "previous_parent_user_id", "previous_wa_id")


def identities(*objects: tuple[Fields, Names]) -> list[Identity]:
    """Every identity that these objects give one person, each once, best first."""
    found: list[Identity | None] = []
    for fields, names in objects:
        scoped, parent, plain = fields.id(names.scoped), fields.id(names.parent), fields.id(names.phone)
        found += [attested_id(scoped) if scoped else None, _whatsapp(parent, PARENT) if parent else None]
        found.append(_read(fields, plain) if plain else None)
    return best_first(identity for identity in found if identity)


def best_first(several: Iterable[Identity]) -> list[Identity]:
    """Each identity once, in the order in which a person is looked up."""
    unique: dict[tuple[str, str | None, str], Identity] = {}
    for each in several:
        unique.setdefault((each.kind, each.namespace, each.value), each)
    return sorted(unique.values(), key=_rank)


def named(value: str) -> Identity | None:
    """The identity behind an id that may be of either kind; None when it is neither."""
    if _SCOPED.fullmatch(value):
        return attested_id(value)
    try:
        return Identity(kind="phone", value=whatsapp_phone(value), address=value, level="channel")
    except ValueError:
        return None


def attested_id(value: str) -> Identity:
    """A business-scoped id, opaque and case-sensitive; the parent form is told by its `ENT`."""
    shape = _SCOPED.fullmatch(value)
    return _whatsapp(value, PARENT if shape and shape["parent"] else None)


def _whatsapp(value: str, namespace: str | None) -> Identity:
    return Identity(kind="whatsapp", value=value, namespace=namespace, address=value, level="channel")


def _read(fields: Fields, value: str) -> Identity | None:
    identity = named(value)
    if identity is None:
        fields.flag("partial")
    return identity


def _rank(identity: Identity) -> int:
    if identity.kind == "phone":
        return 2
    return 1 if identity.namespace == PARENT else 0


def display_name(contact: Fields) -> str | None:
    """The profile's name as it came, else the user name without `@`: for display, never a key."""
    profile = contact.part("profile")
    name = profile.text("name")
    if name and name.strip():
        return name
    return (profile.text("username") or "").strip().removeprefix("@").lower() or None
