"""Two phones: the same line, perhaps, or not, and what follows from it. identity.md §2.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from shared.domain.blocking import SHARED
from shared.domain.identity.forms import UNMATCHABLE, Canonical, Invalid
from shared.domain.identity.phone import canonical_phone, phone_flags, whatsapp_phone
from shared.domain.identity.phone_repairs import phone_aliases

Verdict = Literal["attach", "candidate", "shared", "no"]
"""`attach`: one line, and its channel names who is there. `candidate`: for a person to judge. `shared`: one line at
which several people answer. `no`: two lines, or a number that is none."""

_ARGENTINA: Final = "+54"
"""Its landline form may be the mobile without the 9, or a landline."""

HOLDERS_OF_A_SHARED_LINE: Final = 3
"""Customers with names of their own at one number, from which on it is nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Line:
    """A phone in its one form. `attested`: its channel names the person there; else somebody typed or imported it.
    `flags`: see `FLAGS`; `shared` among them where several people answer."""

    value: str
    attested: bool
    flags: tuple[str, ...] = ()

    @property
    def is_shared(self) -> bool:
        return SHARED in self.flags or not UNMATCHABLE.isdisjoint(self.flags)


def attested_line(supplied: str, *, shared: bool = False) -> Line:
    """A number that the channel itself supplied. Raises ValueError when it is none."""
    value = whatsapp_phone(supplied)
    return Line(value, True, (*phone_flags(value), *((SHARED,) if shared else ())))


def typed_line(raw: str, country: str | None, *, shared: bool = False) -> Line | None:
    """A number that somebody typed or imported; None when it is no number of that country."""
    try:
        found: Canonical = canonical_phone(raw, country)
    except Invalid:
        return None
    return Line(found.value, False, (*found.flags, *((SHARED,) if shared else ())))


def same_line(left: Line | None, right: Line | None, *, names_agree: bool = False) -> Verdict:
    """What two phones decide about the two customers who have them. The same whichever comes first.

    `names_agree`: of these two customers; it settles Argentina's form without the 9, nothing else.
    """
    if left is None or right is None:
        return "no"
    by_alias = left.value in phone_aliases(right.value) or right.value in phone_aliases(left.value)
    if left.value != right.value and not by_alias:
        return "no"
    both = left.attested and right.attested
    if by_alias and left.value.startswith(_ARGENTINA) and not both:
        return "attach" if names_agree and (left.attested or right.attested) else "candidate"
    if left.is_shared or right.is_shared:
        return "shared"
    return "attach" if left.attested or right.attested else "candidate"
