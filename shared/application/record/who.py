"""Reading who the sender is: locks, spellings of a phone, tombstones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.errors import Permanent
from shared.domain.event import Identity
from shared.domain.identity import is_matchable, phone_aliases
from shared.domain.resolution import MAX_IDENTITIES, Holder, Resolution, resolve
from shared.ports import Item, Table
from shared.store import keys
from shared.store.items import identity_key, listed_identities, live_identities

MAX_TOMBSTONES = 32
"""A chain of merges longer than this is a loop."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The decision, the profiles it was made from, and the lock under which each held identity was found."""

    resolution: Resolution
    profiles: Mapping[str, Item]
    locks: Mapping[Identity, Item]
    origins: Mapping[str, str] = field(default_factory=dict)

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
    table: Table, identities: Sequence[Identity], channel: str, account: str, at: datetime | None = None
) -> Sender:
    """Who holds these identities now, seen by a message sent at `at`. 1 RCU each identity and spelling until one is
    found, 1 each profile."""
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
        since = datetime.fromisoformat(lock["occurred_at"]) if "occurred_at" in lock else None
        holders[identity] = Holder(profile["id"], _held_by(table, profile, lock["customer"]), since)
        locks[identity] = lock
        origins.setdefault(profile["id"], lock["customer"])
    return Sender(resolve(identities, holders, at), profiles, locks, origins)


def _held_by(table: Table, profile: Item, origin: str) -> tuple[Identity, ...]:
    """Everything a customer holds now. What a merge had no room for is listed at the tombstone alone: 1 RCU more."""
    held = live_identities(profile)
    if origin == profile["id"] or len(profile["identities"]) < MAX_IDENTITIES:
        return held
    listed = {(one.kind, one.namespace, one.value) for one in listed_identities(profile)}
    tombstone = table.get(keys.customer(origin)).item or {}
    more = (one for one in live_identities(tombstone) if (one.kind, one.namespace, one.value) not in listed)
    return (*held, *more)


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
