"""The function behind `/webhooks/whatsapp`, with everything below the ports replaced."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.whatsapp_webhook.app import handler
from shared import bootstrap
from shared.domain.errors import Misconfigured, Transient
from shared.meta.webhook import MAX_BODY_BYTES

ROOT = Path(__file__).parents[3]
SECRETS = {
    "whatsapp": {"app_secrets": ["old", "alpha"], "verify_token": "right"},
    "second": {"app_secrets": ["beta"], "verify_token": "other"},
    "bare": {},
}


class Hub:
    """Everything that the function reaches, and what it did there."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.files: dict[str, bytes] = {}
        self.counted: dict[str, float] = {}
        self.down: Exception | None = None
        self.secrets_down: Exception | None = None

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        if self.down:
            raise self.down
        assert queue == "inbound"
        self.messages += batch
        return ()

    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self.files[key] = content

    def get(self, name: str) -> dict[str, Any]:
        if self.secrets_down:
            raise self.secrets_down
        return SECRETS[name]

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert dimensions == {"channel": "whatsapp"}
        self.counted[name] = self.counted.get(name, 0) + value


@pytest.fixture
def hub(monkeypatch) -> Hub:
    made = Hub()
    bootstrap.install(queues=made, files=made, secrets=made, metrics=made, clock=lambda: 1790000000.25)
    monkeypatch.delenv("CHANNEL_SECRETS", raising=False)
    return made


def request(method: str, **parts: Any) -> dict[str, Any]:
    return {"version": "2.0", "requestContext": {"http": {"method": method}, "requestId": "req-1="}, **parts}


def post(body: bytes, key: str = "alpha", /, *, header: str = "x-hub-signature-256", **parts: Any) -> dict[str, Any]:
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    encoded = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return handler(request("POST", headers={header: signature}, **{**encoded, **parts}), None)


def error(answer: dict[str, Any]) -> str:
    assert answer["headers"]["content-type"] == "application/json"
    body = json.loads(answer["body"])["error"]
    assert body["trace_id"] == "req-1="
    assert set(body) == {"code", "message", "trace_id"}
    return str(body["code"])


def test_handshake_answers_the_challenge_as_plain_text(hub):
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=right"
    answer = handler(request("GET", rawQueryString=query), None)
    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")
    assert answer["headers"]["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query", ["hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong", "hub.challenge=1", "", None]
)
def test_handshake_with_a_wrong_token_is_forbidden(hub, query):
    answer = handler(request("GET", rawQueryString=query), None)
    assert (answer["statusCode"], error(answer)) == (403, "forbidden")
    assert hub.counted == {"webhook_rejected": 1}


def test_every_named_secret_is_in_force(hub, monkeypatch, payload):
    monkeypatch.setenv("CHANNEL_SECRETS", "bare, whatsapp,second")
    assert {post(payload("text__plain"), key)["statusCode"] for key in ("old", "alpha", "beta")} == {200}
    query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=other"
    assert handler(request("GET", rawQueryString=query), None)["statusCode"] == 200


def test_a_genuine_delivery_is_queued_element_by_element(hub, payload):
    answer = post(payload("envelope__mixed_order"))
    assert (answer["statusCode"], answer["body"]) == (200, "ok")
    envelopes = sorted((json.loads(message.body) for message in hub.messages), key=lambda envelope: envelope["index"])
    assert [envelope["index"] for envelope in envelopes] == [0, 1, 2, 3, 4]
    assert {(e["channel"], e["delivery"], e["received_at"]) for e in envelopes} == {
        ("whatsapp", "req-1=", "2026-09-21T14:13:20.250Z")
    }
    assert hub.counted == {"webhook_accepted": 5}


@pytest.mark.parametrize("header", ["x-hub-signature-256", "X-Hub-Signature-256", "X-HUB-SIGNATURE-256"])
def test_the_header_is_found_however_it_is_written(hub, header, payload):
    assert post(payload("text__plain"), header=header)["statusCode"] == 200


def test_a_body_that_came_as_text_is_signed_as_utf8(hub, payload):
    body = payload("text__other_scripts")
    assert post(body, body=body.decode(), isBase64Encoded=False)["statusCode"] == 200


@pytest.mark.parametrize("header", ["x-hub-signature", "authorization"])
def test_unsigned_is_unauthorized_and_stored_nowhere(hub, header, payload):
    answer = post(payload("text__plain"), header=header)
    assert (answer["statusCode"], error(answer)) == (401, "unauthorized")
    assert (hub.messages, hub.files, hub.counted) == ([], {}, {"webhook_rejected": 1})


def test_signed_with_another_secret_is_unauthorized(hub, payload):
    assert post(payload("text__plain"), "gamma")["statusCode"] == 401
    assert hub.messages == []


def test_no_headers_at_all_is_unauthorized(hub):
    assert handler(request("POST", body="{}"), None)["statusCode"] == 401


@pytest.mark.parametrize("body", [b"", b"hola", b"[1]", b"null", b"[" * 100_000])
def test_signed_but_no_json_object_is_a_bad_request(hub, body):
    answer = post(body)
    assert (answer["statusCode"], error(answer)) == (400, "malformed")


def test_broken_base64_is_a_bad_request(hub):
    assert post(b"{}", body="%%%")["statusCode"] == 400


def test_too_large_is_refused_and_the_largest_that_meta_sends_is_not(hub):
    assert error(post(b" " * (MAX_BODY_BYTES + 1))) == "too_large"
    assert post(b"{}" + b" " * 3_000_000)["statusCode"] == 200


@pytest.mark.parametrize("name", ["envelope__other_object", "envelope__empty_entry"])
def test_what_is_not_for_us_is_counted_and_ignored(hub, name, payload):
    assert post(payload(name))["statusCode"] == 200
    assert (hub.messages, hub.counted) == ([], {"webhook_ignored": 1})


def test_what_could_not_be_made_durable_is_asked_for_again(hub, payload):
    hub.down = Transient("down")
    answer = post(payload("text__plain"))
    assert (answer["statusCode"], error(answer)) == (503, "unavailable")
    assert hub.counted == {"webhook_unavailable": 1}


@pytest.mark.parametrize("failure", [Transient("down"), Misconfigured("absent")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_its_secrets_it_fails_closed(hub, failure, method, payload):
    hub.secrets_down = failure
    answer = handler(request(method, body="{}", rawQueryString=""), None)
    assert (answer["statusCode"], error(answer)) == (503, "unavailable")
    assert hub.messages == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_other_methods_are_not_allowed(hub, method):
    assert handler(request(method), None)["statusCode"] == 405


def test_a_cold_start_imports_the_standard_library_alone():
    script = (
        "import sys; before = set(sys.modules); import functions.whatsapp_webhook.app;"
        "print('\\n'.join({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    foreign = set(loaded.stdout.split()) - set(sys.stdlib_module_names) - {"functions", "shared"}
    assert not {name for name in foreign if not name.startswith("_")}
    assert "functions" in loaded.stdout
