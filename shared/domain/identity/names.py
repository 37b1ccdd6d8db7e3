"""Names of people. Never a key: they only make a candidate likelier, or a new holder of a number."""

from __future__ import annotations

import unicodedata
from typing import Final

PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "da", "das", "do", "dos", "y", "e"})
"""Little words between names that some write and others do not."""

_ENYE: Final = "\N{COMBINING TILDE}"


def compare_key(name: str) -> str:
    """One spelling for comparing: no case, marks, emoji or format characters, single spaces."""
    return _key(name, "")


def is_same_name(one: str, other: str) -> bool:
    """Equal but for case, accents and spaces. `Peña` and `Pena` are two names, though they look alike."""
    return bool(compare_key(one)) and _key(one, _ENYE) == _key(other, _ENYE)


def name_similarity(one: str, other: str) -> float:
    """How much of the shorter name the longer one has, word by word, 0 to 1: order, particles and second surnames
    do not count, and an initial is as good as the word. 0 where one has no word at all."""
    fewer, more = sorted((_tokens(one), _tokens(other)), key=len)
    return _matched(fewer, more) / len(fewer) if fewer else 0.0


def names_agree(one: str | None, other: str | None) -> bool:
    """Two words or more, all of them in the other: `Pérez Gómez, María` and `Maria Perez`. One name alone is too
    common to say anything."""
    if not one or not other:
        return False
    return min(len(_tokens(one)), len(_tokens(other))) > 1 and name_similarity(one, other) == 1.0


def is_another_name(one: str | None, other: str | None) -> bool:
    """Both are names, and not a word is the same."""
    if not one or not other:
        return False
    return bool(_tokens(one)) and bool(_tokens(other)) and name_similarity(one, other) == 0.0


def _key(name: str, kept: str) -> str:
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    letters = []
    for before, character in zip(" " + folded, folded, strict=False):
        category = unicodedata.category(character)
        if category[0] == "M":
            letters.append(character if character == kept and before == "n" else "")
        elif category[0] == "Z":
            letters.append(" ")
        elif category[0] != "C" and category not in ("So", "Sk"):
            letters.append(character)
    return " ".join("".join(letters).split())


def _tokens(name: str) -> list[str]:
    words = "".join(c if c.isalnum() else " " for c in compare_key(name)).split()
    return sorted({word for word in words if word not in PARTICLES}, key=len, reverse=True)


def _matched(fewer: list[str], more: list[str]) -> int:
    """Words of the shorter name that are in the longer one, each of which counts once."""
    left = list(more)
    matched = 0
    for word in fewer:
        found = next((each for each in left if _is_word(word, each)), None)
        if found is not None:
            left.remove(found)
            matched += 1
    return matched


def _is_word(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
