"""Consents: what a person allowed or forbade, for which purpose, on which channel. Records are only ever added.

The state is derived from all records, never stored alone: the latest by the time it was said decides; of two said
at the same time the more restrictive one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from shared.domain.event import IdentityKind, Moment, Part, Text

Action = Literal["grant", "deny", "withdraw", "expire", "import"]

EVERY_CHANNEL: Final = "*"
MARKETING: Final = "marketing"

ALLOWS: Final = frozenset({"grant"})
"""An import without evidence is only claimed: it allows nothing."""

_ACTIONS: Final[dict[str, Action]] = {"stop": "withdraw", "resume": "grant", "signup": "grant"}
_PURPOSES: Final = {"marketing_messages": MARKETING}


class ConsentIdentity(Part):
    """The identity by which it was said."""

    kind: IdentityKind
    value: Text
    namespace: Text | None = None


class Consent(Part):
    """One record. `evidence`: a digest of the key of the message that says so. `source`: who told us."""

    purpose: Text
    channel: Text
    action: Action
    source: Text
    occurred_at: Moment
    recorded_at: Moment
    evidence: Text
    identities: list[ConsentIdentity] = Field(default_factory=list)


def action_of(choice: str) -> Action | None:
    """What a platform's word for a choice (`stop`, `resume`, `signup`) means, None when nobody knows."""
    return _ACTIONS.get(choice)


def purpose_of(category: str | None) -> str | None:
    """The purpose behind a platform's category of messages, None when nobody knows."""
    return _PURPOSES.get(category or "")


def newest(records: Iterable[Consent]) -> list[Consent]:
    """For each purpose and channel the record that decides, by purpose and channel."""
    decides: dict[tuple[str, str], Consent] = {}
    for record in records:
        place = record.purpose, record.channel
        if place not in decides or _outweighs(record, decides[place]):
            decides[place] = record
    return [decides[place] for place in sorted(decides)]


def newest_of_family(members: Sequence[Sequence[Consent]], joined_at: datetime | None) -> list[Consent]:
    """For each purpose and channel the record that decides for people who were merged: the most restrictive of what
    holds for each of them. `members`: each one's own records.

    What was said after they became one (`joined_at`), by whichever of their identities, is said for all of them.
    """
    since = [one for records in members for one in records if joined_at is not None and one.occurred_at > joined_at]
    decides: dict[tuple[str, str], Consent] = {}
    for records in members:
        own = [one for one in records if one not in since]
        for record in newest([*own, *since]):
            place = record.purpose, record.channel
            if place not in decides or _is_stricter(record, decides[place]):
                decides[place] = record
    return [decides[place] for place in sorted(decides)]


def is_allowed(records: Iterable[Consent], purpose: str, channel: str) -> bool:
    """Whether the person allowed this purpose on this channel. Silence is no consent.

    What was said of every channel counts for each: the later of both decides.
    """
    about = [record for record in records if record.purpose == purpose and record.channel in (channel, EVERY_CHANNEL)]
    decides: Consent | None = None
    for record in about:
        if decides is None or _outweighs(record, decides):
            decides = record
    return decides is not None and decides.action in ALLOWS


def _is_stricter(record: Consent, other: Consent) -> bool:
    if (record.action in ALLOWS) != (other.action in ALLOWS):
        return other.action in ALLOWS
    return record.occurred_at > other.occurred_at


def _outweighs(record: Consent, other: Consent) -> bool:
    if record.occurred_at != other.occurred_at:
        return record.occurred_at > other.occurred_at
    return record.action not in ALLOWS and other.action in ALLOWS
