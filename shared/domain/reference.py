"""The case's reference for people: `K7QF-3M2X-R`, made from the case id, with a check character.

Crockford's base 32 (no I, L, O, U): it can be read aloud and typed without mistakes; the check character
(Luhn over base 32) finds every single wrong character and every swap of neighbours but one.
"""

from __future__ import annotations

import re
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
"""As keyboards, phones and word processors write them: hyphens, dashes, minus."""
_FOUR = f"([{ALPHABET}]{{4}})[{DASHES}]"
_WRITTEN = re.compile(rf"(?<![0-9A-Z]){_FOUR}{_FOUR}([{ALPHABET}])(?![0-9A-Z])")


def reference_of(case_id: str, attempt: int = 0) -> str:
    """The reference of a case. A collision takes the next `attempt`."""
    number = int.from_bytes(sha256(f"{case_id}/{attempt}".encode()).digest()[:5], "big")
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{body[:4]}-{body[4:]}-{check_character(body)}"


def check_character(body: str) -> str:
    """Luhn's check character over base 32."""
    total = 0
    for place, letter in enumerate(reversed(body)):
        value = ALPHABET.index(letter) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def references_in(text: str) -> list[str]:
    """Every reference written in a text whose check character is right, in order, each once, whatever its dashes."""
    found = (match.groups() for match in _WRITTEN.finditer(text.upper()))
    right = (f"{first}-{second}-{check}" for first, second, check in found if check_character(first + second) == check)
    return list(dict.fromkeys(right))
