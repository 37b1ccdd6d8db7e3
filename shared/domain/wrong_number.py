"""Messages that say: whoever you take me for, I am not. identity.md §7. Pure, and the same in every language."""

from __future__ import annotations

from typing import Final

from shared.domain.identity.names import compare_key
from shared.domain.opt_out import LONGEST, plain

_PHRASES: Final = """
numero equivocado / esta equivocado de numero / se equivoco de numero / numero incorrecto / no soy / no soy yo
no soy esa persona / no es mi numero / este numero ya no es de esa persona / numero errado / e engano / foi engano
nao sou / nao sou eu / nao sou essa pessoa / wrong number / not me / i am not that person / i m not that person
"""
_DENIALS: Final = ("no soy", "nao sou", "i am not", "i m not")
"""What stands before the name of whom they are not."""

PHRASES: Final = frozenset(phrase.strip() for line in _PHRASES.strip().splitlines() for phrase in line.split("/"))


def may_be_wrong(text: str | None) -> bool:
    """Whether the whole message is such a phrase, or denies to be somebody who is named."""
    if not text or len(text) > LONGEST:
        return False
    said = plain(text)
    return said in PHRASES or any(said.startswith(f"{denial} ") for denial in _DENIALS)


def is_wrong_number(text: str | None, name: str | None) -> bool:
    """Whether the message says, and says nothing else, that its sender is not the customer of this name."""
    if not text or not may_be_wrong(text):
        return False
    said = plain(text)
    if said in PHRASES:
        return True
    named = next(said.removeprefix(f"{denial} ") for denial in _DENIALS if said.startswith(f"{denial} ")).split()
    words = set(plain(compare_key(name or "")).split())
    return bool(named) and words.issuperset(named)
