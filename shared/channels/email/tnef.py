"""What Outlook packs into winmail.dat: files and sometimes the body.

Own reader: the one there is runs for hours on a few hostile bytes (decision 0031). Every count is held against the
bytes that are there before anything is done so many times.
Source: [MS-OXTNEF], sections 2.1.3.1 (attributes) and 2.1.3.4 (properties).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error
from typing import Final, NamedTuple

from shared.channels.email.charsets import decoded

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES: Final = 5000
MOST_FILES: Final = 100
MOST_PROPERTIES: Final = 2000
"""Of one attribute."""

_BODY, _ATTACH_DATA, _ATTACH_TITLE, _RENDERING = 0x800C, 0x800F, 0x8010, 0x9002
_MAPI, _ATTACHMENT, _CODE_PAGE = 0x9003, 0x9005, 0x9007

_TEXT, _HTML, _INTERNET_PAGE = 0x1000, 0x1013, 0x3FDE
_LONG_NAME, _SHORT_NAME, _DATA, _MIME_TYPE, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712

_STRING, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_FIXED: Final = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value by its type; short ones are padded to four."""
_MULTIPLE, _NAMED = 0x1000, 0x8000
_EMBEDDED: Final = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"

_ATTRIBUTE = Struct("<BHHI")
_U16, _U32 = Struct("<H"), Struct("<I")


@dataclass(slots=True)
class File:
    name: str = ""
    data: bytes = b""
    mime_type: str | None = None
    content_id: str | None = None


@dataclass(slots=True)
class Unpacked:
    """`is_whole`: the end was reached and every length held."""

    text: str | None = None
    html: str | None = None
    files: list[File] = field(default_factory=list)
    is_whole: bool = True


class _Property(NamedTuple):
    name: int
    kind: int
    data: bytes


class _Broken(Exception):
    """A length that the bytes do not bear out."""


def unpack(data: bytes) -> Unpacked | None:
    """The files and bodies inside; None for what is no TNEF. Never raises: what could be read is there. Linear."""
    if not data.startswith(SIGNATURE):
        return None
    unpacked, page = Unpacked(), "cp1252"
    try:
        for name, content in _attributes(data):
            if name == _CODE_PAGE and len(content) >= 4:
                page = _page(_U32.unpack_from(content)[0]) or page
            elif name in (_BODY, _MAPI):
                _take_body(unpacked, name, content, page)
            else:
                _take_file(unpacked.files, name, content, page)
    except (_Broken, error):
        unpacked.is_whole = False
    unpacked.files = [file for file in unpacked.files if file.data or file.name]
    return unpacked


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 6
    for _ in range(MOST_ATTRIBUTES):
        if place + _ATTRIBUTE.size > len(data):
            return
        _, name, _, length = _ATTRIBUTE.unpack_from(data, place)
        place += _ATTRIBUTE.size
        if length > len(data) - place:
            raise _Broken
        yield name, data[place : place + length]
        place += length + 2
    raise _Broken


def _take_body(unpacked: Unpacked, name: int, content: bytes, page: str) -> None:
    if name == _BODY:
        unpacked.text = unpacked.text or decoded(content.rstrip(b"\0"), page)
        return
    found = {one.name: one for one in _properties(content)}
    cpid = found.get(_INTERNET_PAGE)
    internet = (_page(_U32.unpack_from(cpid.data)[0]) if cpid and len(cpid.data) >= 4 else None) or page
    if _TEXT in found:
        unpacked.text = _string(found[_TEXT], page)
    if _HTML in found:
        unpacked.html = _string(found[_HTML], internet)


def _take_file(files: list[File], name: int, content: bytes, page: str) -> None:
    if name == _RENDERING:
        if len(files) >= MOST_FILES:
            raise _Broken
        files.append(File())
    elif not files:
        return
    elif name == _ATTACH_TITLE:
        files[-1].name = files[-1].name or decoded(content.rstrip(b"\0"), page)
    elif name == _ATTACH_DATA:
        files[-1].data = content
    elif name == _ATTACHMENT:
        _describe(files[-1], {one.name: one for one in _properties(content)}, page)


def _describe(file: File, found: dict[int, _Property], page: str) -> None:
    for name in (_SHORT_NAME, _LONG_NAME):
        if name in found:
            file.name = _string(found[name], page) or file.name
    if _MIME_TYPE in found:
        file.mime_type = _string(found[_MIME_TYPE], page).strip().lower() or None
    if _CONTENT_ID in found:
        file.content_id = _string(found[_CONTENT_ID], page).strip("<> ") or None
    if _DATA in found and not file.data:
        data = found[_DATA].data
        file.data = data.removeprefix(_EMBEDDED)
        if data.startswith(_EMBEDDED):
            file.mime_type = "application/ms-tnef"


def _string(one: _Property, page: str) -> str:
    text = decoded(one.data, "utf-16-le" if one.kind == _UNICODE else page)
    return text.rstrip("\0")


def _properties(data: bytes) -> Iterator[_Property]:
    place, end = 4, len(data)
    for _ in range(min(_U32.unpack_from(data)[0], MOST_PROPERTIES)):
        kind, name = _U16.unpack_from(data, place)[0], _U16.unpack_from(data, place + 2)[0]
        place += 4
        if name >= _NAMED:
            place = _past_name(data, place)
        count = 1
        if kind & _MULTIPLE or kind in (_STRING, _UNICODE, _OBJECT, _BINARY):
            count = _U32.unpack_from(data, place)[0]
            place += 4
        value, place = _values(data, place, kind & ~_MULTIPLE, count)
        if place > end:
            raise _Broken
        yield _Property(name, kind & ~_MULTIPLE, value)


def _past_name(data: bytes, place: int) -> int:
    by_number = _U32.unpack_from(data, place + 16)[0] == 0
    place += 20
    return place + 4 if by_number else place + 4 + _padded(_U32.unpack_from(data, place)[0])


def _values(data: bytes, place: int, kind: int, count: int) -> tuple[bytes, int]:
    """The first of so many values, and where they end."""
    if count * 4 > len(data) - place:
        raise _Broken
    if kind in _FIXED:
        return data[place : place + _FIXED[kind]], place + _FIXED[kind] * count
    if kind not in (_STRING, _UNICODE, _OBJECT, _BINARY):
        raise _Broken
    first = b""
    for number in range(count):
        length = _U32.unpack_from(data, place)[0]
        place += 4
        if length > len(data) - place:
            raise _Broken
        first = data[place : place + length] if number == 0 else first
        place += _padded(length)
    return first, place


def _padded(length: int) -> int:
    return length + -length % 4


def _page(number: int) -> str | None:
    known = {65001: "utf-8", 20127: "ascii", 20866: "koi8-r", 1200: "utf-16-le"}
    if 28591 <= number <= 28606:
        return f"iso-8859-{number - 28590}"
    return known.get(number) or (f"cp{number}" if 400 < number < 1300 else None)
