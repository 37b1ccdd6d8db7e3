"""Pages of a list: how many, and where the last one ended."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from shared.application.inquire_errors import BadQuestion

MAX_CURSOR = 2048
"""Characters. No position of ours comes near it."""

_POSITION = 200
"""Characters of one part of a position; as UTF-8 it fits the 1,024 bytes of a sort key."""


def cursor_of(**position: str) -> str:
    """An opaque text that stands for this position in a list."""
    raw = json.dumps(position, separators=(",", ":")).encode("ascii")
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def position_of(cursor: str | None, *parts: str, longest: int = _POSITION) -> dict[str, str] | None:
    """What `cursor_of` was given, or None for the beginning. Raises `BadQuestion` for anything else.

    `longest`: characters of one part, where that is no sort key.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw[: max(MAX_CURSOR, 8 * longest)])
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise BadQuestion("cursor: not one that this list gave out") from fault
    if not _fits(position, parts, longest):
        raise BadQuestion("cursor: not one that this list gave out")
    return {part: position[part] for part in parts}


def _fits(position: object, parts: tuple[str, ...], longest: int) -> bool:
    if not isinstance(position, dict) or set(position) != set(parts):
        return False
    return all(isinstance(text, str) and len(text) <= longest and _encodable(text) for text in position.values())


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def limit_of(query: Mapping[str, str], otherwise: int, most: int) -> int:
    """The `limit` asked for, at most `most`. Raises `BadQuestion` unless it is a whole number from 1."""
    text = query.get("limit")
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise BadQuestion("limit: not a whole number from 1")
    return min(int(text), most)
