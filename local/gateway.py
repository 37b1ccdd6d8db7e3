"""An API Gateway HTTP API as a WSGI application: routes to handlers, payload format 2.0 both ways.

Source: "Create AWS Lambda proxy integrations for HTTP APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl
from uuid import uuid4

from local.definitions import Route
from local.functions import ACCOUNT, report

LOG: Final = logging.getLogger("hilo")

Event: TypeAlias = dict[str, Any]
Answering: TypeAlias = Callable[[Event], Any]
Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""The gateway's own limit."""

_PARAMETER: Final = re.compile(r"\\\{(\w+)(\\\+)?\\\}")
_TEXT: Final = re.compile(r"text/|application/(json|javascript|xml|[\w.-]+\+json|[\w.-]+\+xml)\b")


class Gateway:
    """A WSGI application. The most specific route wins; without one: 404. What a handler raises: 500."""

    def __init__(self, routes: Iterable[tuple[Route, Answering]]) -> None:
        compiled = [_Compiled(route, answering) for route, answering in routes]
        self._routes: Sequence[_Compiled] = sorted(compiled, key=_Compiled.generality)

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            return _send(start_response, {"statusCode": 413, "body": {"message": "Request Entity Too Large"}})
        method, path = environ["REQUEST_METHOD"], _text(environ.get("PATH_INFO", ""))
        for route in self._routes:
            parameters = route.match(method, path)
            if parameters is not None:
                return _answer(route.answering, request_event(environ, route.key, parameters), start_response)
        return _send(start_response, {"statusCode": 404, "body": {"message": "Not Found"}})


class _Compiled:
    def __init__(self, route: Route, answering: Answering) -> None:
        self.answering = answering
        self.key = f"{route.method} {route.path}"
        self._method = route.method
        self._parameters = route.path.count("{")
        self._greedy = "+}" in route.path
        pattern = _PARAMETER.sub(
            lambda match: f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})", re.escape(route.path)
        )
        self._pattern = re.compile(pattern, re.DOTALL)

    def generality(self) -> tuple[bool, int, bool]:
        """Greedy routes last, then those with more parameters, then those for any method."""
        return self._greedy, self._parameters, self._method == "ANY"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        if self._method not in (method, "ANY"):
            return None
        matched = self._pattern.fullmatch(path)
        return matched.groupdict() if matched else None


def _group(parameter: re.Match[str]) -> str:
    return f"(?P<{parameter[1]}>{'.+' if parameter[2] else '[^/]+'})"


def request_event(environ: Environ, route_key: str, parameters: dict[str, str]) -> Event:
    """The request in payload format 2.0. A text body comes as text; any other, and text that is not UTF-8, as base64.

    As on AWS, paths are decoded, header names are in lower case, and cookies stand apart.
    """
    headers = _headers(environ)
    cookies = headers.pop("cookie", None)
    path, query = _text(environ.get("PATH_INFO", "")), environ.get("QUERY_STRING", "")
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _request_context(environ, route_key, path, headers),
        **_body(environ, headers.get("content-type", "")),
    }
    if cookies is not None:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = parameters
    return event


def _request_context(environ: Environ, route_key: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "accountId": ACCOUNT,
        "apiId": "embedded",
        "domainName": headers.get("host", ""),
        "domainPrefix": "embedded",
        "http": {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": environ.get("REMOTE_ADDR", ""),
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid4()),
        "routeKey": route_key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _text(latin: str) -> str:
    """WSGI hands bytes over as Latin-1."""
    return latin.encode("latin-1").decode("utf-8", "replace")


def _headers(environ: Environ) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _body(environ: Environ, content_type: str) -> dict[str, Any]:
    body: bytes = environ["wsgi.input"].read()
    if not body:
        return {"isBase64Encoded": False}
    if _TEXT.match(content_type.lower()):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            LOG.debug("a text body is not UTF-8")
    return {"body": b64encode(body).decode("ascii"), "isBase64Encoded": True}


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A name given several times has its values joined by commas."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _answer(answering: Answering, event: Event, start_response: StartResponse) -> list[bytes]:
    try:
        answer = answering(event)
    except Exception as error:  # noqa: BLE001  as the gateway: whatever a handler raises is a 500
        report(event["routeKey"], error)
        answer = {"statusCode": 500, "body": {"message": "Internal Server Error"}}
    return _send(start_response, answer)


def _send(start_response: StartResponse, answer: Any) -> list[bytes]:
    """Without a status an answer is the JSON body of a 200, as in the format."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        answer = {"statusCode": 200, "body": json.dumps(answer), "headers": {"content-type": "application/json"}}
    content = answer.get("body") or ""
    headers = {name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()}
    if isinstance(content, dict):
        content = json.dumps(content)
        headers["content-type"] = "application/json"
    body = b64decode(content) if answer.get("isBase64Encoded") else content.encode("utf-8", "surrogatepass")
    headers.setdefault("content-type", "text/plain; charset=utf-8")
    headers["content-length"] = str(len(body))
    cookies = [("set-cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    status = int(answer["statusCode"])
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    start_response(f"{status} {reason}", [*headers.items(), *cookies])
    return [body]
