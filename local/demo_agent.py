"""Somebody who works in the demo tool: what they do there is told to the hub, as any outside tool would tell it.

The tool signs by Standard Webhooks and posts to the hub's own door; it has no other way in, and knows of a case only
what it was told. `POST /demo-tool/agent` with `{"case", "action", "text"?, "in_reply_to"?, "agent"?}`, where `action`
is `reply`, `note`, `pend` or `resolve`, answers as the hub's door did.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import quote, urlsplit

from local.definitions import Route
from local.demo_tool import Answer, body_of
from shared.connectors.standard_webhooks import keys_of, sign
from shared.domain.errors import HubError
from shared.ports.surroundings import Clock

PATH: Final = "/demo-tool/agent"
AGENT: Final = "Eva"
"""Who works there, unless the request says otherwise."""
TIMEOUT_S: Final = 10.0
LONGEST: Final = 4000

_TYPES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "reply": ("agent.reply", {}),
    "note": ("note.create", {}),
    "pend": ("case.update", {"state": "pending"}),
    "resolve": ("case.update", {"state": "solved"}),
}
"""What an action is told as."""
ACTIONS: Final = tuple(_TYPES)

Named = tuple[str, Callable[[], Mapping[str, Any]]]
"""A connector of the hub that speaks to the demo tool, and its secret, asked for at each request."""


class DemoAgent:
    """`hub`: its address. `connectors`: those that speak to the demo tool; the one that knows the case takes it.
    `case_of`: see `DemoTool`."""

    def __init__(
        self,
        hub: str,
        connectors: Sequence[Named],
        case_of: Callable[[Collection[str]], str | None],
        *,
        is_token: Callable[[str], bool],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self.case_of = case_of
        self._hub = urlsplit(hub)
        self._connectors = connectors
        self._is_token = is_token
        self._clock = clock
        self._new_id = new_id

    def route(self) -> Route:
        return Route("POST", PATH, "demo-tool")

    def act(self, request: dict[str, Any]) -> Answer:
        """What the page asks for."""
        scheme, _, token = request["headers"].get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._is_token(token):
            return _refusal(401, "unauthorized", "a bearer token is needed")
        try:
            wanted = _wish(body_of(request))
        except ValueError as error:
            return _refusal(400, "bad_request", str(error))
        return self.tell(**wanted)

    def tell(self, case: str, action: str, text: str | None = None, **more: str) -> Answer:
        """Tell the hub of it. The door's own answer; 409 where no connector of the hub speaks to the demo tool, 502
        where the hub does not answer."""
        kind, change = _TYPES[action]
        id_ = self._new_id()
        agent = more.pop("agent", AGENT)
        data = {"case_id": case, "external_id": id_, "author": {"id": agent.lower(), "name": agent}, **change, **more}
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = json.dumps({"type": kind, "timestamp": at, "data": data | ({"text": text} if text else {})}).encode()
        answer = _refusal(409, "no_demo_tool", "no connector of this hub speaks to the demo tool")
        for name, secret in self._connectors:
            answer = self._post(name, secret, f"demo-{id_}", body)
            if answer["statusCode"] != 404:  # else that connector was never told of this case
                break
        return answer

    def _post(self, name: str, secret: Callable[[], Mapping[str, Any]], id_: str, body: bytes) -> Answer:
        now = int(self._clock())
        connection = HTTPConnection(self._hub.hostname or "", self._hub.port, timeout=TIMEOUT_S)
        try:
            signature = sign(keys_of(secret(), name), id_, now, body)
            headers = {"webhook-id": id_, "webhook-timestamp": str(now), "webhook-signature": signature}
            headers["content-type"] = "application/json"
            connection.request("POST", f"/connectors/{quote(name)}/events", body, headers)
            answer = connection.getresponse()
            return _json(answer.status, answer.read().decode())
        except (OSError, HTTPException) as error:
            return _refusal(502, "no_answer", f"the hub did not answer its tool: {type(error).__name__}")
        except HubError as error:
            return _refusal(409, "misconfigured", error.reason)
        finally:
            connection.close()


def _wish(body: bytes) -> dict[str, str]:
    """Raises ValueError, in words, for what nobody can do there."""
    try:
        wish = json.loads(body)
    except ValueError:
        raise ValueError("the body is no JSON") from None
    known = ("case", "action", "text", "in_reply_to", "agent")
    if not isinstance(wish, dict) or not all(name in known and isinstance(wish[name], str) for name in wish):
        raise ValueError(f"the body is an object of texts: {', '.join(known)}")
    if not wish.get("case") or wish.get("action") not in _TYPES:
        raise ValueError(f"case is needed, and action is one of {', '.join(_TYPES)}")
    text = wish.get("text", "").strip()
    if wish["action"] in ("reply", "note") and not 0 < len(text) <= LONGEST:
        raise ValueError(f"text is needed, of at most {LONGEST} characters")
    return {**{name: value for name, value in wish.items() if value}, **({"text": text} if text else {})}


def _refusal(status: int, code: str, message: str) -> Answer:
    return _json(status, json.dumps({"error": {"code": code, "message": message, "trace_id": "-"}}))


def _json(status: int, body: str) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}
