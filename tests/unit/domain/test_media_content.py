"""What a file is by its content: real beginnings of files, and such as were made to deceive."""

from __future__ import annotations

import io
import zipfile

import pytest

from functions.fetch_media.content import MOST_ENTRIES, examine

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 50 + b"\xff\xd9"
OGG = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x1e\x01OpusHead" + b"\x00" * 60


def zipped(*names: str, content: bytes = b"x") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


CASES = [
    (PNG, "a.png", "image/png", "image/png", None),
    (PNG, "a.jpg", "image/jpeg", "image/png", None),
    (JPEG, "image-1.jpg", "image/jpeg", "image/jpeg", None),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a.pdf", None, "application/pdf", None),
    (b"hola, adjunto", "a.txt", "text/plain", "text/plain", None),
    ("año;valor\n".encode(), "a.csv", "text/csv", "text/csv", None),
    (b"", "a.txt", "text/plain", "text/plain", None),
    (zipped("a.txt"), "a.zip", "application/zip", "application/zip", None),
    (
        zipped("[Content_Types].xml", "word/document.xml"),
        "a.docx",
        None,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        None,
    ),
    (
        zipped("xl/workbook.xml", "xl/vbaProject.bin"),
        "a.xlsx",
        None,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "macros",
    ),
    (zipped("factura.pdf.exe"), "factura.zip", None, "application/zip", "executable"),
    (zipped("page.html"), "page.zip", None, "application/zip", None),
    (b"PK\x03\x04 and then nothing of a zip", "a.zip", None, "application/zip", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "a.doc", None, None, "macros"),
]


@pytest.mark.parametrize(("content", "name", "declared", "mime_type", "danger"), CASES)
def test_what_a_file_is(content: bytes, name: str, declared: str | None, mime_type: str | None, danger: str) -> None:
    found = examine(io.BytesIO(content), name, declared)
    assert found.danger == danger
    if mime_type is not None:
        assert found.mime_type == mime_type


def test_an_image_that_is_a_page_is_no_image() -> None:
    found = examine(io.BytesIO(b"<!DOCTYPE html><html><script>x</script>"), "foto.jpg", "image/jpeg")
    assert found.danger == "active_content"
    assert found.mime_type != "image/jpeg"


def test_sound_is_told_from_what_it_says_to_be() -> None:
    found = examine(io.BytesIO(OGG), "audio-1.ogg", "audio/ogg")
    assert (found.mime_type or "").endswith("ogg")
    assert found.danger is None


def test_an_archive_that_grows_beyond_measure_is_a_bomb_and_is_not_unpacked() -> None:
    bomb = zipped("a", content=b"\x00" * (60 * 1024 * 1024))
    assert len(bomb) < 100_000
    assert examine(io.BytesIO(bomb), "a.zip", None).danger == "archive_bomb"


def test_an_archive_of_too_many_is_a_bomb() -> None:
    bomb = zipped(*(f"{number}" for number in range(MOST_ENTRIES + 1)), content=b"")
    assert examine(io.BytesIO(bomb), "a.zip", None).danger == "archive_bomb"


def test_the_file_is_left_open() -> None:
    file = io.BytesIO(zipped("a.txt"))
    examine(file, "a.zip", None)
    assert not file.closed
