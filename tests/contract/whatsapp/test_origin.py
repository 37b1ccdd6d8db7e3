"""The handshake and the signature of Meta's webhooks."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from shared.channels.whatsapp.webhook import handshake, verify
from shared.domain.errors import Rejected

BODY = b'{"object":"whatsapp_business_account","text":"\\u00e1\\/ \xf0\x9f\x99\x82"}'
ASKED = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "right"}


def signed(body: bytes = BODY, *, key: str = "alpha") -> str:
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("tokens", [["right"], ["old", "right"], ["right", "new"], ["", "right"]])
def test_handshake_answers_the_challenge_as_it_came(tokens):
    assert handshake(ASKED, tokens) == "1158201444"
    assert handshake({**ASKED, "hub.challenge": "<a> \n"}, tokens) == "<a> \n"


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ({**ASKED, "hub.verify_token": "wrong"}, ["right"]),
        ({**ASKED, "hub.verify_token": "wrong"}, ["right", "other"]),
        ({**ASKED, "hub.verify_token": "ríght \ud800"}, ["right"]),
        ({**ASKED, "hub.verify_token": ""}, [""]),
        ({**ASKED, "hub.mode": "unsubscribe"}, ["right"]),
        ({key: ASKED[key] for key in ("hub.mode", "hub.verify_token")}, ["right"]),
        ({key: ASKED[key] for key in ("hub.mode", "hub.challenge")}, ["right"]),
        ({key: ASKED[key] for key in ("hub.challenge", "hub.verify_token")}, ["right"]),
        ({}, ["right"]),
        ({}, [""]),
        (ASKED, []),
    ],
)
def test_handshake_with_anything_else_is_rejected(query, tokens):
    with pytest.raises(Rejected):
        handshake(query, tokens)


@pytest.mark.parametrize("secrets", [["alpha"], ["old", "alpha"], ["alpha", "new"], ["", "alpha"]])
def test_any_secret_in_force_proves_the_origin(secrets):
    assert verify(BODY, signed(), secrets) is None


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        signed(key="beta"),
        signed(BODY + b" "),
        signed().removeprefix("sha256="),
        signed().replace("sha256", "sha1"),
        signed().replace("sha256=", "SHA256="),
        "sha256=" + signed()[7:].upper(),
        signed() + "00",
        signed() + "\n",
        " " + signed(),
        signed()[:-1],
        "sha256=" + "é" * 64,
        "sha256=" + "١" * 64,
        "sha256=\ud800",
    ],
)
def test_any_other_signature_is_rejected(header):
    with pytest.raises(Rejected):
        verify(BODY, header, ["alpha"])


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_genuine(secrets):
    with pytest.raises(Rejected):
        verify(BODY, signed(key=""), secrets)


def test_the_bytes_are_signed_not_what_they_mean():
    with pytest.raises(Rejected):
        verify(BODY.replace(b"\\/", b"/"), signed(), ["alpha"])


def test_a_rejection_tells_nothing_of_what_was_expected():
    with pytest.raises(Rejected) as rejected:
        verify(BODY, signed(key="beta"), ["alpha"])
    assert signed()[7:20] not in rejected.value.reason
