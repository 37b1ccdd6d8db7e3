"""The tools' webhook: verify the raw bytes, enqueue a hint, answer. Standard library alone.

2xx means durable. 503 makes the tool send it again; so does the sweep, for a tool that can be asked.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from shared import bootstrap
from shared.application import tool_hint
from shared.application.door import Known, admit
from shared.application.tool_hint import ToolHint
from shared.domain.element import digest
from shared.domain.errors import Malformed, Misconfigured, Permanent, Rejected, Transient
from shared.ports.connectors import Request
from shared.ports.queues import MAX_MESSAGE_BYTES
from shared.store.back import BURST_S

MAX_BODY_BYTES: Final = MAX_MESSAGE_BYTES
UNKNOWN: Final = "unknown"
"""In metrics, a connector that we do not have: what is in a path is anybody's invention."""

Answer = dict[str, Any]


def handler(event: dict[str, Any], _context: object) -> Answer:
    """`POST /connectors/{connector}/events` of an HTTP API (payload 2.0)."""
    trace_id = str(event["requestContext"]["requestId"])
    name = str((event.get("pathParameters") or {}).get("connector") or "")
    known = connectors_of(os.environ.get("CONNECTORS", "")).get(name)
    if known is None:
        bootstrap.metrics().count("webhook_rejected", channel=UNKNOWN)
        return _error(404, "unknown_connector", "the hub has no such connector, see its CONNECTORS", trace_id)
    kind, secret = known
    try:
        return _accept(event, name, kind, secret, trace_id)
    except Rejected as rejected:
        bootstrap.metrics().count("webhook_rejected", channel=name)
        return _error(401, "unauthorized", rejected.reason, trace_id)
    except Malformed as malformed:
        return _error(400, "malformed", malformed.reason, trace_id)
    except Transient as again:
        bootstrap.metrics().count("webhook_unavailable", channel=name)
        wait = again.retry_after_s
        headers = {"retry-after": str(max(1, round(wait)))} if wait is not None else {}
        status, code = (429, "too_many") if wait is not None else (503, "unavailable")
        return _error(status, code, "not made durable, please send it again", trace_id, headers)
    except (Misconfigured, Permanent):
        bootstrap.metrics().count("webhook_unavailable", channel=name)
        return _error(503, "unavailable", "not made durable, please send it again", trace_id)


def connectors_of(listed: str) -> dict[str, tuple[str, str]]:
    """`name:kind:secret`, several separated by commas or spaces: kind and secret by name."""
    parts = [one.split(":") for one in listed.replace(",", " ").split()]
    return {one[0]: (one[1], one[2]) for one in parts if len(one) == 3 and one[1] in bootstrap.CONNECTORS}


def _accept(event: dict[str, Any], name: str, kind: str, secret: str, trace_id: str) -> Answer:
    body = _body(event)
    if len(body) > MAX_BODY_BYTES:
        return _too_large(trace_id)
    headers = {key.lower(): str(value) for key, value in (event.get("headers") or {}).items()}
    query = dict(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True))
    request = Request(headers, body, bootstrap.clock()(), query)
    hints = bootstrap.hook(kind)(request, bootstrap.secrets().get(secret), name)
    messages = [ToolHint.of(name, hint) for hint in hints]
    if any(message.is_too_large for message in messages):
        return _too_large(trace_id)
    for message in messages:
        if message.told is not None and (refused := _refused(name, message.told, trace_id)) is not None:
            return refused
    tool_hint.send(bootstrap.queues(), messages)
    bootstrap.metrics().count(
        "webhook_accepted" if messages else "webhook_ignored", max(1, len(messages)), channel=name
    )
    return _accepted(202, name, messages)


def _refused(name: str, told: Mapping[str, Any], trace_id: str) -> Answer | None:
    """The answer to what need not, or must not, be queued: a copy, an unknown case, a case that has moved on."""
    verdict = admit(bootstrap.lookup(), name, told, bootstrap.clock()())
    if verdict is Known.SEEN:
        return _accepted(200, name, [ToolHint(name, str(told["id"]))])
    if verdict is Known.TOO_OFTEN:
        bootstrap.metrics().count("loop_suspected", connector=name)
        raise Transient("so much was told of one case that two machines may be answering each other", BURST_S)
    if verdict is Known.NOT:
        return _error(404, "unknown_case", "this connector was never told of such a case or contact", trace_id)
    if verdict is Known.OTHERWISE:
        return _error(409, "version_conflict", "the case has another version by now: read it again", trace_id)
    return None


def _accepted(status: int, name: str, messages: list[ToolHint]) -> Answer:
    id_ = digest("accepted", name, *(message.id for message in messages))[:32]
    return _json(status, {"accepted": True, "id": id_})


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise Malformed("the body is not base64") from error


def _too_large(trace_id: str) -> Answer:
    return _error(413, "too_large", f"more than {MAX_BODY_BYTES} bytes: send large content by its address", trace_id)


def _error(status: int, code: str, message: str, trace_id: str, headers: Mapping[str, str] | None = None) -> Answer:
    return _json(status, {"error": {"code": code, "message": message, "trace_id": trace_id}}, headers)


def _json(status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(content),
    }
