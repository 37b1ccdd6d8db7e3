"""A body of Meta's, read from its bytes whatever is in it. Standard library alone: this runs in webhooks."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any, Final

from shared.domain.errors import Malformed

MAX_DEPTH: Final = 64
"""Deeper than this and other people's tools, ours included, may run out of stack. Real elements stay under 15."""

_MAX_DIGITS: Final = 40

LISTS: Final = (
    "messages",
    "statuses",
    "message_echoes",
    "calls",
    "user_preferences",
    "user_id_update",
    "state_sync",
    "history",
    "groups",
    "errors",
)
"""What a change's value may hold, in the order in which its elements are counted."""

ENTRY_LISTS: Final = ("messaging", "standby")
"""What an entry may hold beside its changes, in the order in which its elements are counted."""

Loose = dict[str, Any]


def read(body: bytes) -> Loose:
    """The object in a body. Raises Malformed when it is not JSON or no object."""
    try:
        text = body.decode("utf-8")
        document = _parsed(text)
    except ValueError as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(document, dict):
        raise Malformed("the body is not a JSON object")
    return document


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except RecursionError:  # one element nested without end must not cost its siblings
        return _DECODER.decode(_cut_down(text))


def _cut_down(text: str) -> str:
    """The same JSON with a 0 for everything beyond twice MAX_DEPTH: readable, and still too deep to be believed.

    Brackets that are never closed stay open, so that the text stays no JSON.
    """
    kept: list[str] = []
    depth = begin = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        mark = token.group()[0]
        if mark in "[{":
            depth += 1
            if depth == _CUT:
                kept.append(text[begin : token.start()])
        elif mark in "]}":
            if depth == _CUT:
                kept.append("0")
                begin = token.end()
            depth -= 1
    return "".join([*kept, text[begin:]]) if depth < _CUT else "".join(kept)


def _integer(digits: str) -> int | str:
    """Python refuses to convert (and to print) more than 4,300 digits: absurd numbers stay text."""
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _decimal(digits: str) -> float | str:
    """`1e999` would become infinity, which JSON cannot say: it stays text."""
    number = float(digits)
    return number if math.isfinite(number) else digits


_DECODER: Final = json.JSONDecoder(parse_int=_integer, parse_float=_decimal, parse_constant=str)
_CUT: Final = 2 * MAX_DEPTH
_BRACKET_OR_STRING: Final = re.compile(r'[\[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)', re.DOTALL)


def is_plain(value: Any) -> bool:
    """Whether it is a text or a number."""
    return isinstance(value, str | int | float)


def id_of(value: Any) -> str:
    """An id as text: numbers are taken as well, an empty one is absent, anything else names nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def is_too_deep(value: Any) -> bool:
    """Deeper than MAX_DEPTH. Level by level, without recursion: this is what guards everything that recurses."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def hash_of(content: Any) -> str:
    """SHA-256 of a JSON value, in hex, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
