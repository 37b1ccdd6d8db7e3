"""What a spreadsheet must not compute."""

from __future__ import annotations

import re
from typing import Final, TypeVar

Value = TypeVar("Value")

_BLANK: Final = ("\t", "\r", "\n")
_FORMULA: Final = re.compile(r"(^|[;,\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""At the start, and wherever a spreadsheet of another country's settings may begin a cell: with a semicolon between
cells `a;=1` is two of them. Wide signs count as well."""

_UNKNOWN: Final = "-"


def harmless(value: Value) -> Value | str:
    """A name from outside with an apostrophe before what a spreadsheet would take for a formula. Numbers stay as they
    are, and so does a dash alone."""
    if not isinstance(value, str) or value == _UNKNOWN:
        return value
    text = _FORMULA.sub(r"\1'", value)
    return f"'{text}" if text.startswith(_BLANK) else text
