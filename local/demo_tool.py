"""The tool of the demo configuration: receives the generic webhook's events, keeps and shows them.

A separate system that happens to live in the same process: it knows the hub by the signature alone. People and
tests can break it (`POST /demo-tool/behaviour`) and see the hub catch up. What it does is kept in memory: after
a restart it is well again.

| mode | does |
| --- | --- |
| `ok` | keeps the event, answers 200 |
| `slow` | keeps it, then answers after `delay_s`: with more than the connector's patience the answer is lost |
| `down` | keeps nothing, answers 503 |
| `refuse` | keeps nothing, answers 422: this event, never |
| `rate_limit` | keeps nothing, answers 429 with `Retry-After: retry_after_s` |
| `unauthorized` | keeps nothing, answers 401 |
"""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from local.definitions import Route
from local.sqlite.demo_events import DemoEvents
from shared.ports.surroundings import Clock

Answer: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["ok", "down", "slow", "refuse", "rate_limit", "unauthorized"]

PATH: Final = "/demo-tool/events"
TOLERANCE_S: Final = 300
LONGEST_S: Final = 3600.0
PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the tool is just now. `delay_s`: of `slow`; `retry_after_s`: of `rate_limit`."""

    mode: Mode = "ok"
    retry_after_s: float = 5
    delay_s: float = 30


class DemoTool:
    """Three routes. `signing_secrets` and `tokens` are asked for at each request, so that a rotation is noticed."""

    def __init__(
        self,
        events: DemoEvents,
        *,
        signing_secrets: Callable[[], list[str]],
        is_token: Callable[[str], bool],
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        self._events = events
        self._signing_secrets = signing_secrets
        self._is_token = is_token
        self._clock = clock
        self._stop = stop
        self._behaviour = Behaviour()

    def routes(self) -> list[tuple[Route, Callable[[dict[str, Any]], Answer]]]:
        return [
            (Route("POST", PATH, "demo-tool"), self.receive),
            (Route("GET", PATH, "demo-tool"), self.listed),
            (Route("POST", "/demo-tool/behaviour", "demo-tool"), self.behave),
        ]

    def receive(self, request: dict[str, Any]) -> Answer:
        """One event of the connector, by Standard Webhooks."""
        behaviour = self._behaviour
        if behaviour.mode in _REFUSALS:
            status, message = _REFUSALS[behaviour.mode]
            headers = {"retry-after": f"{behaviour.retry_after_s:g}"} if status == 429 else {}
            return _json(status, {"error": message}, headers)
        headers, body = request["headers"], body_of(request)
        if not is_signed(headers, body, self._signing_secrets(), self._clock()):
            return _json(401, {"error": "the signature is not one of ours"})
        received_at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        kept = {name: value for name, value in headers.items() if name.startswith("webhook-") or name == "content-type"}
        self._events.keep(headers["webhook-id"], received_at.replace("+00:00", "Z"), kept, body)
        if behaviour.mode == "slow":
            self._stop.wait(behaviour.delay_s)
        return _json(200, {"ok": True})

    def listed(self, request: dict[str, Any]) -> Answer:
        """`?after=&limit=`: `{"events": [{"n", "webhook_id", "received_at", "repeats", "body"}]}`, first come first."""
        if not self._is_allowed(request):
            return _json(401, {"error": "a bearer token is needed"})
        query = request.get("queryStringParameters") or {}
        try:
            after, limit = int(query.get("after", 0)), int(query.get("limit", PAGE))
        except ValueError:
            return _json(400, {"error": "after and limit are whole numbers"})
        return _json(200, {"events": self._events.listed(after, max(1, min(limit, PAGE)))})

    def case_of(self, values: Collection[str]) -> str | None:
        """The id of the case that the tool was told of last, of a customer who has one of these identities."""
        for body in self._events.newest(PAGE):
            data = body.get("data", {}) if isinstance(body, dict) else {}
            held = {one.get("value") for one in data.get("customer", {}).get("identities", [])}
            if "case" in data and held.intersection(values):
                return str(data["case"]["id"])
        return None

    def behave(self, request: dict[str, Any]) -> Answer:
        """`{"mode", "retry_after_s"?, "delay_s"?}`: how the tool is from now on."""
        if not self._is_allowed(request):
            return _json(401, {"error": "a bearer token is needed"})
        try:
            self._behaviour = behaviour = _behaviour(json.loads(body_of(request)))
        except ValueError as error:
            return _json(400, {"error": str(error)})
        return _json(200, {"mode": behaviour.mode})

    def _is_allowed(self, request: dict[str, Any]) -> bool:
        scheme, _, token = request["headers"].get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._is_token(token)


_REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "down": (503, "down, as was asked for"),
    "refuse": (422, "refused, as was asked for"),
    "rate_limit": (429, "too many, as was asked for"),
    "unauthorized": (401, "unauthorized, as was asked for"),
}


def body_of(request: Mapping[str, Any]) -> bytes:
    """The very bytes of a request's body."""
    body = request.get("body") or ""
    return b64decode(body) if request.get("isBase64Encoded") else body.encode()


def is_signed(headers: Mapping[str, str], body: bytes, secrets: list[str], now: float) -> bool:
    """Whether one of the secrets signed these very bytes within five minutes of now (Standard Webhooks, `v1`)."""
    id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id_ or not at.isascii() or not at.isdigit() or abs(now - int(at)) > TOLERANCE_S:
        return False
    message = f"{id_}.{at}.".encode() + body
    given = [part for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")]
    matches = [
        hmac.compare_digest(part.encode(), f"v1,{_signature(secret, message)}".encode())
        for part in given
        for secret in secrets
    ]
    return any(matches)


def _signature(secret: str, message: bytes) -> str:
    key = b64decode(secret.removeprefix("whsec_"))
    return b64encode(hmac.digest(key, message, "sha256")).decode("ascii")


def _behaviour(asked: Any) -> Behaviour:
    """Raises ValueError, in words, for what it is not."""
    modes = get_args(Mode)
    if not isinstance(asked, dict) or asked.get("mode") not in modes:
        raise ValueError(f"mode is one of {', '.join(modes)}")
    times = {name: asked[name] for name in ("retry_after_s", "delay_s") if name in asked}
    for name, value in times.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_S:
            raise ValueError(f"{name} is a number of seconds from 0 to {LONGEST_S:g}")
    return Behaviour(asked["mode"], **times)


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }
