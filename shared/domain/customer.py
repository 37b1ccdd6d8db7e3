"""The customer profile as it is shown to people and tools."""

from __future__ import annotations

from typing import Any

from pydantic import Field

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


class Customer(Part):
    id: Text
    display_name: Text | None = None
    language: Text | None = None
    identities: list[HeldIdentity] = Field(default_factory=list)
    fields: dict[str, FieldValue] = Field(default_factory=dict)
    active_cases: list[Text] = Field(default_factory=list)
    merged_into: Text | None = None

    def dump(self) -> dict[str, Any]:
        """The JSON form. Of a customer every key is there, null where unknown: its readers are scripts of others."""
        return {**dict.fromkeys(type(self).model_fields), **super().dump()}
