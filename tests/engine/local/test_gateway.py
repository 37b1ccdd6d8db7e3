"""What a handler is given for a request, and what the caller gets for its answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from local.definitions import Route

Start = Callable[..., Any]


def echo(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """An answer without a status is the body of a 200."""
    return event


ROUTES = (
    Route("GET", "/v1/{proxy+}", "echo"),
    Route("GET", "/v1/cases/{id}", "echo"),
    Route("GET", "/v1/cases/mine", "echo"),
    Route("POST", "/webhooks/{channel}", "echo"),
    Route("ANY", "/any", "echo"),
)


@pytest.fixture
def hub(started: Start) -> Any:
    return started({"echo": echo}, routes=ROUTES)


MATCHES = [
    ("GET", "/v1/a/b", "GET /v1/{proxy+}", {"proxy": "a/b"}),
    ("GET", "/v1/cases/7", "GET /v1/cases/{id}", {"id": "7"}),
    ("GET", "/v1/cases/mine", "GET /v1/cases/mine", None),
    ("GET", "/v1/cases/%C3%B1%20a", "GET /v1/cases/{id}", {"id": "ñ a"}),
    ("PUT", "/any", "ANY /any", None),
    ("DELETE", "/any", "ANY /any", None),
]


@pytest.mark.parametrize(("method", "path", "key", "parameters"), MATCHES)
def test_the_most_specific_route_wins(
    hub: Any, method: str, path: str, key: str, parameters: dict[str, str] | None
) -> None:
    event = hub.echoed(method, path)
    assert event["routeKey"] == key
    assert event.get("pathParameters") == parameters


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/v1/a"), ("GET", "/v1/"), ("GET", "/any/more")])
def test_without_a_route_it_is_not_found(hub: Any, method: str, path: str) -> None:
    status, headers, body = hub.ask(method, path)
    assert (status, headers["content-type"], body) == (404, "application/json", b'{"message": "Not Found"}')


def test_a_request_has_the_shape_of_payload_format_2(hub: Any) -> None:
    event = hub.echoed("GET", "/v1/x?a=1&a=2&b=%2B593&c=", X_Odd="One", Cookie="a=1; b=2")
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/v1/x"
    assert event["rawQueryString"] == "a=1&a=2&b=%2B593&c="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "+593", "c": ""}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-odd"] == "One"
    assert "cookie" not in event["headers"]
    assert "body" not in event
    context = event["requestContext"]
    assert (context["http"]["method"], context["http"]["path"]) == ("GET", "/v1/x")
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] != hub.echoed("GET", "/v1/x")["requestContext"]["requestId"]


BODIES = [
    ("application/json", '{"text": "ñandú 👩🏽‍🚀"}'.encode(), False),
    ("application/json; charset=utf-8", b"{}", False),
    ("application/cloudevents+json", b"{}", False),
    ("text/plain", b"hola", False),
    ("application/json", b'{"a": "\xff"}', True),
    ("application/octet-stream", b"\x00\xff", True),
    ("application/x-www-form-urlencoded", b"a=1", True),
    ("", b"plain", True),
]


@pytest.mark.parametrize(("content_type", "body", "encoded"), BODIES)
def test_a_body_arrives_byte_for_byte(hub: Any, content_type: str, body: bytes, encoded: bool) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    event = hub.echoed("POST", "/webhooks/whatsapp", body, **headers)
    assert event["isBase64Encoded"] is encoded
    assert (base64.b64decode(event["body"]) if encoded else event["body"].encode()) == body


def test_a_body_over_ten_megabytes_is_too_large(hub: Any) -> None:
    status, _, _ = hub.ask("POST", "/webhooks/whatsapp", bytes(10 * 1024 * 1024 + 1))
    assert status == 413


ANSWERS: list[tuple[Any, tuple[int, str, bytes]]] = [
    ({"statusCode": 201, "body": "ok"}, (201, "text/plain; charset=utf-8", b"ok")),
    ({"statusCode": 204}, (204, "text/plain; charset=utf-8", b"")),
    ({"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "ñ"}, (200, "text/html", "ñ".encode())),
    ({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}, (200, "text/plain; charset=utf-8", b"\x00\xff")),
    ({"any": "thing"}, (200, "application/json", b'{"any": "thing"}')),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
def test_an_answer_goes_out_as_the_handler_said(
    started: Start, answer: dict[str, Any], expected: tuple[int, str, bytes]
) -> None:
    hub = started({"fixed": lambda _event, _context: answer}, routes=(Route("GET", "/", "fixed"),))
    status, headers, body = hub.ask("GET", "/")
    assert (status, headers["content-type"], body) == expected


def test_cookies_are_set_one_by_one(started: Start) -> None:
    answer = {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"]}
    hub = started({"fixed": lambda _event, _context: answer}, routes=(Route("GET", "/", "fixed"),))
    _, headers, _ = hub.ask("GET", "/")
    assert headers["set-cookie"] == "b=2"  # the later of two headers of one name


def test_a_handler_that_raises_is_a_500_and_the_log_has_no_text_of_it(
    started: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: Any, _context: Any) -> None:
        raise KeyError("ana@example.com")

    hub = started({"fail": fail}, routes=(Route("GET", "/", "fail"),))
    status, _, body = hub.ask("GET", "/")
    assert (status, body) == (500, b'{"message": "Internal Server Error"}')
    assert "KeyError at test_gateway.py" in caplog.text
    assert "example.com" not in caplog.text


def test_a_handler_is_told_its_limits(started: Start) -> None:
    def tell(_event: Any, context: Any) -> dict[str, Any]:
        remaining = context.get_remaining_time_in_millis()
        return {"name": context.function_name, "left": remaining, "id": len(context.aws_request_id)}

    hub = started({"tell": tell}, routes=(Route("GET", "/", "tell"),))
    told = hub.echoed("GET", "/")
    assert told["name"] == "test-tell"
    assert 29_000 < told["left"] <= 30_000
    assert told["id"] == 36
