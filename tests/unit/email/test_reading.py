"""The pieces that mails are read with, case by case; the corpus has the whole."""

from __future__ import annotations

from binascii import b2a_uu

import pytest

from shared.channels.email import headers, mime, parameters, tnef, transfer
from shared.channels.email.addresses import listed, sender_of
from shared.channels.email.calendar import invite_of
from shared.channels.email.charsets import codec_of, decoded
from shared.channels.email.contained import content_of
from shared.channels.email.parts import unflowed

CODECS = [
    ("GB2312", "gb18030"),
    ("iso_2022_jp", "iso2022_jp_ext"),
    ("ks_c_5601-1987", "cp949"),
    ("ISO-8859-1", "cp1252"),
    ("'windows-1252'", "cp1252"),
    ("utf8", "utf-8"),
    ("UTF-8;", "utf-8"),
    ("cp-1250", "cp1250"),
    ("iso88591", "cp1252"),
    ("x-user-defined", None),
    ("base64", None),
    ("rot13", None),
    ("unicode_escape", None),
    ("punycode", None),
    ("utf-7", "utf-7"),
    ("us-ascii", "ascii"),
    ("", None),
    (None, None),
    ("a" * 5000, None),
    ("\0", None),
]


@pytest.mark.parametrize(("said", "codec"), CODECS)
def test_what_a_charset_means(said: str | None, codec: str | None) -> None:
    assert codec_of(said) == codec


@pytest.mark.parametrize("charset", [None, "utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb2312", "x", "cp1252", "hz"])
def test_every_byte_is_text_in_every_charset(charset: str | None) -> None:
    for data in (bytes(range(256)), bytes(range(255, -1, -1)), b"\xd8\x00" * 9, b"+2D0-", b"\x1b$B\x1b$B!", b"~{"):
        decoded(data, charset).encode("utf-8")


ADDRESSES = [
    ("a@example.com, b@example.com", ["a@example.com", "b@example.com"]),
    ("Grupo: a@example.com, b@example.com;", ["a@example.com", "b@example.com"]),
    ("undisclosed-recipients:;", []),
    ('"x, y" <a@example.com>', ["a@example.com"]),
    ("a@example.com (b@example.com)", ["a@example.com"]),
    ('"<b@example.com>" <a@example.com>', ["a@example.com"]),
    ('"\\"<b@example.com>" <a@example.com>', ["a@example.com"]),
    ("=?utf-8?q?b=40example.com?= <a@example.com>", ["a@example.com"]),
    ("=?utf-8?q?b=40example.com=3e?=@example.net", []),
    ("a@example.com <b@example.com>", ["b@example.com"]),
    ("<a@example.com> <b@example.com>", []),
    ("a@example.com\x00b", []),
    ("<a@example.com>>", ["a@example.com"]),
    ("a b@example.com", []),
    ("a@b@example.com", []),
    ("a@localhost", []),
    ("", []),
]


@pytest.mark.parametrize(("value", "usable"), ADDRESSES)
def test_which_addresses_are_usable(value: str, usable: list[str]) -> None:
    assert [one.value for one in listed([value]) if one.is_valid] == usable


def test_no_other_header_makes_up_for_a_lie_in_from() -> None:
    mail = mime.read(b"From: =?utf-8?q?x=40good.example=3e?=@evil.example\r\nReply-To: x@good.example\r\n\r\n")
    sender = sender_of(mail)
    assert sender.is_odd
    assert sender.address is not None
    assert not sender.address.is_valid


PARAMETERS = [
    (b'text/plain; charset="utf-8"', ("text/plain", {"charset": "utf-8"})),
    (b"TEXT/Plain;CHARSET=utf-8;", ("text/plain", {"charset": "utf-8"})),
    (b'a/b; name="a;b.pdf"', ("a/b", {"name": "a;b.pdf"})),
    (b'a/b; name="a\\"b.pdf"', ("a/b", {"name": 'a"b.pdf'})),
    (b"a/b; name=a.pdf; name=b.pdf", ("a/b", {"name": "a.pdf"})),
    (b"a/b; name*1=b; name*0=a; name*2*=%C3%A1", ("a/b", {"name": "abá"})),
    (b"a/b; name*=bad'es'%E1", ("a/b", {"name": "á"})),
    (b"a/b; =x; ;; name", ("a/b", {})),
    (b"", ("", {})),
    (None, ("", {})),
]


@pytest.mark.parametrize(("value", "read"), PARAMETERS)
def test_parameters_in_every_spelling(value: bytes | None, read: tuple[str, dict[str, str]]) -> None:
    assert tuple(parameters.read(value)) == read


def test_a_block_ends_where_its_empty_line_is() -> None:
    raw = b"A: 1\r\n B\r\nC : 2\r\n\r\nBody: no\r\n"
    block = headers.read_block(raw)
    assert [(one.name, one.value) for one in block.fields] == [("a", b"1 B"), ("c", b"2")]
    assert raw[block.body :] == b"Body: no\r\n"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode", "7bit", "", "nonsense", "BASE64 "])
def test_any_bytes_are_decoded(encoding: str) -> None:
    for data in (
        b"",
        b"=",
        b"====",
        b"\xff" * 9,
        b"begin 644 a\n\xff\xff\nend\n",
        b"A",
        b"=ZZ=\r\n",
        bytes(range(256)),
    ):
        assert isinstance(transfer.decoded(data, encoding).data, bytes)


def test_a_part_is_found_again_by_its_path() -> None:
    inner = b"--y\r\n\r\nuno\r\n--y\r\n\r\nbegin 644 a.txt\r\n" + b2a_uu(b"dos") + b"`\r\nend\r\n--y--"
    raw = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ncero\r\n--x\r\n"
    raw += b"Content-Type: multipart/mixed; boundary=y\r\n\r\n" + inner + b"\r\n--x--\r\n"
    assert content_of(raw, "1") == b"cero"
    assert content_of(raw, "2.1") == b"uno"
    assert content_of(raw, "2.2!1") == b"dos"
    for nowhere in ("3", "2", "1!1", "", "x", "1.1", "!"):
        assert content_of(raw, nowhere) is None


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_tnef_that_breaks_off_is_no_fault(cut: int) -> None:
    whole = tnef.SIGNATURE + b"\x01\x00" + b"\x02\x02\x90\x06\x00\x0e\x00\x00\x00" + b"\0" * 16
    whole += b"\x02\x05\x90\x06\x00\xff\x00\x00\x00" + b"\x01\x00\x00\x00\x1f\x00\x07\x37\xff\xff\xff\xff" * 30
    unpacked = tnef.unpack(whole[:cut])
    assert unpacked is None if cut < 4 else unpacked is not None


def test_soft_line_breaks_are_taken_out_at_each_depth_of_quoting() -> None:
    assert unflowed("uno \ndos\n> tres \n> cuatro\n>> cinco \n> seis") == "uno dos\n> tres cuatro\n>> cinco \n> seis"
    assert unflowed(" >no es cita\n-- \nAna") == ">no es cita\n-- \nAna"


def test_what_is_no_calendar_is_no_invitation() -> None:
    assert invite_of(b"Hola") is None
    event = invite_of(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261120\nEND:VEVENT\nEND:VCALENDAR", None, "reply"
    )
    assert event is not None
    assert (event.line, event.is_answer) == ("Answer to an invitation - 2026-11-20", True)
