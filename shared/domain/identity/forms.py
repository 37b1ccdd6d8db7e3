"""What canonicalisation gives back, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.errors import HubError


class Invalid(HubError):
    """The value cannot be an identity of its kind. `reason` says why, without repeating the value."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """One identity in its one form.

    `aliases`: other forms under which the same line can arrive. They are looked up, never locked.
    `flags`: what to know before matching on it, in the order found; see `UNMATCHABLE` and `FLAGS`.
    """

    kind: str
    value: str
    aliases: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


FLAGS = {
    "shared": "several people answer there: never merge two customers on it",
    "fixed_line": "a landline; always `shared` as well",
    "toll_free": "a free number of a company",
    "shared_cost": "a shared-cost number of a company",
    "premium_rate": "a paid service",
    "uan": "a company's universal number",
    "extension": "the line has an extension, which is not part of the value",
    "placeholder": "the last seven digits are equal: what people type to fill a field",
    "possible": "the length fits but no known pattern does: the channel gave it, so it is kept",
    "parent": "the id of a user across linked portfolios",
    "role": "a desk, not a person",
    "no_reply": "a machine: never make a person of it",
}
"""Every flag and what it means."""

UNMATCHABLE = frozenset(
    {"toll_free", "shared_cost", "premium_rate", "uan", "extension", "placeholder", "role", "no_reply"}
)
"""Flags that forbid matching beyond the identity's own conversation."""
