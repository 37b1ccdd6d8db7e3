"""The customer profile as it is shown to people and tools."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from shared.domain.consent import Consent
from shared.domain.event import Level, Moment, Part, Text


class HeldIdentity(Part):
    """An identity of a customer, and where we have it from. `until`: no longer theirs since then."""

    kind: Text
    value: Text
    namespace: Text | None = None
    level: Level
    source: Text
    since: Moment
    until: Moment | None = None


class FieldValue(Part):
    value: Text
    source: Text
    at: Moment


class Doubt(Part):
    """The channel warned at that time that another person may be behind an identity."""

    source: Text
    at: Moment


CONTRACT: Final = ("id", "display_name", "language", "identities", "fields", "active_cases", "merged_into")
"""The keys that others hold on to."""


class Customer(Part):
    """`needs_verification`: tell nothing personal before the person is verified. `consents`: for each purpose and
    channel the record that decides, where it was asked for. `family`: ids of customers who were merged into this one;
    they are answered for still, as this customer."""

    id: Text
    display_name: Text | None = None
    language: Text | None = None
    identities: list[HeldIdentity] = Field(default_factory=list)
    fields: dict[str, FieldValue] = Field(default_factory=dict)
    active_cases: list[Text] = Field(default_factory=list)
    merged_into: Text | None = None
    needs_verification: Doubt | None = None
    consents: list[Consent] | None = None
    family: list[Text] | None = None

    def dump(self) -> dict[str, Any]:
        """The JSON form. The contract's keys are all there, null where unknown: its readers are scripts of others."""
        return {**dict.fromkeys(CONTRACT), **super().dump()}
