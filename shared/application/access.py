"""Who may ask what: bearer tokens and their scopes."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from shared.domain.errors import HubError, Misconfigured, Rejected

READ: Final = "read"
"""See customers, cases and the state of connectors."""

OPERATE: Final = "operate"
"""See queues and dead letters, send dead letters back, and read stored originals again."""

MERGE: Final = "merge"
"""Say that two customers are one, or are not: accept and refuse candidates, merge, and undo a merge."""

IDENTIFY: Final = "identify"
"""See a customer's national id in clear."""

FIGURES: Final = "figures:read"
"""See figures: no customer and no case. Whoever may `read` may see them too."""

SECRET: Final = "api"  # noqa: S105 - the name of the secret, not its value
"""The named secret that holds `{"tokens": [{"token", "scopes"}]}`."""


class Forbidden(HubError):
    """Known, but not allowed this: answer 403. The reason names the scope that is missing."""


def scopes_of(authorization: str | None, secret: Mapping[str, Any]) -> frozenset[str]:
    """The scopes of the token in an `Authorization: Bearer …` header.

    Every token in force is compared, in constant time, whichever matches: how long it takes says nothing
    about how close a guess came. Raises `Rejected` without a token or with an unknown one, `Misconfigured`
    when the secret is not of the form that `SECRET` says.
    """
    scheme, _, token = (authorization or "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Rejected("a bearer token is needed")
    given = _digest(token)
    granted: frozenset[str] | None = None
    for known, scopes in _tokens(secret):
        if hmac.compare_digest(given, _digest(known)):
            granted = scopes
    if granted is None:
        raise Rejected("this token is not known")
    return granted


def require(scopes: frozenset[str], needed: str) -> None:
    """Raise `Forbidden` unless the caller has the scope."""
    if needed not in scopes and not (needed == FIGURES and READ in scopes):
        raise Forbidden(f"this token lacks the scope {needed}")


def _tokens(secret: Mapping[str, Any]) -> list[tuple[str, frozenset[str]]]:
    try:
        return [(held["token"], frozenset(held["scopes"])) for held in secret["tokens"] if held["token"]]
    except (KeyError, TypeError) as fault:
        raise Misconfigured(f"secret {SECRET}: not a list of tokens with their scopes") from fault


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
