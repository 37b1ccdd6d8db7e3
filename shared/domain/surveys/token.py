"""The token of one survey: in the payload of what is tapped, and in the link of a mail.

36 bytes as 58 small letters and digits: the case's id, the sequence of the entry that asked in it, and 128 bits of an
HMAC-SHA256 over both. Nobody can make one without the key. To what it is bound stands in that entry, which never
changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.domain.signed_token import TokenForm

_FORM: Final = TokenForm(b"hilo survey 1:", subject_bytes=20, mac_bytes=16)
LENGTH: Final = _FORM.length
_PREFIX: Final = "survey"


@dataclass(frozen=True, slots=True)
class Asked:
    """The entry that asked: its case and its sequence."""

    case: str
    sequence: int


def make_token(asked: Asked, key: bytes) -> str:
    """The token of a survey, signed with the newest key. Raises ValueError for a case's id that is no UUID."""
    return _FORM.make(UUID(asked.case).bytes + asked.sequence.to_bytes(4, "big"), key)


def read_token(token: str, keys: Iterable[bytes]) -> Asked | None:
    """What a token names, if one of the keys in force signed it; in constant time for each key."""
    subject = _FORM.read(token, keys)
    return Asked(str(UUID(bytes=subject[:16])), int.from_bytes(subject[16:], "big")) if subject else None


def payload(token: str, answer: int) -> str:
    """What comes back with the tap of one answer."""
    return f"{_PREFIX}:{token}:{answer}"


def read_payload(text: str) -> tuple[str, int] | None:
    """Token and answer of a payload; None for what is no survey's. The token is not checked yet."""
    prefix, _, rest = text.partition(":")
    token, _, answer = rest.partition(":")
    is_number = answer.isascii() and answer.isdigit() and len(answer) <= 2
    if prefix != _PREFIX or len(token) != LENGTH or not is_number:
        return None
    return token, int(answer)
