"""Header fields as bytes, read by their structure: what a stranger's program wrote, made text as far as it goes.

Sources: RFC 5322 (folding), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers), and what mails do instead.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

from shared.channels.email.charsets import decoded as text_of_bytes
from shared.domain.event import printable

LARGEST_BLOCK: Final = 256 * 1024
"""Bytes of the fields of one mail or part; what follows is left out."""
LONGEST: Final = 32 * 1024
"""Bytes of one field's value."""
MOST: Final = 5000
"""Fields of one mail or part."""
LARGEST_JUNK: Final = 4096
"""Bytes before the first field, of what a gateway wrote above it."""

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+\-]{1,60})(?:\*[A-Za-z0-9\-]{0,20})?\?([BbQq])\?([^?]*(?:\?(?!=)[^?]*){0,3})\?=")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


Following = Callable[[], tuple[bytes, int]]
"""Reads the next line."""


class Field(NamedTuple):
    """`name` in small letters. `value`: unfolded, undecoded."""

    name: str
    value: bytes


class Block(NamedTuple):
    """`body`: where the fields end and the rest begins."""

    fields: list[Field]
    body: int
    defects: list[str]


def read_block(raw: bytes, start: int = 0, end: int | None = None, *, is_mail: bool = True) -> Block:
    """The fields at `start`. Of a mail, not of a part, what stands above its first field is passed over. Linear."""
    end = len(raw) if end is None else end
    defects: list[str] = []
    place = _past_junk(raw, start, end, defects) if is_mail else start
    lines: list[list[bytes]] = []
    limit = place + LARGEST_BLOCK
    while place < end:
        line, stop = _line(raw, place, end)
        if not line:
            place = stop
            break
        if not _take(lines, line, partial(_line, raw, stop, end), defects):
            break
        place = stop
        if place >= limit or len(lines) > MOST:
            place = _past_block(raw, place, end)
            defects.append("header_cut")
            break
    return Block([_field(one, defects) for one in lines], place, defects)


def _line(raw: bytes, place: int, end: int) -> tuple[bytes, int]:
    """The line at `place`, of a field's longest length at most, and where the next begins."""
    stop = raw.find(b"\n", place, end)
    stop = end if stop < 0 else stop + 1
    return raw[place : min(stop, place + LONGEST + 200)].rstrip(b"\r\n"), stop


def _take(lines: list[list[bytes]], line: bytes, following: Following, defects: list[str]) -> bool:
    """Add a line to the fields; False for one that begins the body, though no empty line stands before it."""
    if line[:1] in b" \t" and lines:
        lines[-1].append(line)
    elif _FIELD.match(line):
        lines.append([line])
    elif lines and not line.startswith(b"--") and _FIELD.match(following()[0]):
        defects.append("header_broken")  # a folded line that lost its white space
        lines[-1].append(b" " + line)
    else:
        defects.append("header_unended")
        return False
    return True


def _field(lines: list[bytes], defects: list[str]) -> Field:
    name, _, value = b"".join(lines).partition(b":")
    if len(value) > LONGEST:
        defects.append("header_cut")
        value = value[:LONGEST]
    return Field(name.strip().lower().decode("ascii", "replace"), value.strip())


def _past_junk(raw: bytes, start: int, end: int, defects: list[str]) -> int:
    """Past blank lines, an mbox line and what a gateway wrote above the first field; nowhere when no field follows."""
    place = start
    while place < min(end, start + LARGEST_JUNK):
        line, stop = _line(raw, place, end)
        if _FIELD.match(line):
            if place > start:
                defects.append("leading_junk")
            return place
        place = stop
    return start


def _past_block(raw: bytes, place: int, end: int) -> int:
    """Behind the empty line that ends a block of which too much was read already."""
    ends = [
        raw.find(mark, place - 1, end) + len(mark)
        for mark in (b"\n\r\n", b"\n\n")
        if raw.find(mark, place - 1, end) >= 0
    ]
    return min(ends, default=end)


def undecoded(value: bytes) -> str:
    """A field's value with encoded words left as they are; 8-bit bytes read as well as they can be."""
    text = value.decode("ascii") if value.isascii() else text_of_bytes(value)
    return " ".join(_CONTROL.sub(" ", text).split())


def decoded(value: bytes | str, charset: str | None = None) -> str:
    """A field's value as people read it, white space collapsed. `charset`: of 8-bit bytes, where they are no UTF-8."""
    if isinstance(value, bytes):
        value = value.decode("ascii") if value.isascii() else text_of_bytes(value, None if _utf8(value) else charset)
    text = words_decoded(value) if "=?" in value else value
    return " ".join(_CONTROL.sub(" ", text).split())


def _utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Word(NamedTuple):
    charset: str
    is_base64: bool
    payload: str


def words_decoded(text: str) -> str:
    """With its encoded words decoded: neighbours of one charset as bytes in one go, for senders split characters."""
    out: list[str] = []
    words: list[_Word] = []
    last = 0
    for found in _WORD.finditer(text):
        between = text[last : found.start()]
        if between.strip() or not words:
            out += [_joined(words), between]
            words = []
        words.append(_Word(found[1].lower(), found[2] in "Bb", found[3]))
        last = found.end()
    return printable("".join([*out, _joined(words), text[last:]]))


def _joined(words: list[_Word]) -> str:
    text = []
    for charset, group in groupby(words, key=lambda word: word.charset):
        text.append(text_of_bytes(_bytes_of(list(group)), charset))
    return "".join(text)


def _bytes_of(words: list[_Word]) -> bytes:
    data, pending = b"", ""
    for word in words:
        if not word.is_base64:
            data, pending = data + _from_base64(pending) + _from_q(word.payload), ""
            continue
        pending += word.payload
        if word.payload.rstrip().endswith("=") or len(_NO_BASE64.sub("", pending)) % 4 == 0:
            data, pending = data + _from_base64(pending), ""
    return data + _from_base64(pending)


def _from_base64(payload: str) -> bytes:
    letters = _NO_BASE64.sub("", payload)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    try:
        return a2b_base64(letters + "=" * (-len(letters) % 4))
    except Base64Error:
        return payload.encode("utf-8", "replace")


def _from_q(payload: str) -> bytes:
    return a2b_qp(payload.encode("utf-8", "replace").replace(b"\n", b" "), header=True)
