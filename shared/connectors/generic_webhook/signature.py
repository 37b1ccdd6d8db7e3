"""Standard Webhooks v1: proof that these very bytes are ours."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import Any, Final

from shared.domain.errors import Misconfigured

PREFIX: Final = "whsec_"
SHORTEST_KEY: Final = 24
LONGEST_KEY: Final = 64


def keys_of(secret: Mapping[str, Any], connector: str) -> tuple[bytes, ...]:
    """The keys in `{"signing_secrets": ["whsec_…", …]}`, all of them in force.

    Raises Misconfigured, naming the connector and the key's place, when there is none or one is not
    `whsec_` and the base64 of 24 to 64 bytes.
    """
    listed = secret.get("signing_secrets")
    if not isinstance(listed, list) or not listed:
        raise Misconfigured(f"connector {connector}: its secret has no list signing_secrets")
    return tuple(_key(text, f"connector {connector}: signing secret {place}") for place, text in enumerate(listed, 1))


def _key(text: Any, where: str) -> bytes:
    if not isinstance(text, str) or not text.startswith(PREFIX):
        raise Misconfigured(f"{where} does not begin with {PREFIX}")
    key = _decoded(text.removeprefix(PREFIX))
    if key is None:
        raise Misconfigured(f"{where} is not base64 after {PREFIX}")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise Misconfigured(f"{where} holds {len(key)} bytes; it needs {SHORTEST_KEY} to {LONGEST_KEY}")
    return key


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def sign(keys: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,<base64>` for each key, separated by spaces.

    `timestamp` is in whole seconds since the epoch, that of this attempt.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join("v1," + b64encode(digest(key, signed, sha256)).decode() for key in keys)
