from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.api.routes import ROUTES, Api
from shared.store import keys

CONSOLE = Path(__file__).parents[3] / "functions" / "api" / "console"


def test_health_says_ok_and_needs_no_token_and_no_table() -> None:
    event = {"rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
    answer = Api(SimpleNamespace(), str).answer(event)
    assert (answer["statusCode"], answer["body"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v2/customers", "/v1/customers/c-1/x", "/local/activity", "//"])
def test_an_unknown_address_is_not_found(hub: Any, path: str) -> None:
    answer = hub.ask(path)
    assert answer.status == 404
    assert answer.json["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/v1/customers", "GET"), ("POST", "/health", "GET"), ("PUT", "/v1/dead-letters/redrive", "GET, POST")],
)
def test_another_method_is_told_which_are_allowed(hub: Any, method: str, path: str, allowed: str) -> None:
    answer = hub.ask(path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


def test_an_error_carries_the_id_of_its_request(hub: Any) -> None:
    error = hub.ask("/v1/customers/nobody").json["error"]
    assert error == {"code": "not_found", "message": "there is no such customer", "trace_id": "r-1"}


def test_a_defect_of_ours_says_nothing_of_what_it_met(hub: Any, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> Any:
        raise RuntimeError("Ana Ejemplo +593991234567")

    hub.parts.table = fails
    with caplog.at_level(logging.DEBUG):
        answer = hub.ask("/v1/customers/c-1")
    assert answer.status == 500
    assert answer.json["error"]["code"] == "defect"
    assert answer.json["error"]["trace_id"] == "r-1"
    assert "Ana" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text
    assert "r-1" in caplog.text


def test_a_missing_secret_lets_nobody_in(hub: Any) -> None:
    hub.parts.tokens = None
    answer = hub.ask("/v1/customers/c-1")
    assert (answer.status, answer.json["error"]["code"]) == (500, "misconfigured")


def test_data_is_kept_by_nobody_and_open_to_no_other_site(hub: Any) -> None:
    for answer in (hub.ask("/v1/connectors"), hub.ask("/v1/customers/x"), hub.ask("/v1/queues", token=None)):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_breaker_is_closed_until_somebody_opened_it(hub: Any) -> None:
    connector = SimpleNamespace(name="demo", kind="generic_webhook")
    hub.parts.config = lambda: SimpleNamespace(connectors=[connector])
    assert [one["state"] for one in hub.ask("/v1/connectors").json["connectors"]] == ["closed"]
    hub.put(keys.connector_state("demo"), state="open", until=1795341660, failures=3, reason="503", since="x")
    assert hub.ask("/v1/connectors").json["connectors"] == [
        {"name": "demo", "kind": "generic_webhook", "state": "open", "since": "x", "until": 1795341660, "failures": 3,
         "reason": "503"}
    ]  # fmt: skip


def test_a_body_in_base64_is_read(hub: Any) -> None:
    body = base64.b64encode(b'{"all": true}').decode()
    event = {
        "rawPath": "/v1/dead-letters/redrive",
        "headers": {"Authorization": "Bearer token-of-an-operator"},
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": True,
    }
    api = Api(hub.parts, lambda: "n")
    assert json.loads(api.answer(event)["body"])["redriven"] == 0
    assert api.answer(event | {"body": "%%%"})["statusCode"] == 400
    assert api.answer(event | {"body": "/w=="})["statusCode"] == 400


def test_a_stage_with_a_name_is_no_part_of_the_address(hub: Any) -> None:
    event = {"rawPath": "/prod/health", "requestContext": {"stage": "prod", "http": {"method": "GET"}}}
    assert Api(hub.parts, str).answer(event)["body"] == "ok"


@pytest.mark.parametrize("path", ["/console/", "/console/index.html"])
def test_the_console_is_served_with_a_policy_that_allows_nothing_from_elsewhere(hub: Any, path: str) -> None:
    answer = hub.ask(path, token=None)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_every_file_that_the_page_names_is_served(hub: Any) -> None:
    for file in CONSOLE.iterdir():
        answer = hub.ask(f"/console/{file.name}", token=None)
        assert answer.status == 200, file.name
        assert answer.text.encode() == file.read_bytes()


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e%2fapp.py", "app.py", "..", "%00", "/etc/passwd", "a/b"])
def test_no_other_file_is_served(hub: Any, name: str) -> None:
    assert hub.ask(f"/console/{name}", token=None).status == 404


def test_the_folder_without_its_slash_leads_to_the_page(hub: Any) -> None:
    answer = hub.ask("/console", token=None)
    assert (answer.status, answer.headers["location"]) == (308, "console/")


PATHS = st.one_of(
    st.sampled_from(
        ["/v1/customers", "/v1/customers/c-1", "/v1/customers/c-1/timeline", "/v1/cases/k-1", "/v1/dead-letters"]
    ),
    st.builds("/v1/customers/{}".format, st.text(max_size=200)),
    st.builds("/v1/cases/{}".format, st.text(max_size=200)),
    st.builds("/v1/dead-letters/{}".format, st.text(max_size=200)),
)
QUERIES = st.one_of(
    st.text(max_size=100),
    st.builds(
        "{}={}".format,
        st.sampled_from(["identity", "cursor", "limit", "log", "origin"]),
        st.one_of(
            st.text(max_size=300),
            st.builds(
                "{}:{}".format, st.sampled_from(["phone", "email", "whatsapp", "external"]), st.text(max_size=300)
            ),
            st.binary(max_size=40).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw)),
            st.dictionaries(st.sampled_from(["after", "before", "day"]), st.text(max_size=50), max_size=2).map(
                lambda position: base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
            ),
        ),
    ),
)


@given(path=PATHS, query=QUERIES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_question_makes_the_api_stumble(hub: Any, path: str, query: str) -> None:
    assert hub.ask(path, query).status in (200, 400, 404)


@given(event=st.recursive(
    st.none() | st.booleans() | st.text(max_size=20) | st.integers(),
    lambda inner: st.dictionaries(
        st.sampled_from(["rawPath", "rawQueryString", "headers", "requestContext", "http", "method", "body"]), inner
    ),
    max_leaves=8,
))  # fmt: skip
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_gateway_sends_gets_an_answer(hub: Any, event: Any) -> None:
    answer = Api(hub.parts, str).answer(event)
    assert 200 <= answer["statusCode"] < 600


def test_every_address_but_health_and_the_page_asks_for_a_scope() -> None:
    open_to_all = [route.path.pattern for route in ROUTES if not route.scope]
    # a file's link bears its own proof, and so does a survey's: see test_files.py, tests/engine/surveys/test_page.py
    own = ("health", "console", "files", "/s/")
    assert all(any(name in path for name in own) for path in open_to_all)


def test_starting_the_api_loads_neither_powertools_nor_a_client_of_aws() -> None:
    heavy = ("boto3", "botocore", "aws_lambda_powertools", "local", "cli", "requests")
    program = f"import sys, functions.api.app; print([m for m in sys.modules if m.split('.')[0] in {heavy}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
