"""The signed client: connections, repetitions, and what its errors say."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from shared.aws.http import IDLE_LIMIT_S, AwsClient, Endpoint, environment_credentials, region_of
from shared.domain.errors import HubError, Misconfigured, Permanent, Transient

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}


def call(client: AwsClient) -> Any:
    return client.call("Example.Do", "1.0", {"name": "Ana Example"})


def test_a_call_is_signed_json(service: Any, client_of: Any, scripted: Any) -> None:
    service.answers(scripted(content={"done": True}))
    assert call(client_of("sqs")) == {"done": True}
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.content) == ("POST", "/", {"name": "Ana Example"})
    assert asked.headers["x-amz-target"] == "Example.Do"
    assert asked.headers["content-type"] == "application/x-amz-json-1.0"
    assert asked.headers["x-amz-security-token"] == "token-example"
    assert asked.headers["host"] == f"127.0.0.1:{service.port}"
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/sqs/")


def test_one_connection_serves_many_requests(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(*[scripted(content={})] * 5)
    for _ in range(5):
        call(client)
    assert len({asked.connection for asked in service.asked}) == 1


def test_a_refusal_keeps_the_connection_too(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(scripted(400, {}), scripted(content={}))
    with pytest.raises(Permanent):
        call(client)
    call(client)
    assert len({asked.connection for asked in service.asked}) == 1


def test_threads_do_not_share_a_connection_at_once(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(*[scripted(content={"n": 1})] * 40)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: call(client), range(40))) == [{"n": 1}] * 40
    assert len({asked.connection for asked in service.asked}) <= 8


def test_a_kept_connection_that_was_closed_is_made_anew(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(scripted(content={"n": 1}, then="close"), scripted(content={"n": 2}))
    assert [call(client), call(client)] == [{"n": 1}, {"n": 2}]
    assert len({asked.connection for asked in service.asked}) == 2


def test_a_new_connection_that_hangs_up_is_not_tried_again(service: Any, client_of: Any, scripted: Any) -> None:
    service.answers(scripted(then="hang"))
    with pytest.raises(Transient):
        call(client_of("sqs"))
    assert len(service.asked) == 1


def test_a_kept_connection_is_replaced_once_only(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(scripted(content={}), scripted(then="hang"), scripted(then="hang"))
    call(client)
    with pytest.raises(Transient):
        call(client)
    assert len(service.asked) == 3


def test_an_answer_that_breaks_off_is_not_asked_for_again(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(scripted(content={}), scripted(content={"long": "answer"}, then="cut"))
    call(client)
    with pytest.raises(Transient):
        call(client)
    assert len(service.asked) == 2


def test_a_connection_that_lay_too_long_is_not_used(
    service: Any, client_of: Any, scripted: Any, time_of_test: Any
) -> None:
    client = client_of("sqs")
    service.answers(*[scripted(content={})] * 3)
    call(client)
    time_of_test.now += IDLE_LIMIT_S - 1
    call(client)
    time_of_test.now += IDLE_LIMIT_S + 1
    call(client)
    first, second, third = (asked.connection for asked in service.asked)
    assert first == second != third


def test_a_connection_that_the_server_will_close_is_not_kept(service: Any, client_of: Any, scripted: Any) -> None:
    client = client_of("sqs")
    service.answers(scripted(content={}, headers={"Connection": "close"}), scripted(content={}))
    call(client)
    call(client)
    assert len({asked.connection for asked in service.asked}) == 2


def test_nobody_there_is_transient(client_of: Any) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Transient, match="sqs is unreachable: ConnectionRefusedError"):
        call(client_of("sqs", port=port))


def test_a_silent_server_is_transient_and_asked_once(client_of: Any) -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Transient, match="TimeoutError"):
            call(client_of("sqs", port=silent.getsockname()[1], read_timeout_s=0.1))


PASSING = [
    pytest.param(500, {}, id="500"),
    pytest.param(503, {}, id="503"),
    pytest.param(429, {}, id="429"),
    pytest.param(400, {"__type": "com.amazonaws.sqs#RequestThrottled"}, id="throttled"),
    pytest.param(400, {"__type": "ThrottlingException"}, id="throttling"),
    pytest.param(503, b"<Error><Code>SlowDown</Code></Error>", id="slow_down"),
]


@pytest.mark.parametrize(("status", "content"), PASSING)
def test_a_stumble_is_tried_once_more_after_a_moment(
    service: Any, client_of: Any, scripted: Any, time_of_test: Any, status: int, content: Any
) -> None:
    service.answers(scripted(status, content), scripted(content={"done": True}))
    assert call(client_of("sqs")) == {"done": True}
    (slept,) = time_of_test.slept
    assert 0.05 <= slept <= 0.25


@pytest.mark.parametrize(("status", "content"), PASSING)
def test_a_second_stumble_is_transient(service: Any, client_of: Any, scripted: Any, status: int, content: Any) -> None:
    service.answers(scripted(status, content), scripted(status, content))
    with pytest.raises(Transient):
        call(client_of("sqs"))
    assert len(service.asked) == 2


REFUSALS = [
    pytest.param(403, {"__type": "AccessDeniedException"}, Misconfigured, id="denied"),
    pytest.param(400, {"__type": "com.amazon.coral.service#UnrecognizedClientException"}, Misconfigured, id="unknown"),
    pytest.param(400, {"__type": "ExpiredTokenException"}, Misconfigured, id="expired"),
    pytest.param(400, {"__type": "com.amazonaws.sqs#QueueDoesNotExist"}, Misconfigured, id="no_queue"),
    pytest.param(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", Misconfigured, id="signature"),
    pytest.param(403, b"", Misconfigured, id="forbidden_without_a_word"),
    pytest.param(404, b"<Error><Code>NoSuchBucket</Code></Error>", Misconfigured, id="no_bucket"),
    pytest.param(400, {"__type": "InvalidParameterValue"}, Permanent, id="invalid"),
    pytest.param(301, b"<Error><Code>PermanentRedirect</Code></Error>", Permanent, id="elsewhere"),
    pytest.param(400, b"not json", Permanent, id="nonsense"),
    pytest.param(400, [1], Permanent, id="a_list"),
]


@pytest.mark.parametrize(("status", "content", "error"), REFUSALS)
def test_a_refusal_is_not_tried_again(
    service: Any, client_of: Any, scripted: Any, status: int, content: Any, error: type[HubError]
) -> None:
    service.answers(scripted(status, content))
    with pytest.raises(error) as raised:
        call(client_of("sqs"))
    assert type(raised.value) is error
    assert len(service.asked) == 1


def test_an_error_says_code_and_request_and_nothing_of_ours(service: Any, client_of: Any, scripted: Any) -> None:
    content = {"__type": "x#InvalidParameterValue", "message": "Ana Example is not valid"}
    service.answers(scripted(400, content, headers={"x-amzn-RequestId": "11111111-2222"}))
    with pytest.raises(Permanent) as raised:
        call(client_of("sqs"))
    assert str(raised.value) == "sqs: InvalidParameterValue (HTTP 400, request 11111111-2222)"


def test_content_that_looks_like_an_error_is_content(service: Any, client_of: Any, scripted: Any) -> None:
    service.answers(scripted(content={"__type": "ThrottlingException"}))
    assert call(client_of("sqs")) == {"__type": "ThrottlingException"}


def test_an_answer_that_is_no_json_is_transient(service: Any, client_of: Any, scripted: Any) -> None:
    service.answers(scripted(content=b"<html>"))
    with pytest.raises(Transient, match="no JSON"):
        call(client_of("sqs"))


ENDPOINTS = [
    ({"AWS_REGION": "sa-east-1"}, "sqs.sa-east-1.amazonaws.com", True),
    ({"AWS_DEFAULT_REGION": "cn-north-1"}, "sqs.cn-north-1.amazonaws.com.cn", True),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4000"}, "127.0.0.1:4000", False),
    ({"AWS_ENDPOINT_URL": "http://[::1]:4000"}, "[::1]:4000", False),
    ({"AWS_ENDPOINT_URL": "https://vpce.example.com"}, "vpce.example.com", True),
    (
        {"AWS_ENDPOINT_URL": "https://all.example.com", "AWS_ENDPOINT_URL_SQS": "http://localhost:1"},
        "localhost:1",
        False,
    ),
]


@pytest.mark.parametrize(("environ", "authority", "secure"), ENDPOINTS)
def test_the_environment_says_where(environ: dict[str, str], authority: str, secure: bool) -> None:
    endpoint = Endpoint.of("sqs", "SQS", environ)
    assert (endpoint.authority, endpoint.secure) == (authority, secure)


@pytest.mark.parametrize("url", ["http://sqs.example.com", "ftp://127.0.0.1", "127.0.0.1:4000", "https://"])
def test_an_endpoint_that_would_leak_or_is_none_is_misconfigured(url: str) -> None:
    with pytest.raises(Misconfigured, match="sqs"):
        Endpoint.of("sqs", "SQS", {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize("missing", CREDENTIALS)
def test_missing_credentials_are_misconfigured(missing: str) -> None:
    environ = {name: value for name, value in CREDENTIALS.items() if name != missing}
    with pytest.raises(Misconfigured, match=missing):
        environment_credentials(environ)


def test_a_missing_region_is_misconfigured() -> None:
    with pytest.raises(Misconfigured, match="AWS_REGION"):
        region_of({})
