"""One webhook of Meta's behind an HTTP API: handshake, signature, elements, answer. Standard library alone.

200 means durable. 503 makes Meta send the delivery again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl

from shared.domain.errors import Malformed, Misconfigured, Rejected, Transient
from shared.meta.origin import handshake, verify

if TYPE_CHECKING:
    from shared.domain.element import Element
    from shared.ports.surroundings import Clock, Metrics, Secrets

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Meta sends up to 3 MB."""

Answer = dict[str, Any]


class Receive(Protocol):
    """Makes elements durable, as `shared.application.receive.receive` does. Raises `Transient`."""

    def __call__(self, elements: Sequence[Element], *, body: bytes, delivery: str, received_at: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook of one channel. `secret_names`: separated by commas; each secret may hold `app_secrets` and
    `verify_token` or `verify_tokens`, and all of them are in force."""

    channel: str
    split: Callable[[bytes], list[Element]]
    secret_names: str
    secrets: Secrets
    metrics: Metrics
    clock: Clock
    receive: Receive

    def answer(self, event: dict[str, Any]) -> Answer:
        """One request of an HTTP API (payload 2.0)."""
        request = event["requestContext"]
        trace_id = str(request["requestId"])
        answer = {"GET": self._subscribe, "POST": self._accept}.get(request["http"]["method"])
        if answer is None:
            return _error(405, "method_not_allowed", "GET and POST alone", trace_id)
        try:
            return answer(event, trace_id)
        except Malformed as malformed:
            return _error(400, "malformed", malformed.reason, trace_id)
        except (Transient, Misconfigured):
            self._count("webhook_unavailable")
            return _error(503, "unavailable", "not made durable, please send it again", trace_id)

    def _subscribe(self, event: dict[str, Any], trace_id: str) -> Answer:
        query = dict(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True))
        try:
            return _text(200, handshake(query, _verify_tokens(self._held())))
        except Rejected as rejected:
            self._count("webhook_rejected")
            return _error(403, "forbidden", rejected.reason, trace_id)

    def _accept(self, event: dict[str, Any], trace_id: str) -> Answer:
        body = _body(event)
        if len(body) > MAX_BODY_BYTES:
            return _error(413, "too_large", f"more than {MAX_BODY_BYTES} bytes", trace_id)
        try:
            verify(body, _header(event, "x-hub-signature-256"), _app_secrets(self._held()))
        except Rejected as rejected:
            self._count("webhook_rejected")
            return _error(401, "unauthorized", rejected.reason, trace_id)
        elements = self.split(body)
        if elements:
            now = datetime.fromtimestamp(self.clock(), UTC).isoformat(timespec="milliseconds")
            self.receive(elements, body=body, delivery=trace_id, received_at=now.replace("+00:00", "Z"))
        self._count("webhook_accepted" if elements else "webhook_ignored", max(1, len(elements)))
        return _text(200, "ok")

    def _held(self) -> list[Mapping[str, Any]]:
        return [self.secrets.get(name.strip()) for name in self.secret_names.split(",") if name.strip()]

    def _count(self, name: str, value: float = 1) -> None:
        self.metrics.count(name, value, channel=self.channel)


def _verify_tokens(held: Sequence[Mapping[str, Any]]) -> list[str]:
    """Several products may have tokens of their own at one address."""
    several = [token for secret in held for token in (secret.get("verify_token"), *(secret.get("verify_tokens") or ()))]
    return [str(token) for token in several if token]


def _app_secrets(held: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(each) for secret in held for each in secret.get("app_secrets") or ()]


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise Malformed("the body is not base64") from error


def _header(event: dict[str, Any], name: str) -> str | None:
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _text(status: int, text: str) -> Answer:
    return {"statusCode": status, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": text}


def _error(status: int, code: str, message: str, trace_id: str) -> Answer:
    body = json.dumps({"error": {"code": code, "message": message, "trace_id": trace_id}})
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}
