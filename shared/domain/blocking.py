"""What forbids that two customers become one, whoever asks: identity.md §6, "blocking conflicts". Pure.

Staff may still decide otherwise where a person can judge it; no rule does so by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.domain.event import Identity, Level

PROVEN: Final = frozenset({"confirmed", "staff"})
"""Levels that somebody proved: by a code, a signed login, a document."""

LIMITS: Final = {"phone": 5, "email": 5}
"""How many of a kind one person has at most. Beyond it two people are more likely than one."""

RESTRICTIONS: Final = ("legal_hold", "erasure", "dispute")
"""What freezes a customer as they are: they neither take nor give."""

SHARED: Final = "shared"
"""Flag of an identity at which several people answer: by its type, by how many hold it, or by staff."""


@dataclass(frozen=True, slots=True)
class NationalId:
    """`type` such as `EC-cedula`. `digest`: the keyed hash, the only form that is ever compared."""

    type: str
    digest: str
    level: Level


@dataclass(frozen=True, slots=True)
class Holding:
    """What one customer holds, as far as it decides about a merge.

    `identities`: those held now. `remotes`: for each connector the contact there that existed before the hub
    linked it (adopted); where the tool itself merged two of them, both customers name the survivor.
    `restrictions`: those of `RESTRICTIONS` in force.
    """

    identities: tuple[Identity, ...] = ()
    remotes: Mapping[str, str] = field(default_factory=dict)
    national_ids: tuple[NationalId, ...] = ()
    restrictions: frozenset[str] = frozenset()


def blocking_conflict(first: Holding, second: Holding) -> str | None:
    """Why these two must not be merged, in a short word for metrics and evidence; None when nothing forbids it.

    `legal_hold`, `erasure`, `dispute`, `national_id`, `crm_record`, `signed_user_id`, `too_many_phone`,
    `too_many_email`. The same whichever of the two comes first.
    """
    return next(_conflicts(first, second), None)


def _conflicts(first: Holding, second: Holding) -> Iterator[str]:
    yield from (one for one in RESTRICTIONS if one in first.restrictions | second.restrictions)
    if _differ(_national_ids(first), _national_ids(second)):
        yield "national_id"
    if any(second.remotes.get(connector, remote) != remote for connector, remote in first.remotes.items()):
        yield "crm_record"
    if _differ(signed_ids(first.identities), signed_ids(second.identities)):
        yield "signed_user_id"
    for kind, most in LIMITS.items():
        if len(_values(first, kind) | _values(second, kind)) > most:
            yield f"too_many_{kind}"


def _differ(first: Mapping[str, set[str]], second: Mapping[str, set[str]]) -> bool:
    """Both have one of the same sort, and not the same one."""
    return any(second.get(sort, values) != values for sort, values in first.items())


def _national_ids(holding: Holding) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in holding.national_ids:
        if one.level in PROVEN:
            found.setdefault(one.type, set()).add(one.digest)
    return found


def signed_ids(identities: Iterable[Identity]) -> dict[str, set[str]]:
    """Ids by which the company's own login knows the person, by site. One person has one at each."""
    found: dict[str, set[str]] = {}
    for one in identities:
        if one.kind == "external" and one.level in PROVEN:
            found.setdefault(one.namespace or "-", set()).add(one.value)
    return found


def _values(holding: Holding, kind: str) -> set[str]:
    return {one.value for one in holding.identities if one.kind == kind and one.level != "claimed"}
