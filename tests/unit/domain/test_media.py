"""Which files are fetched, how they are called, what may harm."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import media
from shared.domain.event import Event
from shared.domain.media import Limits, count, digest_of, file_key, wanted
from shared.domain.media_danger import danger_of, shown_as
from shared.domain.media_names import LONGEST_NAME, plain_type, safe_name


def event(*attachments: dict[str, Any], **more: Any) -> Event:
    parts: dict[str, Any] = {"channel": "whatsapp", "account": "1", "kind": "message", "message_id": "m"}
    parts |= {"author": {"type": "customer"}, "provider_type": "image", "attachments": list(attachments)}
    return Event.model_validate(parts | more)


ANSWER: dict[str, Any] = {"direction": "outbound", "author": {"type": "agent"}}
INTERNAL: dict[str, Any] = {"visibility": "internal"}
FETCHED = [
    ({"kind": "image", "provider_id": "1"}, {}, True),
    ({"kind": "image", "url": "https://scontent.example/1"}, {"channel": "messenger"}, True),
    ({"kind": "sticker", "url": "https://scontent.example/1"}, {"channel": "instagram"}, True),
    ({"kind": "document", "provider_id": "1.2"}, {"channel": "email"}, True),
    ({"kind": "document", "provider_id": "1.2"}, {"channel": "email", "kind": "auto_reply"}, True),
    ({"kind": "image", "provider_id": "1"}, {"kind": "edit"}, True),
    ({"kind": "image", "provider_id": "1"}, {"direction": "outbound"}, True),
    ({"kind": "story", "url": "https://scontent.example/1"}, {"channel": "instagram"}, False),
    ({"kind": "share", "url": "https://scontent.example/1"}, {"channel": "instagram"}, False),
    ({"kind": "image", "provider_id": "1", "failed": "131052: too large"}, {}, False),
    ({"kind": "image"}, {}, False),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "demo"}, False),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "hub"}, False),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "desk"} | ANSWER, True),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "desk"} | ANSWER | INTERNAL, False),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "hub"} | ANSWER, False),
    ({"kind": "document", "url": "https://tool.example/1"}, {"channel": "desk"} | ANSWER | {"kind": "edit"}, False),
    ({"kind": "image", "provider_id": "1"}, {"kind": "edit", "flags": ["stored_file"]}, False),
    ({"kind": "image", "provider_id": "1"}, {"kind": "edit", "flags": ["reparsed"]}, False),
    ({"kind": "image", "provider_id": "1"}, {"kind": "deletion"}, False),
    ({"kind": "image", "provider_id": "1"}, {"kind": "state_change"}, False),
]


@pytest.mark.parametrize(("attachment", "more", "is_fetched"), FETCHED)
def test_which_attachments_are_fetched(attachment: dict[str, Any], more: dict[str, Any], is_fetched: bool) -> None:
    assert count(event(attachment, **more)) == int(is_fetched)


def test_a_file_keeps_its_place_among_the_attachments() -> None:
    image = {"kind": "image", "provider_id": "1"}
    found = list(wanted(event({"kind": "share", "url": "https://x.example"}, image, {"kind": "story"}, image)))
    assert [number for number, _ in found] == [1, 3]


def test_of_a_thousand_files_the_first_hundred_are_fetched() -> None:
    assert count(event(*[{"kind": "image", "provider_id": "1"}] * 1000)) == media.MOST_FILES


def test_a_key_holds_our_own_ids_alone() -> None:
    assert file_key("01J", 7, 0) == "media/01J/7/0"


def test_the_total_bounds_what_one_more_file_may_have() -> None:
    limits = Limits({"image": 10}, 25)
    assert [limits.of("image", spent) for spent in (0, 15, 20, 25, 99)] == [10, 10, 5, 0, 0]
    assert Limits({}, 2**40).of("unheard of", 0) == media.MAX_BYTES["document"]


NAMES = [
    ("foto.jpg", "foto.jpg"),
    ("Informe final (2).pdf", "Informe final (2).pdf"),
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
    ("C:\\Users\\ana\\foto.jpg", "foto.jpg"),
    ("/absolute/a.txt", "a.txt"),
    ("a\x00b\x1b.txt", "ab.txt"),
    ("a\r\nContent-Type: text/html.txt", "html.txt"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("\u2066a\u2069.pdf", "a.pdf"),
    ("zero\u200bwidth\ufeff.pdf", "zerowidth.pdf"),
    ("...hidden", "hidden"),
    (".bashrc", "bashrc"),
    ("trailing. . .", "trailing"),
    ("cafe\u0301.pdf", "café.pdf"),
    ("two\u2003  spaces.pdf", "two spaces.pdf"),
    ('a<b>c:"d|e?f*.txt', "abcdef.txt"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("Lpt1 .pdf", "_Lpt1 .pdf"),
    ("COM¹.pdf", "_COM¹.pdf"),
    ("console.txt", "console.txt"),
    ("factura.pdf.exe", "factura.pdf.exe"),
    ("👩\u200d🚀 viaje.png", "👩\u200d🚀 viaje.png"),
    ("half\ud83d.png", "half.png"),
    ("日本.pdf", "日本.pdf"),
    ("", "image-1.jpg"),
    (None, "image-1.jpg"),
    ("...", "image-1.jpg"),
    ("///", "image-1.jpg"),
    ("\u202e\u202d", "image-1.jpg"),
    ("-- .. --", "image-1.jpg"),
    ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ("a" * 300, "a" * 150),
    ("b." + "x" * 300, ("b." + "x" * 300)[:150]),
]


@pytest.mark.parametrize(("sent", "kept"), NAMES)
def test_a_name_is_kept_as_far_as_it_harms_nobody(sent: str | None, kept: str) -> None:
    assert safe_name(sent, "image", 0, "image/jpeg; x=y") == kept


def test_a_file_of_no_name_and_type_is_bin() -> None:
    assert safe_name(None, "document", 2, None) == "document-3.bin"


@given(st.text())
def test_any_name_becomes_one_that_any_system_takes(sent: str) -> None:
    kept = safe_name(sent, "image", 0, None)
    assert 0 < len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\<>:"|?*\x00\r\n\u202e')
    assert kept == kept.strip()
    assert not kept.startswith(".")
    kept.encode("utf-8")
    assert safe_name(kept, "image", 0, None) == kept


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("image/JPEG", "image/jpeg"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
        ("text/html\r\nx: y", None),
        ("jpeg", None),
        ("", None),
        (None, None),
        ("a/" + "b" * 200, None),
    ],
)
def test_a_type_is_plain_or_none(said: str | None, plain: str | None) -> None:
    assert plain_type(said) == plain


JPEG, PDF, ZIP = b"\xff\xd8\xff\xe0\x00\x10JFIF", b"%PDF-1.7\n", b"PK\x03\x04"
DANGERS = [
    ("foto.jpg", "image/jpeg", "image/jpeg", JPEG, None),
    ("a.pdf", "application/pdf", None, PDF, None),
    ("a.docx", None, None, ZIP, None),
    ("a.txt", "text/plain", None, b"hola <html es un texto", None),
    ("a.csv", "text/plain", None, b"nombre;valor", None),
    ("foto.jpg", "text/html", "image/jpeg", b"<!DOCTYPE html><script>", "active_content"),
    ("foto.jpg", None, "image/jpeg", b"  \n<HTML>", "active_content"),
    ("foto.jpg", None, "image/jpeg", b"\xef\xbb\xbf<!-- x --> <svg onload=x>", "active_content"),
    ("foto.jpg", None, "image/jpeg", "\ufeff<html>".encode("utf-16-le"), "active_content"),
    ("foto.jpg", None, "image/jpeg", "\ufeff<html>".encode("utf-16-be"), "active_content"),
    ("logo.svg", None, None, b"", "active_content"),
    ("logo", None, "image/svg+xml", b"", "active_content"),
    ("factura.pdf.exe", None, "application/pdf", PDF, "executable"),
    ("factura.PDF.ScR", None, None, PDF, "executable"),
    ("foto.jpg", None, "image/jpeg", b"MZ\x90\x00", "executable"),
    ("a", None, None, b"\x7fELF\x02", "executable"),
    ("a.pdf", "application/vnd.microsoft.portable-executable", None, b"", "executable"),
    ("a.sh", None, None, b"", "script"),
    ("a.txt", None, None, b"#!/bin/sh\n", "script"),
    ("a.xlsm", None, None, ZIP, "macros"),
    ("a.lnk", None, None, b"", "shortcut"),
    ("a.iso", None, None, b"", "disk_image"),
    ("exe", None, None, b"", None),
]


@pytest.mark.parametrize(("name", "found", "declared", "head", "danger"), DANGERS)
def test_what_may_harm(name: str, found: str | None, declared: str | None, head: bytes, danger: str | None) -> None:
    assert danger_of(name, found, declared, head) == danger


@pytest.mark.parametrize("head", [b"<!--" * 2000, b"<!----> " * 1000, b"<" * 8000, b" " * 8000])
def test_a_beginning_made_to_be_slow_is_read_at_once(head: bytes) -> None:
    assert danger_of("a", None, None, head) is None


@pytest.mark.parametrize(
    ("mime_type", "dangerous", "shown"),
    [
        ("image/png", False, ("image/png", "inline")),
        ("image/png", True, ("application/octet-stream", "attachment")),
        ("text/html", False, ("text/html", "attachment")),
        ("image/svg+xml", False, ("image/svg+xml", "attachment")),
        (None, False, ("application/octet-stream", "attachment")),
        ("image/png\r\nx: y", False, ("application/octet-stream", "attachment")),
    ],
)
def test_only_what_a_browser_shows_without_danger_is_inline(
    mime_type: str | None, dangerous: bool, shown: tuple[str, str]
) -> None:
    assert shown_as(mime_type, dangerous=dangerous) == shown


def test_a_hash_is_read_in_either_writing() -> None:
    digest = bytes(range(32))
    assert digest_of(base64.b64encode(digest).decode()) == digest_of(digest.hex()) == digest
    assert [digest_of(text) for text in (None, "", "zz" * 32, "YWJj", "===", "ñ" * 64)] == [None] * 6
