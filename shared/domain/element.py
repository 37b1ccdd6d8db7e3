"""What a webhook makes of a delivery: elements, each one a small delivery of its own. Standard library alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


def digest(*parts: str) -> str:
    """SHA-256 over named parts, in hex. Parts are length-prefixed, so no two lists of parts collide."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        sha.update(b"%d:" % len(raw))
        sha.update(raw)
    return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a delivery, before anybody reads what it says.

    `raw` is a delivery in the provider's own shape that holds this element alone, with what is needed to
    read it (metadata, the contact it belongs to). `person` is the id that orders it among its siblings.
    `copy_of` are the parts by which a second delivery of the same element is recognised.
    `unreadable`, when set, says why nobody will be able to read it.
    """

    channel: str
    account: str
    person: str
    copy_of: tuple[str, ...]
    raw: dict[str, Any]
    unreadable: str | None = None

    @property
    def group(self) -> str:
        return digest("person", self.channel, self.account, self.person)

    @property
    def deduplication(self) -> str:
        return digest("element", self.channel, self.account, *self.copy_of)
