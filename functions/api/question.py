"""The request as API Gateway hands it over (HTTP API, payload format 2.0), read without trust."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from shared.application.inquire_errors import BadQuestion
from shared.domain.event import printable

MAX_BODY: Final = 64 * 1024
"""Bytes. The only body that this API takes is a list of ids."""


@dataclass(frozen=True, slots=True)
class Question:
    method: str
    path: str
    query: Mapping[str, str]
    authorization: str | None
    body: str
    trace_id: str

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `BadQuestion`."""
        if len(self.body) > MAX_BODY:
            raise BadQuestion(f"body: larger than {MAX_BODY} bytes")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as fault:
            raise BadQuestion("body: not JSON") from fault
        if not isinstance(value, dict):
            raise BadQuestion("body: not a JSON object")
        return value


def seconds_of(said: Any, most: float) -> float:
    """How long one request may work before it answers, at most `most`. Raises `BadQuestion`."""
    if said is None:
        return most
    if not isinstance(said, int | float) or isinstance(said, bool) or not 0 < said <= most:
        raise BadQuestion(f"body: seconds is not a number of at most {most:g}")
    return float(said)


def question_of(event: Mapping[str, Any]) -> Question:
    """What is asked. Raises `BadQuestion` for a body that is not the base64 it claims to be."""
    context = event.get("requestContext") or {}
    http = context.get("http") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Question(
        method=str(http.get("method", "GET")).upper(),
        path=_path(str(event.get("rawPath") or "/"), str(context.get("stage") or "$default")),
        query=_query(str(event.get("rawQueryString") or "")),
        authorization=headers.get("authorization"),
        body=_body(event),
        trace_id=str(context.get("requestId") or "-"),
    )


def _path(raw: str, stage: str) -> str:
    """The path without the stage, which the gateway puts in front where it has a name."""
    if stage != "$default" and raw.startswith(f"/{stage}/"):
        raw = raw[len(stage) + 1 :]
    return printable(unquote(raw, errors="replace"))


def _query(raw: str) -> dict[str, str]:
    """Parameters by name, the last one wins. A bare `+` stays a plus: here it belongs to a phone, not to a form."""
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return {_decoded(name): _decoded(value) for name, _, value in pairs}


def _decoded(text: str) -> str:
    return printable(unquote(text, errors="replace"))


def _body(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as fault:
        raise BadQuestion("body: not UTF-8") from fault
