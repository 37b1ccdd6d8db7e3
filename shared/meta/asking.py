"""Asking the Graph API how an account stands: what the setup of every product of Meta's has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlencode

from shared.domain.errors import Misconfigured, Transient
from shared.domain.held import Checked
from shared.meta.graph import VERSION

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard

HEARD: Final = ("app_secrets", "verify_token")
"""What a secret must hold for deliveries to be believed."""


class Exchanges(Protocol):
    """As `shared.http.client.Client` does."""

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Heard: ...


class Asking:
    """Questions to one host of the Graph API with one token."""

    def __init__(self, http: Exchanges, root: str, token: str) -> None:
        self._http = http
        self._root = root.rstrip("/")
        self._token = token

    def get(self, path: str) -> dict[str, Any]:
        """See `ask`."""
        return self.ask("GET", path)

    def about_token(self) -> dict[str, Any]:
        """What the host says of the token itself."""
        return self.get(f"debug_token?{urlencode({'input_token': self._token})}")

    def ask(self, method: str, path: str) -> dict[str, Any]:
        """What it says, an error among it. Raises Transient when it says nothing that can be read, Misconfigured where
        it turns us away without a word."""
        body = b"{}" if method == "POST" else None
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        heard = self._http.exchange(method, f"{self._root}/{VERSION}/{path}", headers=headers, body=body)
        said = heard.json()
        if not isinstance(said, dict):
            raise Transient("the Graph API answered, but not with an object")
        if heard.status in (401, 403) and "error" not in said:
            raise Misconfigured(f"the Graph API answered {heard.status}")
        return said


def held(secret: Mapping[str, Any], name: str) -> Checked:
    """Whether a secret holds what deliveries are proved by."""
    todo = {"app_secrets": 'as ["<app secret>"]: without it every delivery is refused'}.get(
        name, "as you type it at Meta"
    )
    is_there = bool(secret.get(name) or (name == "verify_token" and secret.get("verify_tokens")))
    return Checked(f"secret: {name}", ok=is_there, todo="" if is_there else f"put {name} into its secret, {todo}")


def scopes(about: Mapping[str, Any], wanted: tuple[str, ...], *, from_whom: str) -> Iterator[Checked]:
    """Of a token, as `debug_token` tells of it: that it has these permissions, and stays. `from_whom`: whose it is."""
    if not about:
        yield Checked("token's permissions", ok=None, detail="the token may not be asked for them")
        return
    granted = {str(scope) for scope in about.get("scopes") or ()}
    for scope in wanted:
        ok = scope in granted
        yield Checked(f"permission {scope}", ok=ok, todo="" if ok else f"make a token of {from_whom} that has it")
    expires = about.get("expires_at")
    if isinstance(expires, int) and expires > 0:
        todo = f"use the token of {from_whom}, which does not expire"
        yield Checked("token stays", ok=False, detail="it expires", todo=todo)


def items_in(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a listing."""
    listed = said.get("data")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def error_text(said: Mapping[str, Any]) -> str:
    """Its error in a few words, without what it says of people."""
    error = said.get("error")
    fields = error if isinstance(error, dict) else {}
    code, subcode = fields.get("code", "without a code"), fields.get("error_subcode")
    return f"error {code}{f'/{subcode}' if subcode else ''} of type {fields.get('type', 'unknown')}"
