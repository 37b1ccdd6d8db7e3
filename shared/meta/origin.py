"""Proof of origin for what Meta delivers: the subscription handshake and the signature. Standard library alone.

Source: Meta's "Webhooks" pages, 2026. They are the same for all its products; each has secrets of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from shared.domain.errors import Rejected

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")


def _same(one: str, other: str) -> bool:
    """Equal, in a time that does not tell where they differ. Any text may come, also what is no UTF-8."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def handshake(query: Mapping[str, str], verify_tokens: Sequence[str]) -> str:
    """The challenge to answer, exactly as it came, as plain text.

    Several tokens are in force where products with tokens of their own share an address. Raises Rejected when this is
    no subscription, or the token is none of ours. An empty token of ours proves nothing.
    """
    given = query.get("hub.verify_token", "")
    matches = [_same(given, token) for token in verify_tokens if token]
    challenge = query.get("hub.challenge")
    if query.get("hub.mode") != "subscribe" or not any(matches) or challenge is None:
        raise Rejected("the handshake does not carry the verify token")
    return challenge


def verify(body: bytes, signature_header: str | None, app_secrets: Sequence[str]) -> None:
    """Raises Rejected unless one of the secrets in force signed these very bytes.

    `signature_header` is the value of X-Hub-Signature-256: `sha256=` and 64 lower-case hex digits. Several secrets
    are in force while one is being replaced. Empty ones are passed over: anybody can sign with an empty key.
    """
    signature = _SIGNATURE.fullmatch(signature_header or "")
    if signature is None:
        raise Rejected("the signature is missing or has another form than sha256=<64 hex digits>")
    given = signature.group(1)
    matches = [
        hmac.compare_digest(hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest(), given)
        for secret in app_secrets
        if secret
    ]
    if not any(matches):
        raise Rejected("no secret in force signed this body")
