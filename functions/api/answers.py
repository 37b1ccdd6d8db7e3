"""What the API answers with: JSON, its errors, and files. Nothing here asks anybody anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shared.application.access import Forbidden
from shared.application.inquire_errors import BadQuestion, NotFound, NotPossible
from shared.domain.errors import HubError, Misconfigured, Permanent, Rejected, Transient
from shared.domain.event import printable

_EVERY_ANSWER: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}
"""No CORS header among them: no other site's page may ask."""


class NotAllowed(HubError):
    """The address exists, but not for this method: answer 405."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("this address answers " + ", ".join(allowed))
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def for_gateway(self) -> dict[str, Any]:
        """The form that API Gateway's HTTP APIs take (payload format 2.0)."""
        headers = {**_EVERY_ANSWER, **self.headers}
        try:
            return {"statusCode": self.status, "headers": headers, "body": self.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            text = base64.b64encode(self.body).decode("ascii")
            return {"statusCode": self.status, "headers": headers, "body": text, "isBase64Encoded": True}


def data(value: Any, status: int = 200) -> Answer:
    """JSON that nobody on the way may keep."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    headers = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"}
    return Answer(status, printable(body).encode(), headers)


def plain(text: str) -> Answer:
    return Answer(200, text.encode(), {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"})


_STATUS: Final[tuple[tuple[type[HubError], int, str], ...]] = (
    (Rejected, 401, "unauthorized"),
    (Forbidden, 403, "forbidden"),
    (NotFound, 404, "not_found"),
    (NotAllowed, 405, "method_not_allowed"),
    (BadQuestion, 400, "bad_request"),
    (NotPossible, 409, "not_possible"),
    (Transient, 503, "unavailable"),
    (Misconfigured, 500, "misconfigured"),
    (Permanent, 500, "failed"),
)
"""What each error is to the caller, first match."""


def failure(fault: Exception, trace_id: str) -> Answer:
    """The error in the form that callers rely on. What is no error of ours says nothing but its trace id."""
    for kind, status, code in _STATUS:
        if isinstance(fault, kind):
            return _error(status, code, fault.reason, trace_id, _more(fault))
    return _error(500, "defect", "something went wrong here; the log has more under the trace id", trace_id, {})


def _more(fault: HubError) -> dict[str, str]:
    if isinstance(fault, Rejected):
        return {"www-authenticate": "Bearer"}
    if isinstance(fault, NotAllowed):
        return {"allow": ", ".join(fault.allowed)}
    if isinstance(fault, Transient):
        return {"retry-after": str(int(fault.retry_after_s or 1))}
    return {}


def _error(status: int, code: str, message: str, trace_id: str, headers: Mapping[str, str]) -> Answer:
    answer = data({"error": {"code": code, "message": message, "trace_id": trace_id}}, status)
    return Answer(status, answer.body, {**answer.headers, **headers})
