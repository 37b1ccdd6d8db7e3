"""Tokens that stand in addresses: what they name, signed, in small letters and digits.

They survive mail systems that fold case. Nobody can make one without the key, and one that was made
for one purpose says nothing for another.
"""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class TokenForm:
    """`purpose`: goes into the signature, other for each kind of token. `subject_bytes`: of what a token names;
    `mac_bytes`: of the HMAC-SHA256 over it."""

    purpose: bytes
    subject_bytes: int
    mac_bytes: int

    @property
    def length(self) -> int:
        """Letters of a token."""
        return -(-(self.subject_bytes + self.mac_bytes) * 8 // 5)

    def make(self, subject: bytes, key: bytes) -> str:
        """The token of a subject."""
        return _spelled(subject + self._mac(subject, key))

    def read(self, token: str, keys: Iterable[bytes]) -> bytes | None:
        """What a token names, if one of these keys signed it; in constant time for each key."""
        raw = self._decoded(token)
        if raw is None:
            return None
        subject, mac = raw[: self.subject_bytes], raw[self.subject_bytes :]
        right = [hmac.compare_digest(mac, self._mac(subject, key)) for key in keys]
        return subject if any(right) else None

    def _decoded(self, token: str) -> bytes | None:
        if len(token) != self.length or not token.isascii():
            return None
        try:
            raw = b32decode(token.upper() + "=" * (-len(token) % 8))
        except Error:
            return None
        # The last letter has bits to spare: of all spellings that decode alike, one is the token.
        return raw if _spelled(raw) == token else None

    def _mac(self, subject: bytes, key: bytes) -> bytes:
        return hmac.digest(key, self.purpose + subject, sha256)[: self.mac_bytes]


def _spelled(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()
