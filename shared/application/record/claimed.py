"""Whose a new identity may be by what is only claimed: a CRM's record, or what somebody typed. identity.md §2.2, §6.

A CRM's record attaches, where it is the only one and nothing speaks against it: its number is then verified by use.
What a person typed never does, and a card of somebody else's says nothing: they are candidates, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.application.record.context import Context
from shared.application.record.holding import holding_of
from shared.application.record.who import Sender, is_shared, living_profile
from shared.domain.blocking import Holding, blocking_conflict
from shared.domain.event import Event, Identity
from shared.domain.identity import is_matchable, loose_email, phone_aliases, phone_flags
from shared.domain.identity.names import compare_key, names_agree
from shared.domain.identity.pairs import HOLDERS_OF_A_SHARED_LINE, Line, same_line
from shared.domain.resolution import PARENT
from shared.ports.table import Item
from shared.store.claims import MAILBOX, MOST, Claimed, claimants_of
from shared.store.items import live_identities

KINDS = ("phone", "email")
"""What people type and tools hold."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A living customer of whom the new identity is claimed. `by`: `crm` or `typed`; `loosely`: only a mailbox that
    may be the same; `among_many`: there may be others who were not looked at."""

    identity: Identity
    claimed: Claimed
    profile: Item
    by: str
    loosely: bool = False
    among_many: bool = False

    @property
    def name(self) -> str | None:
        return self.claimed.name_by("crm") or self.profile.get("display_name")

    @property
    def evidence(self) -> str:
        return f"{self.identity.kind} claimed: {self.by}" + (", loosely" if self.loosely else "")


def with_claims(context: Context, event: Event, sender: Sender, *, may_attach: bool = True) -> Sender:
    """The sender with what is claimed of the identities that they gain. 1 RCU for each new phone or e-mail (and each
    other spelling of it); where somebody claims it, 1 for each of their profiles.

    `may_attach`: a tool's one record may turn out to be the sender's; not where it is known who they are.
    """
    gained = [one for one in sender.resolution.claims if _can_be_claimed(one)]
    found = [one for identity in gained for one in _claimants(context, identity)]
    if not found:
        return sender
    crowded = frozenset(identity for identity in gained if _is_crowded(identity, found))
    own = _attached(context, event, sender, found, crowded) if may_attach else None
    if own:
        resolution = replace(sender.resolution, customer=own["id"])
        sender = replace(sender, resolution=resolution, profiles={**sender.profiles, own["id"]: own})
    owner = sender.resolution.customer
    others: dict[str, list[str]] = {}
    for one in found:
        if one.profile["id"] != owner and not one.claimed.is_settled:
            others.setdefault(one.profile["id"], []).append(one.evidence)
    settled = tuple(one.claimed for one in found if not one.claimed.is_settled and not one.loosely)
    return replace(sender, claimants=others, settled=settled, crowded=crowded)


def _can_be_claimed(identity: Identity) -> bool:
    return identity.kind in KINDS and identity.namespace is None and is_matchable(identity.kind, identity.value)


def _claimants(context: Context, identity: Identity) -> Iterator[Claimant]:
    spellings = [identity.value, *(phone_aliases(identity.value) if identity.kind == "phone" else ())]
    seen: set[str] = set()
    for value in spellings:
        said = claimants_of(context.table, identity.kind, value)
        for claimed in said:
            by = _rule(claimed)
            if by:
                seen.add(claimed.customer)
                profile = living_profile(context.table, claimed.customer)
                yield Claimant(identity, claimed, profile, by, among_many=len(said) > MOST)
    if identity.kind == "email":
        for claimed in claimants_of(context.table, MAILBOX, loose_email(identity.value)):
            by = _rule(claimed)
            if by and claimed.customer not in seen and claimed.value != identity.value:
                yield Claimant(identity, claimed, living_profile(context.table, claimed.customer), by, loosely=True)


def _rule(claimed: Claimed) -> str | None:
    return next((rule for rule in ("crm", "typed") if rule in claimed.said), None)


def _is_crowded(identity: Identity, found: list[Claimant]) -> bool:
    """Three customers or more, of three names, are said to be there."""
    names = {compare_key(one.name) for one in found if one.identity == identity and one.by == "crm" and one.name}
    return len(names - {""}) >= HOLDERS_OF_A_SHARED_LINE


def _attached(
    context: Context, event: Event, sender: Sender, found: list[Claimant], crowded: frozenset[Identity]
) -> Item | None:
    """The one customer of a CRM's whose identity this is, where nobody else holds anything of the sender's."""
    resolution = sender.resolution
    if sender.locks or resolution.moves or event.direction != "inbound":
        return None
    records = [one for one in found if one.by == "crm" and not one.loosely]
    profiles = {one.profile["id"]: one.profile for one in records}
    if len(profiles) != 1 or any(one.among_many or one.claimed.is_settled for one in records):
        return None
    if any(one.identity in crowded for one in records):
        return None
    [profile] = profiles.values()
    agree = names_agree(event.display_name, records[0].name)
    if any(not _is_same(one, names_agree=agree) for one in records) or _other_scoped(resolution.claims, profile):
        return None
    brought = Holding(identities=resolution.claims)
    return None if blocking_conflict(brought, holding_of(context.table, profile)) else profile


def _is_same(one: Claimant, *, names_agree: bool) -> bool:
    identity = one.identity
    if identity.kind != "phone":
        return one.claimed.value == identity.value and not is_shared(identity)
    left = Line(identity.value, True, phone_flags(identity.value))
    right = Line(one.claimed.value, False, phone_flags(one.claimed.value))
    return same_line(left, right, names_agree=names_agree) == "attach"


def _other_scoped(brought: tuple[Identity, ...], profile: Item) -> bool:
    """The customer writes by another id of the same portfolio already: that is another user of the platform's."""
    scoped = {one.namespace for one in brought if one.kind == "whatsapp" and one.namespace != PARENT}
    return any(one.kind == "whatsapp" and one.namespace in scoped for one in live_identities(profile))
