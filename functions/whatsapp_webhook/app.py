"""WhatsApp's webhook: verify the raw bytes, split, enqueue, answer. Reads no table; standard library alone.

200 means durable. 503 makes Meta send the delivery again.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from shared import bootstrap
from shared.application.receive import receive
from shared.channels.whatsapp.webhook import handshake, split, verify
from shared.domain.errors import Malformed, Misconfigured, Rejected, Transient

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Meta sends up to 3 MB."""

Answer = dict[str, Any]


def handler(event: dict[str, Any], _context: object) -> Answer:
    """One request of an HTTP API (payload 2.0). Secrets' names come from CHANNEL_SECRETS; all of them are in force."""
    request = event["requestContext"]
    trace_id = str(request["requestId"])
    answer = {"GET": _subscribe, "POST": _accept}.get(request["http"]["method"])
    if answer is None:
        return _error(405, "method_not_allowed", "GET and POST alone", trace_id)
    try:
        return answer(event, trace_id)
    except Malformed as malformed:
        return _error(400, "malformed", malformed.reason, trace_id)
    except (Transient, Misconfigured):
        bootstrap.metrics().count("webhook_unavailable", channel="whatsapp")
        return _error(503, "unavailable", "not made durable, please send it again", trace_id)


def _subscribe(event: dict[str, Any], trace_id: str) -> Answer:
    query = dict(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True))
    for secret in _secrets():
        try:
            return _text(200, handshake(query, str(secret.get("verify_token") or "")))
        except Rejected:  # another token may be in force
            continue
    bootstrap.metrics().count("webhook_rejected", channel="whatsapp")
    return _error(403, "forbidden", "the verify token is not ours", trace_id)


def _accept(event: dict[str, Any], trace_id: str) -> Answer:
    body = _body(event)
    if len(body) > MAX_BODY_BYTES:
        return _error(413, "too_large", f"more than {MAX_BODY_BYTES} bytes", trace_id)
    try:
        verify(body, _header(event, "x-hub-signature-256"), _app_secrets())
    except Rejected as rejected:
        bootstrap.metrics().count("webhook_rejected", channel="whatsapp")
        return _error(401, "unauthorized", rejected.reason, trace_id)
    elements = split(body)
    if elements:
        now = datetime.fromtimestamp(bootstrap.clock()(), UTC).isoformat(timespec="milliseconds")
        receive(
            elements,
            body=body,
            delivery=trace_id,
            received_at=now.replace("+00:00", "Z"),
            queues=bootstrap.queues(),
            files=bootstrap.files(),
        )
    counter = "webhook_accepted" if elements else "webhook_ignored"
    bootstrap.metrics().count(counter, max(1, len(elements)), channel="whatsapp")
    return _text(200, "ok")


def _secrets() -> list[Mapping[str, Any]]:
    names = os.environ.get("CHANNEL_SECRETS", "whatsapp").split(",")
    return [bootstrap.secrets().get(name.strip()) for name in names if name.strip()]


def _app_secrets() -> list[str]:
    return [str(each) for secret in _secrets() for each in secret.get("app_secrets") or ()]


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
