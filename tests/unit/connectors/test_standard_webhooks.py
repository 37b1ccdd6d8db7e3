from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from shared.connectors.standard_webhooks import keys_of, sign, verify
from shared.domain.errors import Misconfigured, Rejected

SECRET = "whsec_aHViLXRlc3Qtc2VjcmV0LTAwMDAwMDAwMDAwMDE="
BODY = b'{"type":"endpoint.test","timestamp":"2026-11-22T01:02:03Z","data":{"tenant":"t1"}}'
SIGNATURE = "v1,SD6Kr1Kvx5cbbURN2bKFDD4RzrxGtx9qSJDLInPJa6E="


def whsec(length: int) -> str:
    return "whsec_" + b64encode(b"k" * length).decode()


def test_the_published_vector_is_met() -> None:
    assert sign(keys_of({"signing_secrets": [SECRET]}, "demo"), "msg_1", 1795309323, BODY) == SIGNATURE


def test_every_secret_in_force_signs_in_their_order() -> None:
    keys = keys_of({"signing_secrets": [whsec(24), SECRET]}, "demo")
    first, second = sign(keys, "msg_1", 1795309323, BODY).split(" ")
    assert first == sign(keys[:1], "msg_1", 1795309323, BODY) != second
    assert second == SIGNATURE


@pytest.mark.parametrize(
    ("webhook_id", "timestamp", "body"),
    [("msg_2", 1795309323, BODY), ("msg_1", 1795309324, BODY), ("msg_1", 1795309323, BODY + b"\n")],
)
def test_id_time_and_every_byte_are_signed(webhook_id: str, timestamp: int, body: bytes) -> None:
    assert sign(keys_of({"signing_secrets": [SECRET]}, "demo"), webhook_id, timestamp, body) != SIGNATURE


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_key_of_24_to_64_bytes_is_taken(length: int) -> None:
    assert keys_of({"signing_secrets": [whsec(length)]}, "demo") == (b"k" * length,)


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ({}, "connector demo: its secret has no list signing_secrets"),
        ({"signing_secrets": SECRET}, "connector demo: its secret has no list signing_secrets"),
        ({"signing_secrets": []}, "connector demo: its secret has no list signing_secrets"),
        ({"signing_secrets": [SECRET, 7]}, "connector demo: signing secret 2 does not begin with whsec_"),
        ({"signing_secrets": ["whpk_abc"]}, "connector demo: signing secret 1 does not begin with whsec_"),
        ({"signing_secrets": ["whsec_***"]}, "connector demo: signing secret 1 is not base64 after whsec_"),
        ({"signing_secrets": ["whsec_ñandú"]}, "connector demo: signing secret 1 is not base64 after whsec_"),
        ({"signing_secrets": [whsec(23)]}, "connector demo: signing secret 1 holds 23 bytes; it needs 24 to 64"),
        ({"signing_secrets": [whsec(65)]}, "connector demo: signing secret 1 holds 65 bytes; it needs 24 to 64"),
    ],
)
def test_a_key_that_is_none_stops_the_connector_and_is_not_shown(secret: dict[str, Any], reason: str) -> None:
    with pytest.raises(Misconfigured) as error:
        keys_of(secret, "demo")
    assert error.value.reason == reason


HEADERS = {"webhook-id": "msg_1", "webhook-timestamp": "1795309323", "webhook-signature": SIGNATURE}


@pytest.mark.parametrize("later", [-300, 0, 300])
def test_the_published_vector_is_let_in_within_five_minutes(later: int) -> None:
    keys = keys_of({"signing_secrets": [whsec(24), SECRET]}, "demo")
    assert verify(keys, HEADERS, BODY, 1795309323 + later) == "msg_1"


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": f"v1,AAAA v2,BBBB {SIGNATURE}"},
        {"webhook-signature": f"{SIGNATURE} v1,AAAA"},
    ],
)
def test_one_good_signature_of_several_is_enough(changed: dict[str, str]) -> None:
    assert verify(keys_of({"signing_secrets": [SECRET]}, "demo"), {**HEADERS, **changed}, BODY, 1795309323) == "msg_1"


@pytest.mark.parametrize(
    ("changed", "later", "reason"),
    [
        ({}, 301, "more than 300 s"),
        ({}, -301, "more than 300 s"),
        ({"webhook-timestamp": "1795309324"}, 0, "no secret in force"),
        ({"webhook-timestamp": "-1795309323"}, 0, "no whole number"),
        ({"webhook-timestamp": "1795309323.0"}, 0, "no whole number"),
        ({"webhook-timestamp": "9" * 400}, 0, "no whole number"),
        ({"webhook-timestamp": "\u0661"}, 0, "no whole number"),
        ({"webhook-id": ""}, 0, "webhook-id"),
        ({"webhook-id": "m" * 257}, 0, "webhook-id"),
        ({"webhook-id": "msg_2"}, 0, "no secret in force"),
        ({"webhook-signature": SIGNATURE.removeprefix("v1,")}, 0, "no secret in force"),
        ({"webhook-signature": ""}, 0, "no secret in force"),
    ],
)
def test_whatever_is_not_proven_is_rejected(changed: dict[str, str], later: int, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        verify(keys_of({"signing_secrets": [SECRET]}, "demo"), {**HEADERS, **changed}, BODY, 1795309323 + later)
