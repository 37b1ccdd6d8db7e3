"""Boundaries and transfer encodings: where parts lie in the bytes of a mail, and what they hold once decoded."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp, a2b_uu
from typing import Final, NamedTuple

_REST = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_WORDS = re.compile(rb"[^\s] (?=[^\s])")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_GUESS = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n[Cc]ontent-")
_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{0,300})\r?\n", re.MULTILINE)
_END = re.compile(rb"^(?:`\r?\n)?end[ \t]*(?:\r?\n|\Z)", re.MULTILINE)

MOST_FILES: Final = 50
"""Uuencoded files in one text."""

_QUOTED: Final = ("quoted-printable", "quotedprintable", "quoted_printable", "qp")
_UU: Final = ("x-uuencode", "uuencode", "x-uue", "uue")


class Decoded(NamedTuple):
    """`damaged`: the data were not what the encoding says; as much as could be read is there."""

    data: bytes
    damaged: bool


class UuFile(NamedTuple):
    """`start`, `end`: where it stood."""

    name: bytes
    data: bytes
    damaged: bool
    start: int
    end: int


def bounds(raw: bytes, boundary: bytes, start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Where the parts between the boundaries lie: what stands before the first and after the last is none."""
    mark = b"--" + boundary
    found: list[tuple[int, int]] = []
    opened: int | None = None
    place = start if raw.startswith(mark, start) else raw.find(b"\n" + mark, start, end) + 1
    while place > 0:
        rest = _REST.match(raw, place + len(mark), end)
        if rest:
            if opened is not None:
                found.append((opened, _before_line_end(raw, opened, place)))
            if rest[1] or len(found) >= most:
                return found
            opened = rest.end()
        place = raw.find(b"\n" + mark, max(place, place + len(mark) - 1), end) + 1
    if opened is not None:
        found.append((opened, end))
    return found


def _before_line_end(raw: bytes, opened: int, place: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    for ending in (b"\r\n", b"\n"):
        if raw.endswith(ending, opened, place):
            return place - len(ending)
    return max(opened, place)


def likely_boundary(raw: bytes, start: int, end: int) -> bytes | None:
    """Of a multipart that does not say it: a line that looks like one, before a field of content."""
    found = _GUESS.search(raw[start : min(end, start + 64 * 1024)])
    return found[1] if found else None


def is_encoded(encoding: str) -> bool:
    return _name(encoding) in ("base64", *_QUOTED, *_UU)


def decoded(content: bytes, encoding: str) -> Decoded:
    """The content after its transfer encoding. Never raises; an unknown encoding is none."""
    name = _name(encoding)
    if name == "base64":
        return _base64(content)
    if name in _QUOTED:
        return Decoded(a2b_qp(content), False)
    if name in _UU:
        files = uu_files(content)
        return Decoded(files[0].data, files[0].damaged) if files else Decoded(content, True)
    return Decoded(content, False)


def _name(encoding: str) -> str:
    return encoding.partition(";")[0].strip().strip("\"'").lower()


def _base64(content: bytes) -> Decoded:
    if len(_WORDS.findall(content[:2000])) > 2:
        return Decoded(content, True)  # it only says so
    try:
        return Decoded(a2b_base64(content), False)
    except Base64Error:
        return _repaired(content)


def _repaired(content: bytes) -> Decoded:
    """Base64 with what does not belong in it taken out, and the end put right."""
    letters = _NO_BASE64.sub(b"", content).rstrip(b"=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return Decoded(a2b_base64(letters + b"=" * (-len(letters) % 4)), True)
    except Base64Error:
        return Decoded(content, True)


def uu_files(content: bytes) -> list[UuFile]:
    """The files uuencoded in a text, in order."""
    files: list[UuFile] = []
    place = 0
    while len(files) < MOST_FILES and (begin := _BEGIN.search(content, place)):
        end = _END.search(content, begin.end())
        stop, after = (end.start(), end.end()) if end else (len(content), len(content))
        data, damaged = _uu(content[begin.end() : stop])
        files.append(UuFile(begin[1].strip(), data, damaged or end is None, begin.start(), after))
        place = after
    return files


def _uu(content: bytes) -> tuple[bytes, bool]:
    data, damaged = [], False
    for line in content.splitlines():
        try:
            data.append(a2b_uu(line))
        except Base64Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                data.append(a2b_uu(line[:length]))  # some programs append a sign for checking
            except Base64Error:
                damaged = True
    return b"".join(data), damaged
