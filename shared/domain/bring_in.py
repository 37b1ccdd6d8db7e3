"""Whose a contact is that a tool had before the hub. Pure. identity.md §2.2, §6.

A number or mailbox that a channel attested of one customer links the contact to them. One that nobody attested is
claimed. Where it may be several people's, or the customer has another contact there, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.domain.held import HeldContact
from shared.domain.identity import Canonical, Invalid, canonical, is_matchable, phone_flags
from shared.domain.identity.names import names_agree
from shared.domain.identity.pairs import Line, same_line

Outcome = Literal["known", "ours", "colleague", "linked", "claimed", "candidate", "conflict", "unusable"]

OUTCOMES: Final[tuple[Outcome, ...]] = (
    "known", "ours", "colleague", "linked", "claimed", "candidate", "conflict", "unusable",
)  # fmt: skip
"""`known`: brought in before. `ours`: the hub made it. `linked`: to a customer whom a channel attested. `claimed`: of a
customer of its own, until its first message proves it. `candidate`: the same, and perhaps somebody the hub knows.
`conflict`, `unusable`: nothing was written."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value by which nobody is found. `masked`: as much of it as may be shown."""

    kind: str
    masked: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """The values of a contact: those that may find somebody, and those that may not."""

    usable: tuple[Canonical, ...]
    unusable: tuple[Unusable, ...]


def sort_out(contact: HeldContact, country: str) -> Sorted:
    """Each value in its one form, once. `country`: where a phone without `+` was typed."""
    usable: dict[tuple[str, str], Canonical] = {}
    unusable: list[Unusable] = []
    for kind, raw in _said(contact):
        try:
            one = canonical(kind, raw, country)
        except Invalid as invalid:
            unusable.append(Unusable(kind, masked(kind, raw), invalid.reason))
            continue
        if "extension" in one.flags:
            unusable.append(Unusable(kind, masked(kind, raw), "an extension: the line is not the person's"))
        elif not is_matchable(kind, one.value):
            unusable.append(
                Unusable(kind, masked(kind, raw), "nobody's in particular: a placeholder, a service, a desk")
            )
        else:
            usable.setdefault((kind, one.value), one)
    return Sorted(tuple(usable.values()), tuple(unusable))


def _said(contact: HeldContact) -> Iterator[tuple[str, str]]:
    yield from (("phone", one) for one in contact.phones if one.strip())
    yield from (("email", one) for one in contact.emails if one.strip())


def masked(kind: str, raw: str) -> str:
    """What may be shown of a value that somebody typed: the last two digits of a phone, how a mailbox begins."""
    if kind == "phone":
        digits = "".join(character for character in raw if character.isdigit())
        return f"…{digits[-2:]}" if len(digits) > 4 else "…"
    return f"{raw.strip()[:1]}…"


@dataclass(frozen=True, slots=True)
class Holder:
    """A living customer who holds one of the contact's values, in this spelling or another. `other`: the contact of
    this tool that they have already. `is_shared`: several people answer there."""

    customer: str
    identity: Canonical
    value: str
    name: str | None = None
    other: str | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the hub knows of a contact's values. `claimants`: other customers of whom one is claimed."""

    holders: Sequence[Holder] = ()
    claimants: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """`customer`: to whom it is linked. `reason`: of a conflict or a candidate."""

    outcome: Outcome
    customer: str | None = None
    reason: str | None = None


def decide(contact: HeldContact, sorted_out: Sorted, evidence: Evidence) -> Decision:
    """Whose it is, of one that was not brought in before."""
    if contact.is_colleague:
        return Decision("colleague")
    if contact.ours:
        return Decision("ours")
    if not sorted_out.usable:
        return Decision("unusable", reason="no phone or e-mail that is a person's")
    theirs = {one.customer: one for one in evidence.holders if _is_theirs(one, contact)}
    if len(theirs) > 1:
        return Decision("candidate", reason="its numbers and mailboxes are several customers'")
    for holder in theirs.values():
        if holder.other is not None:
            return Decision(
                "conflict", reason=f"its customer has contact {holder.other} there already: merge the two there"
            )
        return Decision("linked", holder.customer)
    if evidence.holders or evidence.claimants:
        return Decision("candidate", reason="perhaps somebody whom the hub knows")
    return Decision("claimed")


def _is_theirs(holder: Holder, contact: HeldContact) -> bool:
    if holder.identity.kind != "phone":
        return holder.value == holder.identity.value and not holder.is_shared
    flags = (*phone_flags(holder.value), *(("shared",) if holder.is_shared else ()))
    attested = Line(holder.value, True, flags)
    typed = Line(holder.identity.value, False, holder.identity.flags)
    return same_line(attested, typed, names_agree=names_agree(holder.name, contact.name)) == "attach"
