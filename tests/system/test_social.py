"""Messenger and Instagram at a running hub: signed deliveries become customers and cases, and the tool is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

Eventually = Callable[..., None]
PERSON = {"messenger": "5000000000000001", "instagram": "6000000000000001"}


class Meta:
    """What Meta does at one channel's address of a hub."""

    def __init__(self, hub: Any, channel: str) -> None:
        self.hub, self.channel = hub, channel
        self.path = f"/webhooks/{channel}"
        self.secret: dict[str, Any] = hub.access["secrets"][channel]
        self.account = self.secret["account"]

    def post(self, body: bytes, key: str | None = None) -> int:
        signed = hmac.new((key or self.secret["app_secret"]).encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signed}"}
        status, _ = self.hub.ask("POST", self.path, body, headers)
        return int(status)

    def message(self, mid: str, text: str) -> bytes:
        ends = {"sender": {"id": PERSON[self.channel]}, "recipient": {"id": self.account}}
        item = {**ends, "timestamp": int(time.time() * 1000), "message": {"mid": mid, "text": text}}
        product = "page" if self.channel == "messenger" else "instagram"
        return json.dumps({"object": product, "entry": [{"id": self.account, "messaging": [item]}]}).encode()


@pytest.mark.parametrize("channel", sorted(PERSON))
def test_a_signed_message_becomes_a_case_that_the_tool_is_told_of(
    running_hub: Any, eventually: Eventually, channel: str
) -> None:
    meta = Meta(running_hub, channel)
    body = meta.message("m_1", "¿Tienen rojo?")
    assert [meta.post(body), meta.post(body)] == [200, 200]
    eventually(lambda: running_hub.told_texts() == ["¿Tienen rojo?"])
    [customer] = running_hub.look(f"/v1/customers?identity={quote(channel + ':' + PERSON[channel])}")["customers"]
    timeline = running_hub.look(f"/v1/customers/{customer['id']}/timeline")
    assert "¿Tienen rojo?" in json.dumps(timeline, ensure_ascii=False)


def test_who_cannot_sign_is_turned_away(running_hub: Any) -> None:
    messenger, instagram = Meta(running_hub, "messenger"), Meta(running_hub, "instagram")
    assert messenger.post(messenger.message("m_1", "x"), key="wrong") == 401
    assert instagram.post(instagram.message("m_1", "x"), key=messenger.secret["app_secret"]) == 401
    status, _ = running_hub.ask("POST", messenger.path, messenger.message("m_1", "x"))
    assert status == 401
    assert messenger.post(instagram.message("m_1", "x")) == 200, "another product's object: counted"
    counted = running_hub.look("/local/metrics")["metrics"]
    assert "webhook_ignored" in json.dumps(counted)
    assert running_hub.told() == []


@pytest.mark.parametrize("channel", sorted(PERSON))
def test_the_handshake_answers_the_challenge_to_whoever_knows_the_token(running_hub: Any, channel: str) -> None:
    token = json.loads((running_hub.data / "secrets.json").read_text())[channel]["verify_token"]
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    assert running_hub.ask("GET", f"/webhooks/{channel}?{query}{token}") == (200, b"1158201444")
    assert running_hub.ask("GET", f"/webhooks/{channel}?{query}wrong")[0] == 403
