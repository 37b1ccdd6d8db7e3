"""The token of one survey: in the payload of what is tapped, and in the link of a mail.

36 bytes as 58 small letters and digits: the case's id, the sequence of the entry that asked in it, and 128 bits of an
HMAC-SHA256 over both. Nobody can make one without the key. To what it is bound stands in that entry, which never
changes.
"""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

LENGTH: Final = 58
MAC_BYTES: Final = 16
_SUBJECT_BYTES: Final = 20
_PURPOSE: Final = b"hilo survey 1:"
_PREFIX: Final = "survey"


@dataclass(frozen=True, slots=True)
class Asked:
    """The entry that asked: its case and its sequence."""

    case: str
    sequence: int


def make_token(asked: Asked, key: bytes) -> str:
    """The token of a survey, signed with the newest key. Raises ValueError for a case's id that is no UUID."""
    raw = UUID(asked.case).bytes + asked.sequence.to_bytes(4, "big")
    return b32encode(raw + _mac(raw, key)).decode().rstrip("=").lower()


def read_token(token: str, keys: Iterable[bytes]) -> Asked | None:
    """What a token names, if one of the keys in force signed it; in constant time for each key."""
    raw = _decoded(token)
    if raw is None:
        return None
    subject, mac = raw[:_SUBJECT_BYTES], raw[_SUBJECT_BYTES:]
    right = [hmac.compare_digest(mac, _mac(subject, key)) for key in keys]
    if not any(right):
        return None
    return Asked(str(UUID(bytes=subject[:16])), int.from_bytes(subject[16:], "big"))


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


def _decoded(token: str) -> bytes | None:
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = b32decode(token.upper() + "=" * (-LENGTH % 8))
    except Error:
        return None
    # The last letter has bits to spare: of all spellings that decode alike, one is the token.
    return raw if b32encode(raw).decode().rstrip("=").lower() == token else None


def _mac(raw: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + raw, sha256)[:MAC_BYTES]
