"""What tools are told of files: attached or linked, with a warning, or why they are not there."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.memory.files import MemoryFiles
from shared.connectors.generic_webhook import mapping as webhook
from shared.connectors.request_tracker import attaching, mapping
from shared.connectors.request_tracker.mapping import STATUSES
from shared.connectors.request_tracker.wording import WORDS, text_of
from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.event import Entry

CASE = Case.model_validate(
    {"id": "c1", "reference": "H-1", "state": "open", "brand": "acme", "customer": "u1", "version": 7}
    | {"opened_at": "2026-11-22T10:00:00Z"}
)
LINK = {"url": "https://hub.example.com/files/c1/7/0?expires=1&signature=x", "expires_at": "2026-12-22T10:00:00Z"}


def entry(*stored: dict[str, Any] | None, **more: Any) -> Entry:
    files = [
        {"kind": "image", "provider_id": "1", "url": "https://meta.example/1", "mime_type": "image/png"}
        | ({"stored": {"filename": "foto.png", **one}} if one else {})
        for one in stored
    ]
    parts = {"channel": "whatsapp", "account": "1", "kind": "message", "message_id": "m", "provider_type": "image"}
    parts |= {"author": {"type": "customer"}, "case_id": "c1", "sequence": 7, "received_at": "2026-11-22T10:00:00Z"}
    return Entry.model_validate(parts | {"attachments": files} | more)


FETCHED = {"state": "fetched", "size": 5, "mime_type": "image/png", "key": "media/c1/7/0", **LINK}

TEXTS = [
    (FETCHED, "es", "[imagen: foto.png, 5 B, " + LINK["url"] + " (hasta 2026-12-22 10:00 UTC)]"),
    ({**FETCHED, "dangerous": "executable"}, "en", "CAUTION"),
    ({**FETCHED, "dangerous": "executable"}, "pt", "CUIDADO"),
    ({"state": "gone"}, "es", "[imagen: foto.png, el canal ya no lo tiene]"),
    ({"state": "too_large"}, "en", "[image: foto.png, too large to be kept]"),
    ({"state": "refused"}, "pt", "[imagem: foto.png, não foi baixado, por segurança]"),
    ({"state": "failed"}, "es", "no se pudo bajar"),
]


@pytest.mark.parametrize(("stored", "language", "said"), TEXTS)
def test_a_ticket_says_how_a_file_is(stored: dict[str, Any], language: str, said: str) -> None:
    text = text_of(entry(stored), WORDS[language])
    assert said in text
    assert "meta.example" not in text


@pytest.mark.parametrize(("language", "said"), [("es", "Archivo del mensaje m0"), ("en", "File of message m0")])
def test_a_file_that_came_late_says_of_which_message(language: str, said: str) -> None:
    late = entry(FETCHED, kind="edit", flags=["stored_file"], in_reply_to="m0", author={"type": "system"})
    assert said in text_of(late, WORDS[language])


def note_of(told: Entry, shelf: MemoryFiles | None) -> dict[str, Any]:
    note = mapping.note_of(CASE, told, WORDS["es"], STATUSES)
    return attaching.with_files(note, told, (lambda: shelf) if shelf else None).body(None)


def test_files_go_into_the_ticket_but_those_that_may_harm_or_are_too_long() -> None:
    shelf = MemoryFiles()
    shelf.put("media/c1/7/0", b"bytes")
    large = {**FETCHED, "size": attaching.MOST_BYTES}
    told = entry(FETCHED, {**FETCHED, "dangerous": "script"}, {"state": "gone"}, None, large)
    body = note_of(told, shelf)
    content = base64.b64encode(b"bytes").decode()
    assert body["Attachments"] == [{"FileName": "foto.png", "FileType": "image/png", "FileContent": content}]
    assert "Attachments" not in note_of(told, None)
    assert "Attachments" not in note_of(entry(), shelf)


def test_a_file_that_is_no_longer_in_files_does_not_stop_its_message() -> None:
    assert "Attachments" not in note_of(entry(FETCHED), MemoryFiles())


def test_a_webhook_gives_the_link_and_neither_the_provider_s_nor_our_own_place() -> None:
    customer = Customer.model_validate({"id": "u1"})
    body = webhook.entry_told("demo", CASE, entry(FETCHED, None), customer).body
    first, second = json.loads(body)["data"]["interaction"]["attachments"]
    assert first["stored"] == {"state": "fetched", "filename": "foto.png", "size": 5, "mime_type": "image/png", **LINK}
    assert "url" not in first
    assert second["url"] == "https://meta.example/1"
