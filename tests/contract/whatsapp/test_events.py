"""Every fixture, and what must come of it: `expected.json` lists one row for each event, in order.

A row names the fields that matter; null means that the field must be absent. `#history` lists rows for its messages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "expected.json").read_text("utf-8"))


def _differences(event: dict[str, Any], row: dict[str, Any]) -> list[str]:
    found = [
        f"{key}: {event.get(key)!r}, not {row[key]!r}"
        for key in row
        if key != "#history" and event.get(key) != row[key]
    ]
    if "#history" in row:
        for message, wanted in zip(event["history"], row["#history"], strict=True):
            found += _differences(message, wanted)
    return found


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_element_becomes_the_event_that_the_table_says(name, payload, events):
    found = events(payload(name))
    assert len(found) == len(EXPECTED[name])
    assert [_differences(*pair) for pair in zip(found, EXPECTED[name], strict=True)] == [[] for _ in found]


def test_the_table_lists_every_fixture():
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_event_is_json_in_utf8_and_repeatable(name, payload, events):
    once = [json.dumps(event, ensure_ascii=False, allow_nan=False).encode("utf-8") for event in events(payload(name))]
    again = [json.dumps(event, ensure_ascii=False, allow_nan=False).encode("utf-8") for event in events(payload(name))]
    assert once == again


def _exact(**said: Any) -> dict[str, Any]:
    identities = [
        {
            "kind": "whatsapp",
            "value": "US.1000000000000000001",
            "address": "US.1000000000000000001",
            "level": "channel",
        },
        {"kind": "phone", "value": "+12025550142", "address": "12025550142", "level": "channel"},
    ]
    return {
        "channel": "whatsapp",
        "account": "200000000000001",
        "public": False,
        "direction": "inbound",
        "author": {"type": "customer"},
        "visibility": "public",
        "identities": identities,
        "attachments": [],
        "contacts": [],
        "references": [],
        "forwarded": False,
        "previous_identities": [],
        "history": [],
        "flags": [],
        **said,
    }


EXACT = {
    "button__template": _exact(
        kind="message",
        message_id="wamid.0076",
        occurred_at="2026-09-21T14:13:20Z",
        display_name="Ana P.",
        text="Confirmar",
        choice={"id": "confirm-1", "title": "Confirmar"},
        in_reply_to="wamid.T",
        provider_type="button",
    ),
    "status__failed": _exact(
        kind="receipt",
        message_id="wamid.OUT:failed",
        author={"type": "system"},
        occurred_at="2026-09-21T14:20:00Z",
        receipt={
            "state": "failed",
            "target": "wamid.OUT",
            "error": {
                "code": "131047",
                "title": "Re-engagement message",
                "detail": "More than 24 hours",
                "retryable": False,
            },
        },
        provider_type="failed",
    ),
    "echo__text": _exact(
        kind="message",
        message_id="wamid.E",
        direction="outbound",
        author={"type": "agent"},
        occurred_at="2026-09-21T14:23:20Z",
        text="Ya le ayudo",
        provider_type="text",
    ),
    "call__completed": _exact(
        kind="call",
        message_id="wacid.C:terminate",
        occurred_at="2026-09-21T14:18:20Z",
        display_name="Ana P.",
        call={"state": "completed", "duration_s": 90},
        provider_type="terminate",
    ),
}


@pytest.mark.parametrize("name", sorted(EXACT))
def test_nothing_but_what_was_said_is_in_the_event(name, payload, events):
    (event,) = events(payload(name))
    assert event == EXACT[name]


def test_what_has_no_id_gets_one_from_account_type_time_and_body(payload, events):
    (event,) = events(payload("text__no_id"))
    (copy,) = events(payload("text__no_id"))
    (other,) = events(payload("text__no_id").replace(b"Hola", b"Adios"))
    (elsewhere,) = events(payload("text__no_id").replace(b"200000000000001", b"200000000000002"))
    assert event["message_id"] == copy["message_id"]
    assert len({event["message_id"], other["message_id"], elsewhere["message_id"]}) == 3


@pytest.mark.parametrize("word", ["12025550142", "Ana P.", "Hola", "wamid"])
def test_reasons_quote_nobody(word, payload, events):
    reasons = [event.get("reason") or "" for name in EXPECTED for event in events(payload(name))]
    assert not [reason for reason in reasons if word in reason]


RETRYABLE = {
    **dict.fromkeys(["4", "80007", "130429", "131056", "133016"], True),
    **dict.fromkeys(["1", "2", "131000", "131016", "131057", "133004", "131053"], True),
    **dict.fromkeys(["0", "3", "10", "190", "200", "131005", "131031", "131048", "131047", "131026"], False),
    **dict.fromkeys(["131021", "131049", "131050", "131062", "137000", "100", "132001", "132015", "999999"], False),
}


@pytest.mark.parametrize(("code", "retryable"), RETRYABLE.items())
def test_an_error_says_whether_the_same_may_be_sent_again(code, retryable, delivery, events):
    errors = [{"code": int(code), "title": "x"}]
    (event,) = events(delivery(statuses=[{"id": "w", "status": "failed", "timestamp": "1", "errors": errors}]))
    assert event["receipt"]["error"] == {"code": code, "title": "x", "retryable": retryable}


def test_an_element_that_nobody_can_read_has_an_event_too():
    from shared.channels.whatsapp.parse import parse

    nested: dict[str, Any] = {}
    for _ in range(50_000):
        nested = {"entry": [nested]}
    for raw in ({}, nested):
        event = parse(raw)
        assert (event.kind, event.flags, event.reason) == ("unsupported", ["malformed"], "the entry is no object")
