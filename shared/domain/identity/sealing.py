"""A short text that is kept encrypted: AES-256-GCM, under the newest of several keys, bound to what it is about.

`cryptography` is imported when something is encrypted or opened and not before: nothing else needs it.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""As NIST SP 800-38D recommends for GCM. Drawn at random: one key seals some billion ids before two may share one."""

_NAME_LENGTH: Final = 8


class Unopened(Exception):
    """It cannot be opened. The text says why, and repeats nothing of it."""


def sealing_keys(listed: object) -> tuple[bytes, ...]:
    """The keys in a list of texts, each 32 bytes as base64, the newest first. Raises ValueError, repeating nothing."""
    if not isinstance(listed, list) or not listed:
        raise ValueError("a list of keys, the newest first")
    return tuple(_key(one) for one in listed)


def about(kind: str, type_: str, customer: str) -> bytes:
    """What a sealed text belongs to: moved to another place, it does not open."""
    return json.dumps([kind, type_, customer]).encode()


def seal(key: bytes, text: str, belongs_to: bytes, nonce: bytes) -> str:
    """`1.<name of the key>.<nonce and ciphertext>`. `nonce`: 12 bytes that were never used with this key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), belongs_to)
    return f"1.{_name(key)}.{urlsafe_b64encode(sealed).decode()}"


def unseal(keys: Sequence[bytes], sealed: str, belongs_to: bytes) -> str:
    """The text. Raises `Unopened`: its key is not among these, or it was changed or moved."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = next((one for one in keys if is_sealed_by(one, sealed)), None)
    if key is None:
        raise Unopened("its key is not among those in force")
    try:
        data = urlsafe_b64decode(sealed.rpartition(".")[2])
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], belongs_to).decode()
    except (InvalidTag, ValueError):
        raise Unopened("it was changed, or belongs to somebody else") from None


def is_sealed_by(key: bytes, sealed: str) -> bool:
    return sealed.startswith(f"1.{_name(key)}.")


def _name(key: bytes) -> str:
    """By which a key is told from others: a digest, from which nobody gets the key."""
    return hashlib.sha256(b"hilo sealing key:" + key).hexdigest()[:_NAME_LENGTH]


def _key(text: object) -> bytes:
    try:
        key = b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"each key is {KEY_BYTES} bytes, written as base64")
    return key
