"""The case: one matter of one customer, across channels, from opening to closure."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.domain.event import Moment, Part, Text

State = Literal["new", "open", "pending_customer", "on_hold", "resolved", "closed", "merged", "spam"]

ACTIVE: Final[frozenset[State]] = frozenset({"new", "open", "pending_customer", "on_hold"})
"""States in which a message on the case's own conversation joins it."""


class Case(Part):
    """A case as tools and people see it. `version` is the sequence of its last entry.

    `merged_into`: the case in which it goes on. `owner`: the agent who has it, by the name the tool knows them by.
    """

    id: Text
    reference: Text
    state: State
    brand: Text
    customer: Text
    channels: list[Text] = Field(default_factory=list)
    opened_at: Moment
    version: int
    follow_up_of: Text | None = None
    merged_into: Text | None = None
    owner: Text | None = None
    priority: Text | None = None
