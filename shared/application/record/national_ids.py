"""National ids that staff have seen: kept encrypted, with a keyed hash and a mask, and only where configured.

What somebody types in a chat is no such id. The hash finds the customer; two customers with the same id are a
candidate, two with different ones of a type are never merged (`shared/domain/blocking.py`). What is encrypted is
opened for staff alone, and who saw it is kept (identity.md §4).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.application.inquire_errors import BadQuestion, NotPossible
from shared.application.record.context import Context
from shared.application.record.who import living_profile
from shared.domain.errors import Conflict, Misconfigured
from shared.domain.identity import Invalid
from shared.domain.identity.national import National, national_digest, national_id
from shared.domain.identity.sealing import (
    NONCE_BYTES,
    Unopened,
    about,
    is_sealed_by,
    seal,
    sealing_keys,
    unseal,
)
from shared.domain.merging import family_of, origin_of
from shared.ports.surroundings import Secrets
from shared.ports.table import Absent, Item, Operation, Put
from shared.store import items, keys
from shared.store.candidates import candidate_puts
from shared.store.conditional import took_effect

KIND = "national_id"
KEY = "national_id_key"
ENCRYPTION_KEYS = "encryption_keys"
TRIES = 8

Nonce = Callable[[], bytes]
"""12 bytes that never come twice."""


def random_nonce() -> bytes:
    return os.urandom(NONCE_BYTES)


@dataclass(frozen=True, slots=True)
class Noted:
    """`customer`: who has it now. `same`: another customer who had it already, a candidate since."""

    customer: str
    type: str
    mask: str
    unconfirmed: bool
    same: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """`customer`: who has it now. `value`: in clear, left out of every text made of this."""

    customer: str
    type: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Safe:
    """Seals under the first key, opens with any."""

    keys: tuple[bytes, ...] = field(repr=False)
    nonce: Nonce

    def seal(self, one: National, customer: str) -> str:
        return seal(self.keys[0], one.value, about(KIND, one.type, customer), self.nonce())

    def is_current(self, held: Item) -> bool:
        return is_sealed_by(self.keys[0], held.get("sealed", ""))


def note_national_id(
    context: Context,
    secrets: Secrets,
    customer: str,
    type_: str,
    raw: str,
    *,
    by: str,
    nonce: Nonce = random_nonce,
) -> Noted:
    """Staff have seen this id of the customer's. Idempotent; what an older key sealed is sealed by the newest.

    3 RCU and 2 writes, 2 more for a candidate. Raises `BadQuestion` for what is no such id, `NotPossible` where its
    type is not kept or the customer has another one of it, `Misconfigured` without keys.
    """
    secret = _secret(context, secrets, type_)
    one, digest = _read(context, secret, type_, raw)
    safe = _Safe(_sealing_keys(context, secret), nonce)
    for _ in range(TRIES):
        profile = living_profile(context.table, customer)
        lock = context.table.get(keys.identity(KIND, one.type, digest)).item
        holder = living_profile(context.table, lock["customer"])["id"] if lock else None
        writes = _writes(context, profile, one, digest, safe, by, locks=lock is None)
        if not writes or took_effect(context.table, writes):
            same = holder if holder != profile["id"] else None
            if same:
                puts = candidate_puts(profile["id"], same, KIND, [f"national id: {one.type}"], context.now())
                took_effect(context.table, puts)
            return Noted(profile["id"], one.type, one.mask, one.unconfirmed, same)
    raise Conflict("others keep changing this customer")


def customer_by_national_id(context: Context, secrets: Secrets, type_: str, raw: str) -> str | None:
    """Who has this id, None when nobody does. 1 RCU, 1 or more for the profile. Raises as `note_national_id`."""
    one, digest = _read(context, _secret(context, secrets, type_), type_, raw)
    lock = context.table.get(keys.identity(KIND, one.type, digest)).item
    return str(living_profile(context.table, lock["customer"])["id"]) if lock else None


def show_national_id(context: Context, secrets: Secrets, customer: str, type_: str, *, by: str) -> Shown:
    """The customer's id of this type in clear, for staff. That `by` saw it is kept beside the customer, first.

    1 RCU or more for the profile and 1 write. Raises `NotPossible` where there is none, `Misconfigured` where it
    cannot be opened.
    """
    rules = context.config.identity
    if rules.secret is None:
        raise NotPossible("national ids are not kept: name them in config/hub.yaml under identity")
    profile = living_profile(context.table, customer)
    held = _sealed(profile, type_)
    origin = origin_of(held, profile["id"])
    if origin not in family_of(profile):
        raise Misconfigured("a national id cannot be opened: it came from nobody who was merged into its customer")
    sealing = _sealing_keys(context, secrets.get(rules.secret))
    try:
        value = unseal(sealing, held["sealed"], about(KIND, type_, origin))
    except Unopened as fault:
        raise Misconfigured(f"a national id cannot be opened: {fault}") from None
    pk, sk = keys.shown(profile["id"], context.now(), context.new_id())
    said = {"what": KIND, "type": type_, "by": by, "at": context.now()}
    context.table.transact([Put({"pk": pk, "sk": sk, **said}, when=(Absent(),))])
    context.metrics.count("national_id_shown")
    return Shown(profile["id"], type_, value)


def _sealed(profile: Item, type_: str) -> Item:
    listed = [held for held in profile.get("national_ids", []) if not held.get("until")]
    found = [held for held in listed if held["type"] == type_]
    if not found:
        kept = ", ".join(sorted({held["type"] for held in listed})) or "none"
        raise NotPossible(f"no id of this type is kept of this customer; kept are: {kept}")
    for held in found:
        if "sealed" in held:
            return dict(held)
    raise NotPossible("of this id only hash and mask are kept: note it again, and it is kept encrypted")


def _secret(context: Context, secrets: Secrets, type_: str) -> dict[str, Any]:
    rules = context.config.identity
    if type_ not in rules.national_ids or rules.secret is None:
        kept = ", ".join(rules.national_ids) or "none: name them in config/hub.yaml under identity"
        raise NotPossible(f"national ids of this type are not kept; kept are {kept}")
    return secrets.get(rules.secret)


def _read(context: Context, secret: dict[str, Any], type_: str, raw: str) -> tuple[National, str]:
    try:
        one = national_id(type_, raw)
    except Invalid as invalid:
        raise BadQuestion(f"value: {invalid.reason}") from None
    try:
        return one, national_digest(str(secret.get(KEY) or "").encode(), one)
    except ValueError as fault:
        raise Misconfigured(f"secret {context.config.identity.secret}: {KEY}: {fault}") from None


def _sealing_keys(context: Context, secret: dict[str, Any]) -> tuple[bytes, ...]:
    """Raises `Misconfigured`, also where the key of the hash is one of them: who may find need not open."""
    place = f"secret {context.config.identity.secret}: {ENCRYPTION_KEYS}"
    listed = secret.get(ENCRYPTION_KEYS)
    try:
        found = sealing_keys(listed)
    except ValueError as fault:
        raise Misconfigured(f"{place}: {fault}") from None
    if isinstance(listed, list) and secret.get(KEY) in listed:
        raise Misconfigured(f"{place}: one of them is {KEY}, which has to be another")
    return found


def _writes(
    context: Context, profile: Item, one: National, digest: str, safe: _Safe, by: str, *, locks: bool
) -> list[Operation]:
    listed = profile.get("national_ids", [])
    of_type = [held for held in listed if held["type"] == one.type and not held.get("until")]
    if any(held["digest"] != digest for held in of_type):
        raise NotPossible(f"this customer has another {one.type}: one person has one")
    said = {"level": "staff", "source": "staff", "by": by, "since": context.now()}
    if of_type:
        stays = [held if held not in of_type else _resealed(held, one, safe, profile["id"]) for held in listed]
    else:
        held = {"type": one.type, "digest": digest, "mask": one.mask, "sealed": safe.seal(one, profile["id"])}
        stays = [*listed, {**held, **said}]
    writes: list[Operation] = []
    if stays != listed:
        writes.append(items.profile_step(profile, {"national_ids": stays}, tells=False))
    if locks:
        pk, sk = keys.identity(KIND, one.type, digest)
        writes.append(Put({"pk": pk, "sk": sk, "customer": profile["id"], **said}, when=(Absent(),)))
    return writes


def _resealed(held: Item, one: National, safe: _Safe, owner: str) -> Item:
    """As it is, or sealed anew, for the same customer of the family."""
    return held if safe.is_current(held) else {**held, "sealed": safe.seal(one, origin_of(held, owner))}
