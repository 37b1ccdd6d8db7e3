"""A long text in pieces, as a person would cut it: between paragraphs, else lines, sentences, words, characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

Measure = Callable[[str], int]

BREAKS: Final = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\s*\n\s*"),
    re.compile(r"(?<=[.!?…。])\s+"),
    re.compile(r"\s+"),
)
"""Best first. What a break itself is made of belongs to neither piece."""
LEAST: Final = 0.5
"""A better kind of break is taken while it leaves the piece at least so full."""
BEYOND: Final = 16
"""A break that begins just where the piece is full is seen too."""
_JOINER: Final = "\u200d"


def utf16(text: str) -> int:
    """Its length as phones and most providers count: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def pieces(text: str, limit: int, measure: Measure = utf16) -> list[str]:
    """The text in pieces of at most `limit`, none of them empty; nothing but white space at a cut is lost.

    Raises ValueError when not even one character fits.
    """
    rest, found = text.strip(), []
    while measure(rest) > limit:
        end, begin = _cut(rest, _most(rest, limit, measure))
        found.append(rest[:end])
        rest = rest[begin:]
    return [*found, rest] if rest else found


def _most(text: str, limit: int, measure: Measure) -> int:
    """How many characters fit."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    if low == 0:
        raise ValueError("a limit that holds no character")
    return low


def _cut(text: str, most: int) -> tuple[int, int]:
    """Where a piece ends and the next begins."""
    for place, kind in enumerate(BREAKS):
        last = None
        for found in kind.finditer(text, 0, most + BEYOND):
            if 0 < found.start() <= most:
                last = found
        if last is not None and (last.start() >= most * LEAST or place == len(BREAKS) - 1):
            return last.start(), _after_space(text, last.end())
    return (_whole(text, most),) * 2


def _after_space(text: str, begin: int) -> int:
    while begin < len(text) and text[begin].isspace():
        begin += 1
    return begin


def _whole(text: str, most: int) -> int:
    """The last place up to `most` that is between two characters as a person sees them; `most` if there is none."""
    for place in range(most, 0, -1):
        if not _joined(text, place):
            return place
    return most


def _joined(text: str, place: int) -> bool:
    """Whether what stands before and after a place is one character to a person."""
    before, after = text[place - 1], text[place]
    if before == _JOINER or after == _JOINER or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or (before, after) == ("\r", "\n"):
        return True  # the tone of a skin
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    first = place
    while first and _is_flag_half(text[first - 1]):
        first -= 1
    return (place - first) % 2 == 1


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
