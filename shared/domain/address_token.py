"""The token in an address that belongs to one case: `caso+<token>@example.com`, or in a portal's link.

26 bytes as 42 small letters and digits, so that it survives mail systems that fold case: the case's id, and 80 bits
of an HMAC-SHA256 over it. Whoever writes to it may join the case; nobody can make one without the key.
"""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from uuid import UUID

MAC_BYTES: Final = 10
_ID_BYTES: Final = 16
LENGTH: Final = 42
_PURPOSE: Final = b"hilo case address 1:"


def make_token(case_id: str, key: bytes) -> str:
    """The token of a case, signed with the newest key. Raises ValueError for an id that is no UUID."""
    raw = UUID(case_id).bytes
    return b32encode(raw + _mac(raw, key)).decode().rstrip("=").lower()


def case_of_token(token: str, keys: Iterable[bytes]) -> str | None:
    """The id of the case that a token names, if one of the keys in force signed it; in constant time for each key."""
    raw = _decoded(token)
    if raw is None:
        return None
    subject, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
    right = [hmac.compare_digest(mac, _mac(subject, key)) for key in keys]
    return str(UUID(bytes=subject)) if any(right) else None


def _decoded(token: str) -> bytes | None:
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = b32decode(token.upper() + "=" * (-LENGTH % 8))
    except Error:
        return None
    # The last letter has bits to spare: of all spellings that decode alike, one is the token.
    return raw if b32encode(raw).decode().rstrip("=") == token.upper() else None


def _mac(raw: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + raw, sha256)[:MAC_BYTES]
