"""Ids that a platform or a tool gives: kept as they come, refused when they are no id at all."""

from __future__ import annotations

import re
from typing import Final

from shared.domain.identity.forms import Canonical, Invalid

NOBODY: Final = frozenset({"null", "none", "nil", "undefined", "anonymous", "unknown", "n/a", "na", "-1", "nan"})
"""What programs write where they have no id. A run of zeros is one, too."""

DIGITS: Final = {"messenger": 32, "instagram": 32, "x": 20, "telegram": 16}
"""Kinds whose ids are digits alone, and how many at most. Handles are never keys: they change hands."""

LONGEST: Final = 512
"""Characters of an opaque id."""


def canonical_opaque(kind: str, value: str) -> Canonical:
    """The id as it came, without spaces around it. Raises `Invalid`."""
    text = value.strip()
    if not text or text.lower() in NOBODY or not text.strip("0"):
        raise Invalid("a placeholder, not an id")
    if kind in DIGITS:
        if not (text.isascii() and text.isdecimal()):
            raise Invalid(f"an id of kind {kind} is digits alone; a handle is no identity")
        if len(text) > DIGITS[kind]:
            raise Invalid(f"an id of kind {kind} has at most {DIGITS[kind]} digits")
    elif len(text) > LONGEST or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise Invalid(f"longer than {LONGEST} characters, or with control characters")
    return Canonical(kind, text)
