"""Whether a number of the Cloud API sends to the hub, and the hub may send from it.

Meta's reference of the Graph API, 2026: a phone number's node (`webhook_configuration`), `debug_token`, and of the
business account `phone_numbers` and `subscribed_apps`. Which fields the app itself subscribes to needs the app's own
token, which the hub has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from shared.domain.errors import HubError
from shared.domain.held import Checked
from shared.meta.asking import HEARD, Asking, Exchanges, error_text, held, items_in, scopes

if TYPE_CHECKING:
    from shared.ports.surroundings import Secrets

SCOPES: Final = ("whatsapp_business_messaging", "whatsapp_business_management")
MOST_ACCOUNTS: Final = 10
"""Business accounts that are searched for the number."""
FIELDS_OF_APP: Final = (
    "in the app's dashboard, WhatsApp > Configuration: the callback URL is the hub's, and the field messages is on"
)


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
        found = [held(secret, name) for name in HEARD]
        token = secret.get("access_token")
        if not isinstance(token, str) or not token:
            todo = 'put the token of a system user into its secret, as "access_token"'
            detail = "its secret has none" + (": a stand-in answers here" if self._played else "")
            return [*found, Checked("token to send", ok=None if self._played else False, detail=detail, todo=todo)]
        try:
            found += self._asked(Asking(self._http, self._root, token), mend=mend)
        except HubError as error:
            found.append(Checked("Graph API", ok=False, detail=error.reason, todo="ask again"))
        return found

    def _asked(self, graph: Asking, *, mend: bool) -> Iterator[Checked]:
        asked = urlencode({"fields": "verified_name,quality_rating,webhook_configuration"})
        number = graph.get(f"{self._account}?{asked}")
        if "error" in number:
            todo = "mend the phone number id, or the token: see what the error says"
            yield Checked("phone number", ok=False, detail=error_text(number), todo=todo)
            return
        yield Checked("phone number", ok=True, detail=f"readable, quality {number.get('quality_rating', 'unknown')}")
        said = graph.about_token().get("data")
        about: Mapping[str, Any] = said if isinstance(said, dict) else {}
        yield from scopes(about, SCOPES, from_whom="the system user")
        yield from self._subscription(graph, about, mend=mend)
        urls = number.get("webhook_configuration")
        yield _callback(urls if isinstance(urls, dict) else {})

    def _subscription(self, graph: Asking, about: Mapping[str, Any], *, mend: bool) -> Iterator[Checked]:
        what = "the business account sends to the app"
        business = self._business_account(graph, about)
        app = str(about.get("app_id") or "")
        if business is None or not app:
            todo = "ask POST /<WABA id>/subscribed_apps with the token; the dashboard shows the id"
            yield Checked(
                what, ok=None, detail="the token does not say to which business account it belongs", todo=todo
            )
            return
        if self._is_subscribed(graph, business, app):
            yield Checked(what, ok=True, detail="subscribed")
            return
        if not mend:
            yield Checked(
                what, ok=False, detail="not subscribed: no message arrives", todo="hilo connect subscribes it"
            )
            return
        answer = graph.ask("POST", f"{business}/subscribed_apps")
        if answer.get("success") is True and self._is_subscribed(graph, business, app):
            yield Checked(what, ok=True, detail="subscribed it just now")
            return
        yield Checked(what, ok=False, detail=error_text(answer), todo="give the token whatsapp_business_management")

    def _business_account(self, graph: Asking, about: Mapping[str, Any]) -> str | None:
        """That of the number, among those that the token is for."""
        for business in _targets(about)[:MOST_ACCOUNTS]:
            listed = graph.get(f"{business}/phone_numbers?{urlencode({'fields': 'id', 'limit': 200})}")
            if any(str(one.get("id")) == self._account for one in items_in(listed)):
                return business
        return None

    def _is_subscribed(self, graph: Asking, business: str, app: str) -> bool:
        listed = items_in(graph.get(f"{business}/subscribed_apps"))
        return any(str((one.get("whatsapp_business_api_data") or {}).get("id")) == app for one in listed)


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
