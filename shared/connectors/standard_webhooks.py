"""Standard Webhooks v1: proof of who wrote these very bytes, ours or a tool's. Standard library alone."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any, Final

from shared.domain.errors import Misconfigured, Rejected

PREFIX: Final = "whsec_"
SHORTEST_KEY: Final = 24
LONGEST_KEY: Final = 64
TOLERANCE_S: Final = 300
"""A request may be this much older or newer than our clock."""
LONGEST_ID: Final = 256


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


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The `webhook-id` of a request that one of the keys signed within five minutes of `now` (epoch seconds).

    Header names are in lower case. Every key is tried against every signature, in a time that does not tell which one
    fits. Raises Rejected.
    """
    webhook_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not webhook_id or len(webhook_id) > LONGEST_ID:
        raise Rejected(f"the header webhook-id is missing or longer than {LONGEST_ID} characters")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise Rejected("the header webhook-timestamp is no whole number of seconds")
    if abs(now - int(at)) > TOLERANCE_S:
        raise Rejected(f"the request is more than {TOLERANCE_S} s from our clock: see the sender's clock")
    signed = f"{webhook_id}.{at}.".encode("utf-8", "surrogatepass") + body
    expected = ["v1," + b64encode(digest(key, signed, sha256)).decode() for key in keys]
    given = headers.get("webhook-signature", "").split()
    matches = [compare_digest(_raw(one), _raw(ours)) for one in given for ours in expected]
    if not any(matches):
        raise Rejected("no secret in force signed this request")
    return webhook_id


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
