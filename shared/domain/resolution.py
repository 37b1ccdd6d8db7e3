"""Whose message is it? The decision alone, from the identities a platform attested and who holds them now.

Follows the decision table for inbound identifier sets (identity.md §6) and its rules for a number's next holder
(§7). Nobody is merged here: what may be merged is said, and whoever merges looks for what forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.domain.blocking import signed_ids
from shared.domain.event import Identity
from shared.domain.identity.names import is_another_name

MAX_IDENTITIES = 20
"""Of one customer. More are attached by their conversation, and listed no longer."""

PARENT = "parent"
"""Namespace of a parent business-scoped id: it spans portfolios, so it never tells two holders apart."""

UNVERIFIED = "unverified"
"""Namespace of an e-mail address whose sender was not authenticated: it names a conversation, and proves nobody."""

RECYCLED_AFTER: Final = timedelta(days=180)
"""Silence after which a number may have been given to somebody else."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer who holds one of the identities now, and every live identity of theirs.

    `since`: when the message was sent by which they came to hold it. `shared`: several people answer at this
    identity. `name`: how they were called last; `last_heard`: when they wrote last, where that was looked up.
    `elsewhere`: scoped ids of theirs that go with another phone of theirs (see `of_other_lines`).
    """

    customer: str
    identities: tuple[Identity, ...]
    since: datetime | None = None
    shared: bool = False
    name: str | None = None
    last_heard: datetime | None = None
    elsewhere: frozenset[Identity] = frozenset()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a message says beside its identities. `at`: when it was sent. `name`: the sender's."""

    at: datetime | None = None
    name: str | None = None
    recycled_after: timedelta = RECYCLED_AFTER


SILENT: Final = Spoken()
"""Nothing is known beside the identities."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """`customer`: whose it is, None for a new one. `claims`: identities nobody held, theirs from now on.

    `moves`: phones that change hands, with the customer who loses them. `candidates`: other customers who
    may be the same person. `merges`: others who are, unless something forbids it: one platform named them both.
    `outdated`: phones that had changed hands already when the message was sent. `foreign`: its best identity, where
    that is of somebody who signed in as another user: a browser that two people share.
    """

    customer: str | None
    claims: tuple[Identity, ...]
    moves: tuple[tuple[Identity, str], ...] = ()
    candidates: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()
    outdated: tuple[Identity, ...] = ()
    foreign: tuple[Identity, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """Every other customer whom the message names."""
        return (*self.merges, *self.candidates)


def resolve(identities: Sequence[Identity], holders: Mapping[Identity, Holder], spoken: Spoken = SILENT) -> Resolution:
    """Decide from attested identities, best first, and the holders of those that are held.

    A message from before a phone changed hands does not take it back.
    """
    held = [(identity, holders[identity]) for identity in identities if identity in holders]
    changed = {one: holder for one, holder in held if _changes_hands(one, identities, holders, spoken)}
    outdated = tuple(one for one, holder in changed.items() if _is_older(spoken, holder))
    moves = tuple((one, holder.customer) for one, holder in changed.items() if one not in outdated)
    losers = {loser for _, loser in moves}
    stay = [(identity, holder) for identity, holder in held if identity not in changed]
    hits = dict.fromkeys(holder.customer for _, holder in stay)
    strangers = {holder.customer for _, holder in stay if _signed_apart(identities, holder.identities)}
    owner = next((customer for customer in hits if customer not in losers | strangers), None)
    others = [customer for customer in hits if customer != owner]
    merges = [one for one in others if owner and one not in losers and _is_one_person(owner, one, stay)]
    return Resolution(
        customer=owner,
        claims=tuple(identity for identity in identities if identity not in holders),
        moves=moves,
        candidates=tuple(customer for customer in others if customer not in merges),
        merges=tuple(merges),
        outdated=outdated,
        foreign=tuple(one for one, holder in stay if one == identities[0] and holder.customer in strangers),
    )


def _is_older(spoken: Spoken, holder: Holder) -> bool:
    return bool(spoken.at and holder.since and spoken.at < holder.since)


def _is_one_person(owner: str, other: str, hits: Sequence[tuple[Identity, Holder]]) -> bool:
    """The platform says that both are the sender, by identities at which one person answers."""
    proving = {one: [holder for identity, holder in hits if holder.customer == one and _proves(identity, holder)]
               for one in (owner, other)}  # fmt: skip
    if not proving[owner] or not proving[other]:
        return False
    return not _scoped_apart(proving[owner][0].identities, proving[other][0].identities)


def _proves(identity: Identity, holder: Holder) -> bool:
    return not holder.shared and identity.namespace != UNVERIFIED


def _scoped_apart(first: Sequence[Identity], second: Sequence[Identity]) -> bool:
    """Each has a business-scoped id of one portfolio, and not the same: for the platform these are two users."""
    ids = {one.namespace: one.value for one in first if _is_scoped(one)}
    return any(ids.get(one.namespace, one.value) != one.value for one in second if _is_scoped(one))


def _signed_apart(first: Sequence[Identity], second: Sequence[Identity]) -> bool:
    """They signed in at one site, and not as the same user."""
    mine, theirs = signed_ids(first), signed_ids(second)
    return any(users.isdisjoint(theirs.get(site, users)) for site, users in mine.items())


def of_other_lines(held: Sequence[tuple[Identity, str]], origin: str) -> frozenset[Identity]:
    """Of what a customer holds, each with under whose id it was locked: the scoped ids that go with another phone
    than one of `origin`, since the customer who brought them brought a phone of their own along."""
    phones = {whose for one, whose in held if one.kind == "phone"}
    return frozenset(one for one, whose in held if _is_scoped(one) and whose != origin and whose in phones)


def _changes_hands(
    identity: Identity, identities: Sequence[Identity], holders: Mapping[Identity, Holder], spoken: Spoken
) -> bool:
    holder = holders[identity]
    if identity.kind != "phone" or _is_named_twice(holder.customer, identities, holders):
        return False
    scoped = {other.namespace: other.value for other in identities if _is_scoped(other)}
    own = [other for other in holder.identities if other not in holder.elsewhere]
    held = [other for other in own if _is_scoped(other) and other.namespace in scoped]
    if held:
        # A business-scoped id changes with the number: old number and new id are never the same person.
        return all(other.value != scoped[other.namespace] for other in held)
    return may_be_recycled(identities, holders, holder, spoken) and _was_silent(holder, spoken)


def _is_named_twice(customer: str, identities: Sequence[Identity], holders: Mapping[Identity, Holder]) -> bool:
    """A business-scoped id of the very customer came with the phone: between two lines of theirs nothing changes hands,
    be they theirs by a merge or not."""
    return any(_is_scoped(one) and one in holders and holders[one].customer == customer for one in identities)


def may_be_recycled(
    identities: Sequence[Identity], holders: Mapping[Identity, Holder], holder: Holder, spoken: Spoken
) -> bool:
    """Signs that a phone without an id of its own was given to somebody else: an id that nobody has seen, and a
    name without a word of the holder's. Only a long silence makes them enough."""
    is_new = any(_is_scoped(one) and one not in holders for one in identities)
    return is_new and is_another_name(spoken.name, holder.name)


def _was_silent(holder: Holder, spoken: Spoken) -> bool:
    if spoken.at is None or holder.last_heard is None:
        return False
    return spoken.at - holder.last_heard > spoken.recycled_after


def _is_scoped(identity: Identity) -> bool:
    return identity.kind == "whatsapp" and identity.namespace != PARENT
