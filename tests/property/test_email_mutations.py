"""Whatever happens to a mail on its way here, it becomes one event with a sender, and nothing raises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.channels.email.parse import parse
from shared.channels.email.reader import Reader
from shared.channels.email.webhook import split
from shared.domain.errors import Malformed

FIXTURES = Path(__file__).parents[1] / "fixtures" / "email"
MAILS = [path.read_bytes() for path in sorted(FIXTURES.glob("*.eml")) if path.stat().st_size < 20_000]
LINES = sorted({line for mail in MAILS for line in mail[:3000].split(b"\r\n") if 0 < len(line) < 200})
READER = Reader({"soporte@example.com"})

ODD = st.one_of(
    st.sampled_from([b"\x00", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"\x80" * 50, b"\x1b$B", b"\x1b(B", b"+2D0-"]),
    st.sampled_from([b"=?", b"?=", b"=?utf-8?B?", b"=?utf-7?Q?+2D0-?=", b"=?x?Q?=ED=A0=BD?=", b"=ED=A0=80"]),
    st.sampled_from([b"--x\r\n", b"--x--\r\n", b"<", b">", b'"', b"(", b"\\", b"*0*=utf-7''", b"; boundary=", b";"]),
    st.sampled_from([b"begin 644 a\r\n", b"\r\nend\r\n", b"\x78\x9f\x3e\x22", b"BEGIN:VCALENDAR", b"<div>" * 400]),
    st.sampled_from([b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-16"]),
    st.binary(max_size=30),
    st.sampled_from(LINES).map(lambda line: line + b"\r\n"),
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A mail of the corpus to which one to six things happened."""
    mail = bytearray(draw(st.sampled_from(MAILS)))
    for _ in range(draw(st.integers(1, 6))):
        _mutate(draw, mail)
    return bytes(mail)


def _mutate(draw: st.DrawFn, mail: bytearray) -> None:
    at = draw(st.integers(0, max(0, len(mail) - 1)))
    change = draw(st.sampled_from(["flip", "cut", "insert", "insert", "double", "move", "end", "join"]))
    if change == "flip" and mail:
        mail[at] ^= 1 << draw(st.integers(0, 7))
    elif change == "cut":
        del mail[at : at + draw(st.integers(1, 200))]
    elif change == "insert":
        mail[at:at] = draw(ODD)
    elif change == "double":
        begin, end = mail.rfind(b"\n", 0, at) + 1, mail.find(b"\n", at) + 1
        mail[begin:begin] = mail[begin : end or len(mail)]
    elif change == "move":
        piece = bytes(mail[at : at + 60])
        del mail[at : at + 60]
        mail[len(mail) // 2 : len(mail) // 2] = piece
    elif change == "end":
        del mail[at:]
    else:
        mail += draw(st.sampled_from(MAILS))


RECEIPTS = st.one_of(
    st.none(),
    st.sampled_from([{}, {"recipients": ["soporte@example.com"]}, {"recipients": [7, "", "\ud83d@x"], "at": "never"}]),
    st.fixed_dictionaries(
        {"verdicts": st.one_of(st.none(), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))}
    ),
    st.fixed_dictionaries({"at": st.text(max_size=20), "recipients": st.lists(st.text(max_size=20), max_size=3)}),
)


def _check(mail: bytes, receipt: object) -> None:
    raw = {"mail": mail} if receipt is None else {"mail": mail, "receipt": receipt}
    event = parse(raw)
    dump = event.dump()
    json.dumps(dump, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert dump["channel"] == "email"
    assert len(dump["message_id"]) == 64
    assert dump["provider_type"]
    assert not (event.kind in ("unsupported", "ignored") and not event.reason)
    assert event.is_malformed or len(event.identities) == 1, "a mail is never lost because of its sender"
    assert event.is_malformed is (not mail.strip())
    if event.kind == "message":
        assert event.identities[0].kind in ("email", "external")
    assert parse(raw).dump() == dump
    READER.parse(raw)


COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=400, **COMMON)
@given(mails(), RECEIPTS)
def test_a_mutated_mail_gives_one_event(mail, receipt):
    _check(mail, receipt)


@pytest.mark.slow
@settings(max_examples=10_000, **COMMON)
@given(mails(), RECEIPTS)
def test_thousands_of_mutated_mails_give_one_event_each(mail, receipt):
    _check(mail, receipt)


@settings(max_examples=150, **COMMON)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail(mail):
    _check(mail, None)
    try:
        [element] = split(mail)
    except Malformed:
        assert not mail.strip()
    else:
        assert element.raw["mail"] == mail


@settings(max_examples=150, **COMMON)
@given(st.sampled_from(MAILS), st.data())
def test_a_mail_that_breaks_off_anywhere_is_read(mail, data):
    _check(mail[: data.draw(st.integers(0, len(mail)))], None)


@pytest.mark.parametrize("raw", [{}, {"mail": None}, {"mail": ""}, {"mail": "Hola"}, {"mail": b""}, {"mail": b" \r\n"}])
def test_what_is_no_mail_is_malformed(raw):
    event = parse(raw)
    assert (event.kind, event.is_malformed, event.reason) == ("unsupported", True, "there is no mail")
