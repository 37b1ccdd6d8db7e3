"""What a spreadsheet must not compute."""

from __future__ import annotations

from typing import Final, TypeVar

Value = TypeVar("Value")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_UNKNOWN: Final = "-"


def harmless(value: Value) -> Value | str:
    """A name from outside that a spreadsheet would take for a formula, after an apostrophe. Numbers stay as they are,
    and so does a dash alone."""
    if isinstance(value, str) and value != _UNKNOWN and value.startswith(_FORMULA):
        return f"'{value}"
    return value
