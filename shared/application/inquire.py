"""Questions about customers: who is behind an identity, and what is known of them. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.application.inquire_errors import BadQuestion, NotFound
from shared.domain.customer import Customer
from shared.domain.identity import KINDS, Invalid, canonical, whatsapp_phone
from shared.domain.merging import MAX_FAMILY
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.consents import consents_in_force
from shared.store.views import customer_view

MAX_VALUE: Final = 256
"""Characters of an identity's value; no channel's ids are longer."""

_MAX_ID: Final = 128
_MAX_TOMBSTONES: Final = MAX_FAMILY
"""Profiles in a row that are read. Each merge ends at a live profile, so a longer chain is a loop."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far to look: the namespaces that the configuration gives each kind of identity, and the country
    (ISO 3166) in which a phone without `+` is meant."""

    country: str | None = None
    namespaces: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[str | None, ...]:
        return (None, *self.namespaces.get(kind, ()))


def identity_of(text: str) -> tuple[str, str]:
    """Kind and value of `kind:value`. A plus that arrived as a blank is a plus. Raises `BadQuestion`."""
    kind, colon, value = text.partition(":")
    if not colon or kind not in KINDS:
        raise BadQuestion(f"identity: say kind:value, with one of {', '.join(KINDS)}")
    if kind == "phone" and value.startswith(" "):
        value = "+" + value.lstrip()
    elif kind == "email":
        value = value.strip().replace(" ", "+")
    value = value.strip()
    if not value or len(value) > MAX_VALUE:
        raise BadQuestion(f"identity: the value has 1 to {MAX_VALUE} characters")
    return kind, value


def customers_with(table: Table, kind: str, value: str, reach: Reach) -> list[Customer]:
    """Every live customer who holds this identity, in whichever namespace; its aliases only where nobody does.

    1 RCU for each spelling in each namespace, and 1 per 4 KB of each profile on the way to the survivor of
    a merge.
    """
    found: dict[str, Customer] = {}
    for spelling in _spellings(kind, value, reach.country):
        for namespace in reach.of(kind):
            lock = table.get(keys.identity(kind, namespace, spelling)).item
            profile = _live_profile(table, lock["customer"]) if lock else None
            if profile is not None:
                found.setdefault(profile["id"], customer_view(profile))
        if found:
            break  # the alias of a line that has its holder is somebody else's number: +54 9 11 … and +54 11 …
    return list(found.values())


def customer(table: Table, customer_id: str) -> Customer:
    """The profile, or, after a merge, the one that survived it, with the consents in force.

    Raises `NotFound`. 1 RCU per 4 KB of the profile and of the consent records of everybody merged into it.
    """
    profile = profile_of(table, customer_id)
    consents = consents_in_force(table, profile)
    return customer_view(profile).model_copy(update={"consents": consents or None})


def profile_of(table: Table, customer_id: str) -> Item:
    """The profile's item, merges followed. Raises `NotFound`."""
    profile = _live_profile(table, customer_id) if is_id(customer_id) else None
    if profile is None:
        raise NotFound("there is no such customer")
    return profile


def is_id(text: str) -> bool:
    """Whether it could be an id of ours: what else is asked for needs no look at the table."""
    return 0 < len(text) <= _MAX_ID and text.isascii() and text.isprintable()


def _spellings(kind: str, value: str, country: str | None) -> list[str]:
    """The canonical value and its aliases. A phone that a channel supplied is a key even where the numbering
    plan does not know it: then what WhatsApp's own numbers are made into is looked up."""
    try:
        one = canonical(kind, value, country)
    except Invalid:
        return _as_supplied(value) if kind == "phone" else []
    return [one.value, *one.aliases]


def _as_supplied(value: str) -> list[str]:
    try:
        return [whatsapp_phone(value)]
    except ValueError:
        return []  # letters, or no digits: nobody can hold it


def _live_profile(table: Table, customer_id: str) -> Item | None:
    for _ in range(_MAX_TOMBSTONES):
        profile = table.get(keys.customer(customer_id)).item
        if profile is None or not profile.get("merged_into"):
            return profile
        customer_id = profile["merged_into"]
    return None
