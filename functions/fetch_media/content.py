"""What a file is by its content, and whether it may harm whoever opens it. Nothing in it is unpacked or run."""

from __future__ import annotations

import zipfile
from typing import BinaryIO, Final

from shared.domain.media_danger import Danger, danger_of
from shared.domain.media_names import plain_type
from shared.ports.media import Examined

HEAD: Final = 8192
LOOKED_THROUGH: Final = 8 * 1024 * 1024
"""Bytes of an old Office file that are searched for macros."""
MOST_ENTRIES: Final = 10_000
MOST_UNPACKED: Final = 2 * 1024**3
MOST_RATIO: Final = 200
RATIO_FROM: Final = 50 * 1024**2
"""An archive is a bomb beyond so many bytes or entries, or where it grows so many times to more than this."""

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
MACROS_IN_OLE: Final = tuple("_VBA_PROJECT".encode(encoding) for encoding in ("utf-16-le", "latin-1"))

OFFICE: Final = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def examine(content: BinaryIO, name: str, declared: str | None) -> Examined:
    """The type by content, the declared one only where the content does not say and nothing speaks against it."""
    content.seek(0)
    head = content.read(HEAD)
    packed_type, packed_danger = _of_archive(content, head)
    found = packed_type or _by_content(head, name)
    danger = danger_of(name, found, declared, head) or packed_danger or _of_old_office(content, head)
    if found is None and danger is None:
        found = _as_text(head, declared)
    return Examined(found, danger)


def _by_content(head: bytes, name: str) -> str | None:
    import puremagic  # it reads its list of magic numbers when imported

    if not head:
        return None
    try:
        found = puremagic.magic_string(head, name)
    except (puremagic.PureError, ValueError, IndexError):
        return None
    # Its guesses by the name alone say nothing of the content.
    sure = [one for one in found if one.byte_match and plain_type(one.mime_type)]
    return plain_type(sure[0].mime_type) if sure else None


def _as_text(head: bytes, declared: str | None) -> str | None:
    """What has no magic number may be text: then it is what it was said to be, if that is text."""
    said = plain_type(declared)
    is_text = b"\x00" not in head and _is_utf8(head)
    if said and said.startswith("text/") and is_text:
        return said
    return "text/plain" if head and is_text else None


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # cut within a character
    return True


def _of_archive(content: BinaryIO, head: bytes) -> tuple[str | None, Danger | None]:
    """Of a zip by its list of contents, which is read and nothing else."""
    if not head.startswith(ZIP):
        return None, None
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, MemoryError):
        return "application/zip", None
    names = [one.filename for one in entries]
    kind = next((mime for start, mime in OFFICE.items() if any(one.startswith(start) for one in names)), None)
    return kind or "application/zip", _danger_in(entries, is_office=kind is not None)


def _danger_in(entries: list[zipfile.ZipInfo], *, is_office: bool) -> Danger | None:
    unpacked = sum(one.file_size for one in entries)
    packed = sum(one.compress_size for one in entries)
    grows = unpacked > RATIO_FROM and unpacked > packed * MOST_RATIO
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or grows:
        return "archive_bomb"
    if any(one.filename.casefold().endswith("vbaproject.bin") for one in entries):
        return "macros"
    if is_office:
        return None
    inside = (danger_of(one.filename, None, None, b"") for one in entries)
    return next((one for one in inside if one in ("executable", "script", "macros", "shortcut")), None)


def _of_old_office(content: BinaryIO, head: bytes) -> Danger | None:
    if not head.startswith(OLE):
        return None
    content.seek(0)
    looked = content.read(LOOKED_THROUGH)
    return "macros" if any(mark in looked for mark in MACROS_IN_OLE) else None
