"""Files inside of parts: what Outlook packed, what was uuencoded into a text. Nothing else is ever unpacked.

Their paths are `<path of the part>!<n>`, so that whoever holds the raw mail finds them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from shared.channels.email import tnef, transfer
from shared.channels.email.charsets import decoded
from shared.channels.email.headers import decoded as header_text
from shared.channels.email.mime import Mail, Part, read
from shared.domain.media_names import plain_type

INSIDE: Final = "!"
_TNEF_TYPES: Final = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef")


def with_contained(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts, each followed by what is in it. A text without the files that were written into it."""
    for part in parts:
        if is_packed(part):
            yield part
            yield from _unpacked(part)
        elif part.mime_type == "text/plain" and b"begin " in part.content:
            yield from _uudecoded(part)
        else:
            yield part


def is_packed(part: Part) -> bool:
    """Whether Outlook packed it: its content says so, the type and the name only sometimes."""
    named = part.mime_type in _TNEF_TYPES or (part.filename or "").lower() == "winmail.dat"
    return named or part.content.startswith(tnef.SIGNATURE)


def content_of(raw: bytes, path: str) -> bytes | None:
    """The content of the part with this path (`provider_id` of an attachment) in a raw mail; None without one."""
    found = part_of(read(raw), path)
    return None if found is None else found.content


def part_of(mail: Mail, path: str) -> Part | None:
    """The part with this path, also one inside another."""
    outer = path.partition(INSIDE)[0]
    held = [part for part in mail.parts if part.path == outer]
    return next((part for part in with_contained(held) if part.path == path), None)


def _unpacked(part: Part) -> Iterator[Part]:
    unpacked = tnef.unpack(part.content)
    if unpacked is None:
        return
    number = 0
    for number, file in enumerate(unpacked.files, 1):
        yield _inside(part, number, plain_type(file.mime_type), file.name, file.data, file.content_id)
    for said, mime_type in ((unpacked.html, "text/html"), (unpacked.text, "text/plain")):
        if said and said.strip():
            number += 1
            body = _inside(part, number, mime_type, None, said.encode("utf-8", "replace"))
            yield replace(body, charset="utf-8", disposition=None, within=(*part.within, "multipart/alternative"))


def _uudecoded(part: Part) -> Iterator[Part]:
    files = transfer.uu_files(part.content)
    rest, place = [], 0
    for file in files:
        rest.append(part.content[place : file.start])
        place = file.end
    yield replace(part, content=b"".join([*rest, part.content[place:]]))
    for number, file in enumerate(files, 1):
        one = _inside(part, number, None, header_text(decoded(file.name, part.charset)), file.data)
        yield replace(one, damaged=file.damaged)


def _inside(
    part: Part, number: int, mime_type: str | None, name: str | None, content: bytes, content_id: str | None = None
) -> Part:
    return Part(
        path=f"{part.path}{INSIDE}{number}",
        mime_type=mime_type or "application/octet-stream",
        charset=None,
        disposition="attachment",
        filename=name or None,
        content_id=content_id,
        content=content,
        within=part.within,
    )
