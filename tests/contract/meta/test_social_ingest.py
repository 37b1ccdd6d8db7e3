"""The function behind `/webhooks/messenger` and `/webhooks/instagram`, with everything below the ports replaced."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.social_ingest.app import handler
from shared import bootstrap
from tests.contract.meta.tables import fixtures

ROOT = Path(__file__).parents[3]
SECRETS: dict[str, dict[str, Any]] = {
    "messenger": {"app_secrets": ["meta app"], "verify_token": "right"},
    "instagram": {"app_secrets": ["meta app", "instagram app"], "verify_tokens": ["one", "two"]},
    "second": {"app_secrets": ["another app"], "verify_token": "other"},
}
OTHER = {"messenger": "instagram", "instagram": "messenger"}


class Hub:
    """Everything that the function reaches, and what it did there."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.counted: dict[tuple[str, str], float] = {}

    def send(self, queue: str, batch: Any) -> tuple[int, ...]:
        assert queue == "inbound"
        self.messages += batch
        return ()

    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        raise AssertionError("nothing here is large enough for a file")

    def get(self, name: str) -> dict[str, Any]:
        return SECRETS[name]

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert set(dimensions) == {"channel"}
        place = dimensions["channel"], name
        self.counted[place] = self.counted.get(place, 0) + value


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("MESSENGER_SECRETS", "INSTAGRAM_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    made = Hub()
    with bootstrap.installed(queues=made, files=made, secrets=made, metrics=made, clock=lambda: 1790000000.25):
        yield made


def ask(channel: str, method: str, **parts: Any) -> dict[str, Any]:
    context = {"http": {"method": method}, "requestId": "r1"}
    route = f"{method} /webhooks/{channel}"
    return handler({"version": "2.0", "routeKey": route, "requestContext": context, **parts}, None)


def post(channel: str, body: bytes, key: str, prefix: str = "sha256=", header: str = "x-hub-signature-256") -> int:
    signature = prefix + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    encoded = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return int(ask(channel, "POST", headers={header: signature}, **encoded)["statusCode"])


CHANNELS = pytest.mark.parametrize("channel", sorted(OTHER))


@CHANNELS
def test_a_genuine_delivery_is_queued_element_by_element(hub: Hub, channel: str) -> None:
    assert post(channel, fixtures(channel)["many_at_once"], "meta app") == 200
    envelopes = sorted((json.loads(message.body) for message in hub.messages), key=lambda one: one["index"])
    assert [(one["channel"], one["index"]) for one in envelopes] == [(channel, number) for number in range(4)]
    assert len({message.group for message in hub.messages}) == 1, "one person's words keep their order"
    assert hub.counted == {(channel, "webhook_accepted"): 4}


def test_both_logins_of_instagram_are_known_by_their_secrets(hub: Hub) -> None:
    body = fixtures("instagram")["text"]
    assert [post("instagram", body, key) for key in ("meta app", "instagram app")] == [200, 200]


@pytest.mark.parametrize(
    ("channel", "key", "damage"),
    [
        ("messenger", "instagram app", {}),
        ("messenger", "", {}),
        ("messenger", "meta app", {"prefix": "sha1="}),
        ("messenger", "meta app", {"prefix": ""}),
        ("instagram", "meta app", {"header": "x-hub-signature"}),
        ("instagram", "another app", {}),
    ],
)
def test_anything_else_is_unauthorized_and_goes_nowhere(
    hub: Hub, channel: str, key: str, damage: dict[str, str]
) -> None:
    assert post(channel, fixtures(channel)["text"], key, **damage) == 401
    assert hub.messages == []
    assert hub.counted == {(channel, "webhook_rejected"): 1}


def test_a_changed_byte_is_unauthorized(hub: Hub) -> None:
    body = fixtures("messenger")["text"]
    signature = "sha256=" + hmac.new(b"meta app", body, hashlib.sha256).hexdigest()
    changed = body.replace(b"Hola", b"hola").decode()
    assert ask("messenger", "POST", headers={"x-hub-signature-256": signature}, body=changed)["statusCode"] == 401


def test_every_secret_that_is_named_for_a_product_is_in_force_there(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSENGER_SECRETS", "messenger, second")
    assert post("messenger", fixtures("messenger")["text"], "another app") == 200
    assert post("instagram", fixtures("instagram")["text"], "another app") == 401


@CHANNELS
def test_the_other_products_object_is_taken_counted_and_left(hub: Hub, channel: str) -> None:
    assert post(channel, fixtures(OTHER[channel])["text"], "meta app") == 200
    assert hub.messages == []
    assert hub.counted == {(channel, "webhook_ignored"): 1}


@pytest.mark.parametrize(
    ("channel", "token", "status"),
    [
        ("messenger", "right", 200),
        ("messenger", "one", 403),
        ("instagram", "one", 200),
        ("instagram", "two", 200),
        ("instagram", "right", 403),
        ("instagram", "", 403),
    ],
)
def test_the_handshake_takes_any_token_of_the_product(hub: Hub, channel: str, token: str, status: int) -> None:
    query = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
    answer = ask(channel, "GET", rawQueryString=query)
    assert answer["statusCode"] == status
    assert (answer["body"] == "1158201444") == (status == 200)


def test_it_imports_the_standard_library_alone() -> None:
    program = (
        "import sys; before = set(sys.modules); import functions.social_ingest.app;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) == {"functions", "shared"}
