"""National ids that staff have seen: kept as a keyed hash and a mask, never in clear, and only where configured.

What somebody types in a chat is no such id. The hash finds the customer; two customers with the same id are a
candidate, two with different ones of a type are never merged (`shared/domain/blocking.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.application.inquire_errors import BadQuestion, NotPossible
from shared.application.record.context import Context
from shared.application.record.who import living_profile
from shared.domain.errors import Conflict, Misconfigured
from shared.domain.identity import Invalid
from shared.domain.identity.national import National, national_digest, national_id
from shared.ports import Absent, Item, Operation, Put, Secrets
from shared.store import items, keys
from shared.store.candidates import candidate_puts
from shared.store.conditional import took_effect

KIND = "national_id"
KEY = "national_id_key"
TRIES = 8


@dataclass(frozen=True, slots=True)
class Noted:
    """`customer`: who has it now. `same`: another customer who had it already, a candidate since."""

    customer: str
    type: str
    mask: str
    unconfirmed: bool
    same: str | None = None


def note_national_id(context: Context, secrets: Secrets, customer: str, type_: str, raw: str, *, by: str) -> Noted:
    """Staff have seen this id of the customer's. Idempotent. 3 RCU and 2 writes, 2 more for a candidate.

    Raises `BadQuestion` for what is no such id, `NotPossible` where its type is not kept or the customer has another
    one of it, `Misconfigured` without a key.
    """
    one, digest = _read(context, secrets, type_, raw)
    for _ in range(TRIES):
        profile = living_profile(context.table, customer)
        lock = context.table.get(keys.identity(KIND, one.type, digest)).item
        holder = living_profile(context.table, lock["customer"])["id"] if lock else None
        writes = _writes(context, profile, one, digest, by, locks=lock is None)
        if not writes or took_effect(context.table, writes):
            same = holder if holder != profile["id"] else None
            if same:
                puts = candidate_puts(profile["id"], same, KIND, [f"national id: {one.type}"], context.now())
                took_effect(context.table, puts)
            return Noted(profile["id"], one.type, one.mask, one.unconfirmed, same)
    raise Conflict("others keep changing this customer")


def customer_by_national_id(context: Context, secrets: Secrets, type_: str, raw: str) -> str | None:
    """Who has this id, None when nobody does. 1 RCU, 1 or more for the profile. Raises as `note_national_id`."""
    one, digest = _read(context, secrets, type_, raw)
    lock = context.table.get(keys.identity(KIND, one.type, digest)).item
    return str(living_profile(context.table, lock["customer"])["id"]) if lock else None


def _read(context: Context, secrets: Secrets, type_: str, raw: str) -> tuple[National, str]:
    rules = context.config.identity
    if type_ not in rules.national_ids or rules.secret is None:
        kept = ", ".join(rules.national_ids) or "none: name them in config/hub.yaml under identity"
        raise NotPossible(f"national ids of this type are not kept; kept are {kept}")
    try:
        one = national_id(type_, raw)
    except Invalid as invalid:
        raise BadQuestion(f"value: {invalid.reason}") from None
    key = secrets.get(rules.secret).get(KEY)
    try:
        return one, national_digest(str(key or "").encode(), one)
    except ValueError as fault:
        raise Misconfigured(f"secret {rules.secret}: {KEY}: {fault}") from None


def _writes(context: Context, profile: Item, one: National, digest: str, by: str, *, locks: bool) -> list[Operation]:
    listed = profile.get("national_ids", [])
    of_type = [held for held in listed if held["type"] == one.type and not held.get("until")]
    if any(held["digest"] != digest for held in of_type):
        raise NotPossible(f"this customer has another {one.type}: one person has one")
    said = {"level": "staff", "source": "staff", "by": by, "since": context.now()}
    writes: list[Operation] = []
    if not of_type:
        held = {"type": one.type, "digest": digest, "mask": one.mask, **said}
        writes.append(items.profile_step(profile, {"national_ids": [*listed, held]}, tells=False))
    if locks:
        pk, sk = keys.identity(KIND, one.type, digest)
        writes.append(Put({"pk": pk, "sk": sk, "customer": profile["id"], **said}, when=(Absent(),)))
    return writes
