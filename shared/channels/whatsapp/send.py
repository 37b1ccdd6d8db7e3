"""Sending by the Cloud API: one request, one outcome.

The API has no idempotency key. A request that may have arrived without our hearing of it is `Lost`, and is never sent
again blindly: the receipt that carries its mark tells. Only what surely did not arrive, or was refused, may go again.
Source: whatsapp.md, "Sending" and "Errors", 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from shared.channels.whatsapp import errors
from shared.channels.whatsapp.render import render
from shared.domain.answer import Accepted, Address, Answer, Body, Language, Later, Lost, Refused, SendOutcome
from shared.domain.errors import HubError, Misconfigured, Transient
from shared.http.client import Unsent

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard
    from shared.ports import Secrets

GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"
"""Until 29 July 2028."""
FILE_S: Final = 300.0
"""Before a file that could not be fetched is tried again."""
RECIPIENT_S: Final = 6.0
"""To one person one message in so many seconds, beyond a burst."""


class Exchanges(Protocol):
    """As `shared.http.client.Client` does."""

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Heard: ...

    def asked_s(self, answer: Heard) -> float | None: ...


class WhatsAppOut:
    """A `WayOut`. `secret_of`: by account the name of its secret, whose `access_token` is asked for at each send.

    `root`: where the API is; elsewhere only for a stand-in.
    """

    def __init__(
        self, http: Exchanges, secrets: Secrets, secret_of: Callable[[str], str | None], root: str = GRAPH
    ) -> None:
        self._http = http
        self._secrets = secrets
        self._secret_of = secret_of
        self._root = root.rstrip("/")

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """See `render.render`."""
        return render(answer, to, mark)

    def advice(self, code: str, language: Language) -> str:
        """See `errors.advice`."""
        return errors.advice(code, language)

    def send(self, account: str, body: Body) -> SendOutcome:
        """One request; a second only where Argentina's test numbers know a phone without its 9. Raises nothing of the
        hub's own errors: they are outcomes too."""
        outcome = self._once(account, body)
        if isinstance(outcome, Refused) and outcome.code == "131030" and str(body.get("to", "")).startswith("+549"):
            shorter = f"+54{body['to'].removeprefix('+549')}"
            again = self._once(account, {**body, "to": shorter})
            if isinstance(again, Accepted):
                return replace(again, learnt=again.learnt or Address("phone", shorter.removeprefix("+")))
        return outcome

    def _once(self, account: str, body: Body) -> SendOutcome:
        try:
            token = self._token(account)
        except Misconfigured:
            return Later("no_token", whole_account=True, stops=True)
        except HubError:
            return Later("unreached")
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        said = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        url = f"{self._root}/{VERSION}/{account}/messages"
        try:
            heard = self._http.exchange("POST", url, headers=headers, body=said)
        except Unsent:
            return Later("unreached")
        except Transient:
            return Lost("no_answer")
        except Misconfigured:
            return Later("misconfigured", whole_account=True, stops=True)
        return outcome_of(heard, body, self._http.asked_s(heard))

    def _token(self, account: str) -> str:
        name = self._secret_of(account)
        token = self._secrets.get(name).get("access_token") if name else None
        if not isinstance(token, str) or not token:
            raise Misconfigured(f"account {account} has no access_token in its secret")
        return token


def outcome_of(heard: Heard, body: Body, asked_s: float | None) -> SendOutcome:
    """What an answer means. `asked_s`: how long it asks us to wait."""
    said = _object(heard)
    if 200 <= heard.status < 300:
        return _accepted(said, body)
    error = said.get("error")
    fields = error if isinstance(error, dict) else {}
    code = _code(fields)
    if code is None:
        return _without_code(heard.status, asked_s)
    if heard.status >= 500 and not errors.is_known(code):
        return Lost(code)  # a failure that nobody can say the extent of
    return _by_row(code, _detail(fields), asked_s)


def _without_code(status: int, asked_s: float | None) -> SendOutcome:
    if status >= 500:
        return Lost(f"http_{status}")
    code = "redirected" if 300 <= status < 400 else f"http_{status}"
    return _by_row(code, None, asked_s)


def _by_row(code: str, detail: str | None, asked_s: float | None) -> SendOutcome:
    match errors.row_of(code).effect:
        case "throttled":
            return Later(code, asked_s, whole_account=True)
        case "recipient_throttled":
            return Later(code, asked_s or RECIPIENT_S)
        case "passes":
            return Later(code, asked_s)
        case "once":
            return Later(code, asked_s or FILE_S)
        case "stops":
            return Later(code, asked_s, whole_account=True, stops=True)
        case "window":
            return Refused(code, detail, window=True)
        case "refused":
            return Refused(code, detail)


def _accepted(said: Mapping[str, Any], body: Body) -> SendOutcome:
    """Taken, if it says under which id; else nobody can say."""
    sent = _first(said, "messages").get("id")
    if not isinstance(sent, str) or not sent:
        return Lost("no_id")
    learnt = _first(said, "contacts").get("wa_id")
    asked = str(body.get("to", "")).removeprefix("+")
    is_news = isinstance(learnt, str) and learnt not in ("", asked) and bool(asked)
    return Accepted(sent, Address("phone", str(learnt)) if is_news else None)


def _first(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    several = said.get(name)
    first = several[0] if isinstance(several, list) and several else None
    return first if isinstance(first, dict) else {}


def _object(heard: Heard) -> dict[str, Any]:
    try:
        said = heard.json()
    except Transient:
        return {}
    return said if isinstance(said, dict) else {}


def _code(error: Mapping[str, Any]) -> str | None:
    code = error.get("code")
    return str(code) if isinstance(code, int) and not isinstance(code, bool) and code >= 0 else None


def _detail(error: Mapping[str, Any]) -> str | None:
    """For the agent, and Meta's own trace for whoever asks Meta. It may name a person: never log it."""
    data = error.get("error_data")
    detail = (data.get("details") if isinstance(data, dict) else None) or error.get("message")
    trace = error.get("fbtrace_id")
    parts = [str(detail)] if detail else []
    if trace:
        parts.append(f"(fbtrace_id {trace})")
    return " ".join(parts)[:500] or None
