"""What `shared.ports.files.Files` promises."""

from __future__ import annotations

from io import BytesIO
from tempfile import SpooledTemporaryFile
from urllib.request import urlopen

import pytest

from shared.ports.files import Files

KEYS = [
    "inbound/2026/11/22/01J.json",
    "plain",
    "with space+plus&and=equals?question#hash%25.bin",
    "ñandú/日本/👩🏽‍🚀",
    "tilde~star*(brackets)'quote'!",
]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_back_byte_for_byte(files: Files, key: str) -> None:
    content = bytes(range(256)) * 3
    files.put(key, content)
    assert files.get(key) == content


def test_an_absent_object_is_none(files: Files) -> None:
    assert files.get("inbound/none") is None


def test_an_empty_object_is_not_absent(files: Files) -> None:
    files.put("empty", b"")
    assert files.get("empty") == b""


def test_a_large_object_comes_back(files: Files) -> None:
    content = bytes(range(251)) * 20_000
    files.put("large", content, "image/jpeg")
    assert files.get("large") == content


def test_the_start_of_an_object_alone(files: Files) -> None:
    files.put("long", b"header" + bytes(range(256)) * 2000)
    assert files.start("long", 6) == b"header"


def test_the_start_of_what_is_short_empty_or_absent(files: Files) -> None:
    files.put("short", b"abc")
    files.put("empty", b"")
    assert files.start("short", 100) == b"abc"
    assert files.start("empty", 100) == b""
    assert files.start("absent", 100) is None


def test_an_object_is_read_piece_by_piece_to_its_end(files: Files) -> None:
    files.put("pieces", b"0123456789")
    assert [files.piece("pieces", at, 4) for at in (0, 4, 8, 10, 12)] == [b"0123", b"4567", b"89", b"", b""]
    assert files.piece("absent", 4, 4) is None


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_an_open_file_is_stored_from_its_beginning(files: Files, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with SpooledTemporaryFile(max_size=1000) as file:
        file.write(content)
        files.put_stream("media/c1/7/0", file, "image/jpeg")
        files.put_stream("media/c1/7/1", file, "image/jpeg")
        assert not file.closed
    assert files.get("media/c1/7/0") == files.get("media/c1/7/1") == content


def test_a_second_stream_replaces_and_a_key_that_is_no_plain_path_is_refused(files: Files) -> None:
    files.put("media/c1/7/0", b"first and longer")
    files.put_stream("media/c1/7/0", BytesIO(b"second"))
    assert files.get("media/c1/7/0") == b"second"
    with pytest.raises(ValueError):
        files.put_stream("../up", BytesIO(b"x"))
    with pytest.raises(ValueError):
        files.link("../up", 60, "image/jpeg", "inline")


def test_a_link_gives_the_bytes_as_they_are_to_be_shown_or_there_is_none(files: Files) -> None:
    key = "media/c1/7/0 with ñ+&"
    files.put(key, b"bytes", "text/html")
    url = files.link(key, 60, "application/octet-stream", "attachment; filename*=UTF-8''a%20b.bin")
    if url is None:
        return
    with urlopen(url, timeout=10) as answer:  # noqa: S310  the engine's own
        assert answer.read() == b"bytes"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20b.bin"


def test_a_second_put_replaces(files: Files) -> None:
    files.put("a", b"first and longer")
    files.put("a", b"second", "text/plain")
    assert files.get("a") == b"second"


def test_a_deleted_object_is_absent_and_its_neighbours_stay(files: Files) -> None:
    files.put("folder/a", b"a")
    files.put("folder/b", b"b")
    files.delete("folder/a")
    assert files.get("folder/a") is None
    assert files.get("folder/b") == b"b"


def test_deleting_what_is_absent_is_no_error(files: Files) -> None:
    files.delete("never")
    assert files.get("never") is None


@pytest.mark.parametrize("key", ["", "/absolute", "../up", "a/../../b", "a/./b", "a//b", "a/"])
def test_a_key_that_is_no_plain_path_is_refused(files: Files, key: str) -> None:
    with pytest.raises(ValueError):
        files.put(key, b"x")
    with pytest.raises(ValueError):
        files.get(key)
    with pytest.raises(ValueError):
        files.delete(key)


LISTED = [
    "a/1",
    "a/10",
    "a/2",
    "a-b",
    "a.json",
    "a/b/c",
    "a/b-c",
    "b",
    "a/ñ +%",
    "a/😀",
    "a/\uffee",
    ".hidden/.x",
    "z/a/b",
]


@pytest.fixture
def shelf(files: Files) -> Files:
    for key in LISTED:
        files.put(key, b"x")
    return files


def in_order(prefix: str, after: str = "") -> list[str]:
    found = [key for key in LISTED if key.startswith(prefix) and key.encode() > after.encode()]
    return sorted(found, key=str.encode)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a/b/", "a/1", "b", "nothing/", "a/ñ", "."])
def test_keys_are_listed_by_prefix_in_order(shelf: Files, prefix: str) -> None:
    assert list(shelf.list(prefix)) == in_order(prefix)


@pytest.mark.parametrize("after", ["a/1", "a/b", "a/b/c", "a/b/zzz", "a/", "a-", "zz", "A"])
def test_a_listing_goes_on_after_a_key_that_need_not_exist(shelf: Files, after: str) -> None:
    assert list(shelf.list("", after)) == in_order("", after)
    assert list(shelf.list("a/", after)) == in_order("a/", after)


def test_pages_of_keys_join_to_the_whole_and_end_with_an_empty_one(shelf: Files) -> None:
    found: list[str] = []
    while page := shelf.list("", found[-1] if found else "", 3):
        assert len(page) <= 3
        found += page
    assert found == in_order("")


def test_what_is_deleted_is_listed_no_more(shelf: Files) -> None:
    shelf.delete("a/b/c")
    assert "a/b/c" not in shelf.list("a/b")


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_of_names_that_no_engine_gives_is_refused(files: Files, limit: int) -> None:
    with pytest.raises(ValueError):
        files.list("", limit=limit)
