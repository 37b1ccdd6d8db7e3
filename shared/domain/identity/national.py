"""National ids: optional, off by default, and never by typing in a chat. identity.md §4.

They are checked, masked and hashed here; nothing stores one in clear. A type that nobody wrote a check for may be
configured as well: it is kept as it comes, `unconfirmed`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.identity.forms import Invalid

LEAST_KEY_BYTES: Final = 32
"""Of the key of the hash: ids are few enough to be guessed by whoever has it, or by trying a short one."""

LONGEST: Final = 40
_DOT: Final = "\N{BULLET}"
_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class National:
    """`type`: what it counts as, perhaps another than asked for (a natural person's RUC is their cédula).
    `unconfirmed`: its check is not known for sure, so it may be none."""

    type: str
    value: str
    unconfirmed: bool = False

    @property
    def mask(self) -> str:
        """`17••••••01`, the only form that people are shown."""
        hidden = len(self.value) - 2 * _SHOWN
        if hidden < 2 * _SHOWN:
            return _DOT * len(self.value)
        return self.value[:_SHOWN] + _DOT * hidden + self.value[-_SHOWN:]


def national_id(type_: str, raw: str) -> National:
    """The one form of an id of this type, such as `EC-cedula`. Raises `Invalid`, without repeating the value."""
    text = re.sub(r"[\s./-]", "", unicodedata.normalize("NFKC", raw)).upper()
    if not text or len(text) > LONGEST or not (text.isascii() and text.isalnum()):
        raise Invalid("an id is letters and digits")
    check = _CHECKS.get(type_)
    return check(text) if check else National(type_, text, unconfirmed=True)


def national_digest(key: bytes, one: National) -> str:
    """The keyed hash by which it is looked up: HMAC-SHA-256. Raises ValueError for a key that is too short."""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"the key of national ids has at least {LEAST_KEY_BYTES} bytes")
    return hmac.new(key, f"{one.type}:{one.value}".encode(), hashlib.sha256).hexdigest()


def _cedula(text: str) -> National:
    if not re.fullmatch(r"\d{10}", text):
        raise Invalid("a cédula has 10 digits")
    if not (1 <= int(text[:2]) <= 24 or text[:2] == "30"):
        raise Invalid("no province has the first two digits")
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(text[:9])]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    if (10 - total % 10) % 10 != int(text[9]):
        raise Invalid("the check digit does not fit")
    return National("EC-cedula", text)


def _ruc(text: str) -> National:
    """A natural person's is their cédula and an establishment. A company's check digit is never held against it:
    newer ones are reported not to have it."""
    if not re.fullmatch(r"\d{13}", text):
        raise Invalid("a RUC has 13 digits")
    if text[10:] == "000":
        raise Invalid("a RUC ends with an establishment, 001 or more")
    if text[2] in "69":
        return National("EC-RUC", text, unconfirmed=True)
    return _cedula(text[:10])


def _cpf(text: str) -> National:
    if not re.fullmatch(r"\d{11}", text):
        raise Invalid("a CPF has 11 digits")
    if len(set(text)) == 1 or not _ends_with_checks(text, (range(10, 1, -1), range(11, 1, -1))):
        raise Invalid("the check digits do not fit")
    return National("BR-CPF", text)


def _cnpj(text: str) -> National:
    if not re.fullmatch(r"[0-9A-Z]{12}\d{2}", text):
        raise Invalid("a CNPJ has 12 letters or digits and two check digits")
    first = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    if len(set(text)) == 1 or not _ends_with_checks(text, (first, (6, *first))):
        raise Invalid("the check digits do not fit")
    return National("BR-CNPJ", text)


def _ends_with_checks(text: str, weights: Sequence[Sequence[int]]) -> bool:
    """Two digits by modulo 11; a letter counts as its ASCII code less 48."""
    for one in weights:
        rest = sum((ord(c) - 48) * weight for c, weight in zip(text, one, strict=False)) % 11
        if int(text[len(one)]) != (0 if rest < 2 else 11 - rest):
            return False
    return True


def _mexican(type_: str, shape: str) -> Callable[[str], National]:
    def check(text: str) -> National:
        if not re.fullmatch(shape, text):
            raise Invalid(f"this is not the shape of {type_}")
        return National(type_, text, unconfirmed=True)

    return check


_CHECKS: Final[dict[str, Callable[[str], National]]] = {
    "EC-cedula": _cedula,
    "EC-RUC": _ruc,
    "BR-CPF": _cpf,
    "BR-CNPJ": _cnpj,
    "MX-RFC": _mexican("MX-RFC", r"[A-Z&]{3,4}\d{6}[0-9A-Z]{3}"),
    "MX-CURP": _mexican("MX-CURP", r"[A-Z]{4}\d{6}[A-Z]{6}[0-9A-Z]\d"),
}

CHECKED: Final = tuple(_CHECKS)
"""Types with a check of their own."""
