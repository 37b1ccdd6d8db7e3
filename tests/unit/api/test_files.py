"""Links to files: what the hub gave leads there until it ends, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from functions.api import files
from local.memory.files import MemoryFiles
from local.memory.table import MemoryTable
from shared.application import inquire_cases
from shared.application.file_links import FileLinks, is_good
from shared.application.inquire_errors import NotFound
from shared.domain.event import Event
from shared.ports.table import Put
from shared.store import items, keys

NOW = 1_800_000_000.0
KEY, OLD = b"new key", b"old key"
FILE = "media/c1/7/0"


def links(*signing: bytes, seconds: int = 86_400) -> FileLinks:
    return FileLinks("https://hub.example.com", signing or (KEY,), seconds, lambda: NOW)


def parts_of(url: str) -> tuple[str, str, str]:
    path, _, query = url.removeprefix("https://hub.example.com/files/").partition("?")
    said = dict(part.split("=") for part in query.split("&"))
    return f"media/{path}", said["expires"], said["signature"]


def test_a_link_holds_until_it_ends_and_with_the_keys_in_force() -> None:
    url, ends = links().link(FILE)
    key, expires, signature = parts_of(url)
    assert key == FILE
    assert NOW + 86_400 <= ends.timestamp() == int(expires) <= NOW + 86_400 + 3600
    assert is_good([KEY], key, expires, signature, NOW)
    assert is_good([OLD, KEY], key, expires, signature, int(expires) - 1)
    assert not is_good([KEY], key, expires, signature, int(expires))
    assert not is_good([OLD], key, expires, signature, NOW)
    assert not is_good([], key, expires, signature, NOW)


@pytest.mark.parametrize(
    ("key", "expires", "signature"),
    [
        ("media/c1/7/1", None, None),
        ("media/c1/70/0", None, None),
        (None, "9999999999", None),
        (None, "", None),
        (None, "-1", None),
        (None, "１８００００００００", None),
        (None, None, ""),
        (None, None, "ñ"),
        ("media/../raw/1", None, None),
        ("raw/c1/7/0", None, None),
    ],
)
def test_a_link_that_was_changed_leads_nowhere(key: str | None, expires: str | None, signature: str | None) -> None:
    good = parts_of(links().link(FILE)[0])
    changed = (key or good[0], good[1] if expires is None else expires, good[2] if signature is None else signature)
    assert not is_good([KEY], *changed, NOW)


@pytest.mark.parametrize("key", ["media/c1/7", "raw/x", "media/c1/7/0/x", "media/ñ/7/0", ""])
def test_no_link_leads_to_what_is_no_message_s_file(key: str) -> None:
    with pytest.raises(ValueError):
        links().link(key)


@pytest.fixture
def get() -> Callable[..., Any]:
    def ask(linked: Any = None, **said: Any) -> Any:
        table, shelf = MemoryTable(lambda: NOW), MemoryFiles()
        if linked:
            shelf.link = lambda *_: linked  # type: ignore[method-assign]
        pk, sk = keys.file("c1", 7, 0)
        stored = {"state": "fetched", "filename": 'foto ñ".png', "mime_type": "image/png", "key": FILE, "size": 5}
        table.transact([Put({"pk": pk, "sk": sk, **stored, **said})])
        shelf.put(FILE, b"bytes")
        _, expires, signature = parts_of(links().link(FILE)[0])
        means = {"signing_keys": [KEY], "table": table, "files": shelf, "clock": lambda: NOW}
        return files.file(("c1", "7", "0"), expires, signature, **means)

    return ask


def test_an_image_is_shown_and_can_do_nothing(get: Callable[..., Any]) -> None:
    answer = get()
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"bytes", "image/png")
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''foto%20%C3%B1%22.png"
    assert answer.for_gateway()["headers"]["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_what_may_harm_is_only_saved(get: Callable[..., Any]) -> None:
    answer = get(dangerous="active_content")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_where_the_storage_gives_links_ours_leads_on_for_a_moment(get: Callable[..., Any]) -> None:
    answer = get(linked="https://bucket.example.com/x?signed")
    assert (answer.status, answer.headers["location"]) == (302, "https://bucket.example.com/x?signed")


@pytest.mark.parametrize("state", ["gone", "queued", "refused"])
def test_what_is_not_there_is_not_found(get: Callable[..., Any], state: str) -> None:
    with pytest.raises(NotFound):
        get(state=state)


def test_who_asks_for_a_case_sees_what_became_of_its_files_and_not_where_they_lie() -> None:
    table = MemoryTable(lambda: NOW)
    pk, _ = keys.case("c1")
    moment = "2027-01-15T08:00:00Z"
    case = {"id": "c1", "reference": "H-1", "state": "open", "brand": "acme", "customer": "u1", "channels": []}
    parts: dict[str, Any] = {"channel": "whatsapp", "account": "1", "provider_type": "image", "kind": "message"}
    said = Event.model_validate(
        parts
        | {"message_id": "m", "author": {"type": "customer"}, "text": "Mi medidor"}
        | {"attachments": [{"kind": "image", "provider_id": "1"}]}
    )
    notice = said.model_copy(
        update={"kind": "edit", "message_id": "n", "in_reply_to": "m", "flags": ["stored_file"], "text": None}
    )
    stored = {"state": "fetched", "filename": "foto.png", "key": FILE, "size": 5}
    for item in (
        {"pk": pk, "sk": "CASE", **case, "opened_at": moment, "sequence": 8},
        items.entry_item("c1", 7, said, moment, {}),
        items.entry_item("c1", 8, notice, moment, {}, target=7),
        {"pk": pk, "sk": keys.file("c1", 7, 0)[1], **stored},
    ):
        table.transact([Put(item)])
    [shown] = inquire_cases.case(table, "c1")["interactions"]
    assert (shown["text"], shown.get("edited")) == ("Mi medidor", None)
    assert shown["attachments"][0]["stored"] == {"state": "fetched", "filename": "foto.png", "size": 5}
