"""Whose message is it? The decision alone, from the identities a platform attested and who holds them now.

Follows the decision table for inbound identifier sets. Nothing is merged here: two profiles hit by one event
become a candidate for a person to judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.event import Identity

MAX_IDENTITIES = 20
"""Of one customer. More are attached by their conversation, and listed no longer."""

PARENT = "parent"
"""Namespace of a parent business-scoped id: it spans portfolios, so it never tells two holders apart."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer who holds one of the identities now, and every live identity of theirs.

    `since`: when the message was sent by which they came to hold it.
    """

    customer: str
    identities: tuple[Identity, ...]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """`customer`: whose it is, None for a new one. `claims`: identities nobody held, theirs from now on.

    `moves`: phones that change hands, with the customer who loses them. `candidates`: other customers who
    may be the same person. `outdated`: phones that had changed hands already when the message was sent.
    """

    customer: str | None
    claims: tuple[Identity, ...]
    moves: tuple[tuple[Identity, str], ...] = ()
    candidates: tuple[str, ...] = ()
    outdated: tuple[Identity, ...] = ()


def resolve(
    identities: Sequence[Identity], holders: Mapping[Identity, Holder], at: datetime | None = None
) -> Resolution:
    """Decide from attested identities, best first, and the holders of those that are held.

    `at`: when the message was sent. One from before a phone changed hands does not take it back.
    """
    held = [(identity, holders[identity]) for identity in identities if identity in holders]
    changed = {identity: holder for identity, holder in held if _has_new_holder(identity, identities, holder)}
    outdated = tuple(one for one, holder in changed.items() if at and holder.since and at < holder.since)
    moves = tuple((one, holder.customer) for one, holder in changed.items() if one not in outdated)
    losers = {loser for _, loser in moves}
    hits = dict.fromkeys(holder.customer for identity, holder in held if identity not in changed)
    owner = next((customer for customer in hits if customer not in losers), None)
    return Resolution(
        customer=owner,
        claims=tuple(identity for identity in identities if identity not in holders),
        moves=moves,
        candidates=tuple(customer for customer in hits if customer != owner),
        outdated=outdated,
    )


def _has_new_holder(identity: Identity, identities: Sequence[Identity], holder: Holder) -> bool:
    """A business-scoped id changes with the number: old number and new id are never the same person."""
    if identity.kind != "phone":
        return False
    scoped = {other.namespace: other.value for other in identities if _is_scoped(other)}
    held = [other for other in holder.identities if _is_scoped(other) and other.namespace in scoped]
    return bool(held) and all(other.value != scoped[other.namespace] for other in held)


def _is_scoped(identity: Identity) -> bool:
    return identity.kind == "whatsapp" and identity.namespace != PARENT
