"""The demo tool takes only what is signed, keeps each event once, and can be broken."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from typing import Any

import pytest

from local.demo_tool import DemoTool
from local.sqlite.database import Database
from local.sqlite.demo_events import DemoEvents

NOW = 1_800_000_000.0
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(bytes(32)).decode()
BODY = '{"type": "contact.created", "text": "ñ"}'
TOKEN = {"headers": {"authorization": "Bearer token"}}


@pytest.fixture
def tool(database: Database) -> DemoTool:
    return DemoTool(
        DemoEvents(database),
        signing_secrets=lambda: [OTHER, SECRET],
        is_token=lambda given: given == "token",
        clock=lambda: NOW,
        stop=threading.Event(),
    )


def signed(id_: str = "msg_1", at: int = int(NOW), body: str = BODY, key: bytes = KEY) -> dict[str, Any]:
    digest = hmac.digest(key, f"{id_}.{at}.{body}".encode(), "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    headers = {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signature}
    return {"headers": headers, "body": body, "isBase64Encoded": False}


def listed(tool: DemoTool, **query: str) -> list[dict[str, Any]]:
    answer = tool.listed({**TOKEN, "queryStringParameters": query})
    assert answer["statusCode"] == 200
    events: list[dict[str, Any]] = json.loads(answer["body"])["events"]
    return events


def behave(tool: DemoTool, **behaviour: Any) -> int:
    status: int = tool.behave({**TOKEN, "body": json.dumps(behaviour)})["statusCode"]
    return status


def test_the_published_example_of_standard_webhooks_is_accepted(database: Database) -> None:
    """From the specification's test vector."""
    tool = DemoTool(
        DemoEvents(database),
        signing_secrets=lambda: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        is_token=lambda _: False,
        clock=lambda: 1614265330.0,
        stop=threading.Event(),
    )
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert tool.receive({"headers": headers, "body": '{"test": 2432232314}'})["statusCode"] == 200


def test_an_event_is_kept_and_a_repeat_is_counted(tool: DemoTool) -> None:
    for _ in range(3):
        assert tool.receive(signed())["statusCode"] == 200
    tool.receive(signed("msg_2", body='{"n": 2}'))
    assert listed(tool) == [
        {
            "n": 1,
            "webhook_id": "msg_1",
            "received_at": "2027-01-15T08:00:00.000Z",
            "repeats": 2,
            "body": json.loads(BODY),
        },
        {"n": 2, "webhook_id": "msg_2", "received_at": "2027-01-15T08:00:00.000Z", "repeats": 0, "body": {"n": 2}},
    ]
    assert [event["webhook_id"] for event in listed(tool, after="1")] == ["msg_2"]
    assert [event["webhook_id"] for event in listed(tool, limit="1")] == ["msg_1"]


FORGED = {
    "another key": signed(key=b"x" * 32),
    "another body": {**signed(), "body": BODY + " "},
    "too old": signed(at=int(NOW) - 301),
    "too new": signed(at=int(NOW) + 301),
    "no headers": {"headers": {}, "body": BODY},
    "no version": {**signed(), "headers": {**signed()["headers"], "webhook-signature": "abc"}},
    "no number": {**signed(), "headers": {**signed()["headers"], "webhook-timestamp": "now"}},
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_signed_is_refused_and_not_kept(tool: DemoTool, name: str) -> None:
    assert tool.receive(FORGED[name])["statusCode"] == 401
    assert listed(tool) == []


def test_any_of_several_signatures_and_secrets_will_do(tool: DemoTool) -> None:
    request = signed()
    request["headers"]["webhook-signature"] = "v1,AAAA " + request["headers"]["webhook-signature"] + " v2,x"
    assert tool.receive(request)["statusCode"] == 200


@pytest.mark.parametrize(
    ("mode", "status"), [("down", 503), ("refuse", 422), ("rate_limit", 429), ("unauthorized", 401)]
)
def test_a_broken_tool_keeps_nothing_until_it_is_well_again(tool: DemoTool, mode: str, status: int) -> None:
    assert behave(tool, mode=mode, retry_after_s=7) == 200
    answer = tool.receive(signed())
    assert answer["statusCode"] == status
    assert answer["headers"].get("retry-after") == ("7" if mode == "rate_limit" else None)
    assert listed(tool) == []
    assert behave(tool, mode="ok") == 200
    assert tool.receive(signed())["statusCode"] == 200
    assert len(listed(tool)) == 1


def test_a_slow_tool_keeps_the_event_before_it_answers(tool: DemoTool) -> None:
    behave(tool, mode="slow", delay_s=0.05)
    assert tool.receive(signed())["statusCode"] == 200
    assert len(listed(tool)) == 1


@pytest.mark.parametrize(
    "behaviour", [{"mode": "strange"}, {}, {"mode": "slow", "delay_s": -1}, {"mode": "slow", "delay_s": "long"}]
)
def test_a_behaviour_it_does_not_know_is_refused(tool: DemoTool, behaviour: dict[str, Any]) -> None:
    assert behave(tool, **behaviour) == 400


def test_only_who_has_the_token_may_look_or_break(tool: DemoTool) -> None:
    stranger = {"headers": {"authorization": "Bearer guess"}, "body": '{"mode": "down"}'}
    assert tool.listed(stranger)["statusCode"] == 401
    assert tool.behave(stranger)["statusCode"] == 401
    assert tool.receive(signed())["statusCode"] == 200
