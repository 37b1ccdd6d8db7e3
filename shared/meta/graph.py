"""The Graph API as sending uses it: one request, and what it says of a failure.

It has no idempotency key. A request that may have arrived without our hearing of it is `Lost`, and is never sent again
blindly. Only what surely did not arrive, or was refused, may go again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from shared.domain.answer import Body, Later, Lost
from shared.domain.errors import HubError, Misconfigured, Transient, Unsent

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard
    from shared.ports.surroundings import Secrets

GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"
"""Until 29 July 2028."""


class Exchanges(Protocol):
    """As `shared.http.client.Client` does."""

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Heard: ...

    def asked_s(self, answer: Heard) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """By account its token: what its secret has for it in `access_tokens`, else its `access_token`."""

    secrets: Secrets
    secret_of: Callable[[str], str | None]

    def of(self, account: str) -> str:
        """Asked for at each send. Raises `Misconfigured` where there is none, and what the secrets raise."""
        name = self.secret_of(account)
        held = self.secrets.get(name) if name else {}
        several = held.get("access_tokens")
        token = (several.get(account) if isinstance(several, dict) else None) or held.get("access_token")
        if not isinstance(token, str) or not token:
            raise Misconfigured(f"account {account} has no access_token in its secret")
        return token


def post(http: Exchanges, url: str, token_of: Callable[[], str], body: Body) -> Heard | Later | Lost:
    """One request with a bearer token, and what came back; or the outcome where nothing did. Raises nothing of the
    hub's own errors: they are outcomes too."""
    try:
        token = token_of()
    except Misconfigured:
        return Later("no_token", whole_account=True, stops=True)
    except HubError:
        return Later("unreached")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    said = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        return http.exchange("POST", url, headers=headers, body=said)
    except Unsent:
        return Later("unreached")
    except Transient:
        return Lost("no_answer")
    except Misconfigured:
        return Later("misconfigured", whole_account=True, stops=True)


@dataclass(frozen=True, slots=True)
class GraphError:
    """`code` and `subcode` as text, None where there is none. `detail`: for the agent, with Meta's own trace for
    whoever asks Meta. It may name a person: never log it."""

    code: str | None = None
    subcode: str | None = None
    detail: str | None = None

    @property
    def name(self) -> str | None:
        """`code/subcode`, or the code alone."""
        return f"{self.code}/{self.subcode}" if self.code and self.subcode else self.code


def said_by(heard: Heard) -> dict[str, Any]:
    """The object in an answer; empty for anything else."""
    try:
        said = heard.json()
    except Transient:
        return {}
    return said if isinstance(said, dict) else {}


def error_in(said: Mapping[str, Any]) -> GraphError:
    """What an answer says of its failure."""
    error = said.get("error")
    fields: Mapping[str, Any] = error if isinstance(error, dict) else {}
    return GraphError(_number(fields.get("code")), _number(fields.get("error_subcode")), _detail(fields))


def _number(code: Any) -> str | None:
    return str(code) if isinstance(code, int) and not isinstance(code, bool) and code >= 0 else None


def _detail(error: Mapping[str, Any]) -> str | None:
    data = error.get("error_data")
    detail = (data.get("details") if isinstance(data, dict) else None) or error.get("message")
    trace = error.get("fbtrace_id")
    parts = [str(detail)] if detail else []
    if trace:
        parts.append(f"(fbtrace_id {trace})")
    return " ".join(parts)[:500] or None
