"""Reading who the sender is: locks, spellings of a phone, tombstones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.blocking import SHARED
from shared.domain.errors import Permanent
from shared.domain.event import Identity
from shared.domain.identity import email_flags, is_matchable, phone_aliases, phone_flags
from shared.domain.merging import MAX_FAMILY, family_of, origin_of
from shared.domain.resolution import (
    MAX_IDENTITIES,
    SILENT,
    Holder,
    Resolution,
    Spoken,
    may_be_recycled,
    of_other_lines,
    resolve,
)
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.claims import Claimed
from shared.store.items import identity_key, listed_identities, live_identities

MAX_TOMBSTONES = MAX_FAMILY
"""A chain of merges longer than this is a loop."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The decision, the profiles it was made from, and the lock under which each held identity was found.

    `claimants`: other customers of whom a new identity is claimed, with the evidence; `settled`: those claims, which
    find nobody from now on; `crowded`: new identities that so many people claim that they are nobody's alone.
    """

    resolution: Resolution
    profiles: Mapping[str, Item]
    locks: Mapping[Identity, Item]
    origins: Mapping[str, str] = field(default_factory=dict)
    claimants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settled: Sequence[Claimed] = ()
    crowded: frozenset[Identity] = frozenset()

    @property
    def origin(self) -> str | None:
        """Under whose id their best identity was locked: theirs, or that of a customer merged into them. What an
        event brings is written under it, so that undoing the merge has nothing to re-point."""
        owner = self.resolution.customer
        return self.origins.get(owner, owner) if owner else None

    @property
    def profile(self) -> Item | None:
        return self.profiles[self.resolution.customer] if self.resolution.customer else None


def reach_of(identity: Identity, channel: str, account: str) -> str | None:
    """A number that many people share is a key in its own conversation only."""
    if identity.kind == "phone" and not is_matchable(identity.kind, identity.value):
        return f"{channel}:{account}"
    return None


def attested(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    """Those that lock. What somebody typed never does."""
    return tuple(identity for identity in identities if identity.level != "claimed")


def find_sender(
    table: Table, identities: Sequence[Identity], channel: str, account: str, spoken: Spoken = SILENT
) -> Sender:
    """Who holds these identities now, seen by a message that says this. 1 RCU each identity and spelling until one
    is found, 1 each profile; where a number may have been recycled, 2 more to see how long it was silent."""
    profiles: dict[str, Item] = {}
    holders: dict[Identity, Holder] = {}
    locks: dict[Identity, Item] = {}
    origins: dict[str, str] = {}
    for identity in identities:
        lock = _lock_of(table, identity, reach_of(identity, channel, account))
        if lock is None:
            continue
        profile = living_profile(table, lock["customer"])
        profiles[profile["id"]] = profile
        held = _held_by(table, profile, lock["customer"])
        holders[identity] = Holder(
            profile["id"],
            tuple(one for one, _ in held),
            since=datetime.fromisoformat(lock["occurred_at"]) if "occurred_at" in lock else None,
            shared=bool(lock.get(SHARED)) or is_shared(identity),
            name=profile.get("display_name"),
            elsewhere=of_other_lines(held, lock["customer"]),
        )
        locks[identity] = lock
        origins.setdefault(profile["id"], lock["customer"])
    for identity, holder in holders.items():
        if identity.kind == "phone" and may_be_recycled(identities, holders, holder, spoken):
            holders[identity] = replace(holder, last_heard=_last_heard(table, profiles[holder.customer]))
    return Sender(resolve(identities, holders, spoken), profiles, locks, origins)


def is_shared(identity: Identity) -> bool:
    """Whether several people answer there, as far as the identity itself says so: desks, landlines, machines."""
    if identity.kind == "phone":
        return SHARED in phone_flags(identity.value)
    return identity.kind == "email" and SHARED in email_flags(identity.value)


def _last_heard(table: Table, profile: Item) -> datetime:
    """When they wrote last: to one of their newest or active cases, or when they became a customer."""
    newest = (
        table.query(keys.customer(member)[0], index="cases", descending=True, limit=1).items
        for member in family_of(profile)
    )
    listed = {keys.case(case) for case in profile["cases"]} | {(one["pk"], one["sk"]) for few in newest for one in few}
    cases = (table.get(key).item for key in sorted(listed))
    heard = [case["last_customer_at"] for case in cases if case and "last_customer_at" in case]
    return max(map(datetime.fromisoformat, [profile["created_at"], *heard]))


def first_lock(table: Table, identities: Sequence[Identity], channel: str, account: str) -> Item | None:
    """The lock of the first of these identities that is held. 1 RCU each until one is found."""
    locks = (table.get(identity_key(one, reach_of(one, channel, account))).item for one in identities)
    return next(filter(None, locks), None)


def _held_by(table: Table, profile: Item, origin: str) -> list[tuple[Identity, str]]:
    """Everything a customer holds now, each with under whose id it was locked. What a merge had no room for is listed
    at the tombstone alone: 1 RCU more."""
    held = _live(profile)
    if origin == profile["id"] or len(profile["identities"]) < MAX_IDENTITIES:
        return held
    listed = {(one.kind, one.namespace, one.value) for one in listed_identities(profile)}
    tombstone = table.get(keys.customer(origin)).item or {"id": origin}
    more = ((one, whose) for one, whose in _live(tombstone) if (one.kind, one.namespace, one.value) not in listed)
    return [*held, *more]


def _live(profile: Item) -> list[tuple[Identity, str]]:
    listed = [one for one in profile.get("identities", []) if not one.get("until")]
    whose = [origin_of(one, profile["id"]) for one in listed]
    return list(zip(live_identities(profile), whose, strict=True))


def living_profile(table: Table, customer: str) -> Item:
    """The profile, or the survivor it was merged into. 1 RCU each step."""
    current = customer
    for _ in range(MAX_TOMBSTONES):
        profile = table.get(keys.customer(current)).item
        if profile is None:
            raise Permanent(f"customer {current} is named by an identity or a case, but does not exist")
        if not profile.get("merged_into"):
            return profile
        current = profile["merged_into"]
    raise Permanent(f"customer {customer} was merged in a circle")


def _lock_of(table: Table, identity: Identity, reach: str | None) -> Item | None:
    found = table.get(identity_key(identity, reach)).item
    if found is not None or identity.kind != "phone" or reach:
        return found
    for spelling in phone_aliases(identity.value):
        found = table.get(keys.identity("phone", identity.namespace, spelling)).item
        if found is not None:
            return found
    return None
