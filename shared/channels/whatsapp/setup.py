"""Whether a number of the Cloud API sends to the hub, and the hub may send from it.

Meta's reference of the Graph API, 2026: a phone number's node (`webhook_configuration`), `debug_token`, and of the
business account `phone_numbers` and `subscribed_apps`. Which fields the app itself subscribes to needs the app's own
token, which the hub has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlencode

from shared.domain.errors import HubError, Misconfigured, Transient
from shared.domain.held import Checked
from shared.meta.graph import VERSION

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard
    from shared.ports import Secrets

SCOPES: Final = ("whatsapp_business_messaging", "whatsapp_business_management")
MOST_ACCOUNTS: Final = 10
"""Business accounts that are searched for the number."""
HEARD: Final = ("app_secrets", "verify_token")
FIELDS_OF_APP: Final = (
    "in the app's dashboard, WhatsApp > Configuration: the callback URL is the hub's, and the field messages is on"
)


class Exchanges(Protocol):
    """As `shared.http.client.Client` does."""

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Heard: ...


class WhatsAppSetup:
    """One account: `account` is its phone number id, `secret` the name of its secret. `played`: without a token a
    stand-in answers for it, as in the embedded run."""

    def __init__(
        self, http: Exchanges, secrets: Secrets, account: str, secret: str | None, root: str, *, played: bool = False
    ) -> None:
        self._http = http
        self._secrets = secrets
        self._account = account
        self._secret = secret
        self._root = root.rstrip("/")
        self._played = played

    def check(self, *, mend: bool) -> list[Checked]:
        """See `Setup.check`. 4 requests, and one for each business account; one more where it subscribes."""
        try:
            secret = self._secrets.get(self._secret) if self._secret else {}
        except HubError as error:
            return [Checked("secret", ok=False, detail=error.reason, todo="create the secret that `secret` names")]
        found = [_held(secret, name) for name in HEARD]
        token = secret.get("access_token")
        if not isinstance(token, str) or not token:
            todo = 'put the token of a system user into its secret, as "access_token"'
            detail = "its secret has none" + (": a stand-in answers here" if self._played else "")
            return [*found, Checked("token to send", ok=None if self._played else False, detail=detail, todo=todo)]
        try:
            found += self._asked(token, mend=mend)
        except HubError as error:
            found.append(Checked("Graph API", ok=False, detail=error.reason, todo="ask again"))
        return found

    def _asked(self, token: str, *, mend: bool) -> Iterator[Checked]:
        asked = urlencode({"fields": "verified_name,quality_rating,webhook_configuration"})
        number = self._get(f"{self._account}?{asked}", token)
        if "error" in number:
            todo = "mend the phone number id, or the token: see what the error says"
            yield Checked("phone number", ok=False, detail=_error(number), todo=todo)
            return
        yield Checked("phone number", ok=True, detail=f"readable, quality {number.get('quality_rating', 'unknown')}")
        said = self._get(f"debug_token?{urlencode({'input_token': token})}", token).get("data")
        about: Mapping[str, Any] = said if isinstance(said, dict) else {}
        yield from _scopes(about)
        yield from self._subscription(token, about, mend=mend)
        urls = number.get("webhook_configuration")
        yield _callback(urls if isinstance(urls, dict) else {})

    def _subscription(self, token: str, about: Mapping[str, Any], *, mend: bool) -> Iterator[Checked]:
        what = "the business account sends to the app"
        business = self._business_account(token, about)
        app = str(about.get("app_id") or "")
        if business is None or not app:
            todo = "ask POST /<WABA id>/subscribed_apps with the token; the dashboard shows the id"
            yield Checked(
                what, ok=None, detail="the token does not say to which business account it belongs", todo=todo
            )
            return
        if self._is_subscribed(token, business, app):
            yield Checked(what, ok=True, detail="subscribed")
            return
        if not mend:
            yield Checked(
                what, ok=False, detail="not subscribed: no message arrives", todo="hilo connect subscribes it"
            )
            return
        answer = self._ask("POST", f"{business}/subscribed_apps", token)
        if answer.get("success") is True and self._is_subscribed(token, business, app):
            yield Checked(what, ok=True, detail="subscribed it just now")
            return
        yield Checked(what, ok=False, detail=_error(answer), todo="give the token whatsapp_business_management")

    def _business_account(self, token: str, about: Mapping[str, Any]) -> str | None:
        """That of the number, among those that the token is for."""
        for business in _targets(about)[:MOST_ACCOUNTS]:
            listed = self._get(f"{business}/phone_numbers?{urlencode({'fields': 'id', 'limit': 200})}", token)
            if any(str(one.get("id")) == self._account for one in _items(listed)):
                return business
        return None

    def _is_subscribed(self, token: str, business: str, app: str) -> bool:
        listed = _items(self._get(f"{business}/subscribed_apps", token))
        return any(str((one.get("whatsapp_business_api_data") or {}).get("id")) == app for one in listed)

    def _get(self, path: str, token: str) -> dict[str, Any]:
        return self._ask("GET", path, token)

    def _ask(self, method: str, path: str, token: str) -> dict[str, Any]:
        """What it says, an error among it. Raises Transient when it says nothing that can be read."""
        body = b"{}" if method == "POST" else None
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        heard = self._http.exchange(method, f"{self._root}/{VERSION}/{path}", headers=headers, body=body)
        said = heard.json()
        if not isinstance(said, dict):
            raise Transient("the Graph API answered, but not with an object")
        if heard.status in (401, 403) and "error" not in said:
            raise Misconfigured(f"the Graph API answered {heard.status}")
        return said


def _held(secret: Mapping[str, Any], name: str) -> Checked:
    todo = {"app_secrets": 'as ["<app secret>"]: without it every delivery is refused'}.get(
        name, "as you type it at Meta"
    )
    is_there = bool(secret.get(name))
    return Checked(f"secret: {name}", ok=is_there, todo="" if is_there else f"put {name} into its secret, {todo}")


def _scopes(about: Mapping[str, Any]) -> Iterator[Checked]:
    if not about:
        yield Checked("token's permissions", ok=None, detail="the token may not be asked for them")
        return
    held = {str(scope) for scope in about.get("scopes") or ()}
    for scope in SCOPES:
        ok = scope in held
        yield Checked(f"permission {scope}", ok=ok, todo="" if ok else "make a token of the system user that has it")
    expires = about.get("expires_at")
    if isinstance(expires, int) and expires > 0:
        todo = "use the token of a system user, which does not expire"
        yield Checked("token stays", ok=False, detail="it expires", todo=todo)


def _targets(about: Mapping[str, Any]) -> list[str]:
    granular = [one for one in about.get("granular_scopes") or () if isinstance(one, dict)]
    named = [str(target) for one in granular if one.get("scope") in SCOPES for target in one.get("target_ids") or ()]
    return [target for target in dict.fromkeys(named) if target.isdecimal()]


def _callback(urls: Mapping[str, Any]) -> Checked:
    known = {str(url) for url in urls.values() if url}
    if not known:
        return Checked("callback URL", ok=None, detail="the Graph API does not show one", todo=FIELDS_OF_APP)
    is_ours = any(url.rstrip("/").endswith("/webhooks/whatsapp") for url in known)
    todo = "" if is_ours else FIELDS_OF_APP
    return Checked("callback URL", ok=is_ours, detail=", ".join(sorted(known)), todo=todo)


def _items(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = said.get("data")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _error(said: Mapping[str, Any]) -> str:
    error = said.get("error")
    fields = error if isinstance(error, dict) else {}
    return f"error {fields.get('code', 'without a code')} of type {fields.get('type', 'unknown')}"
