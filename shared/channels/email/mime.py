"""A mail taken apart: raw bytes to a flat list of parts, whatever the sender's program did.

Own walk, because the limits must hold while it is read, not afterwards: depth, number of parts, size of the header.
What the walk finds goes to the standard library's decoders. Every step is linear in the bytes that it reads.
Sources: RFC 5322, RFC 2045, RFC 2046; decision 0030.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from shared.channels.email import headers, parameters, transfer

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 500
MAX_SIZE: Final = 30 * 1024 * 1024
"""Bytes of a mail that is taken apart. SES brings up to 40 MB; past this only the fields are read."""

_MULTIPART: Final = "multipart/"
_TEXTUAL: Final = ("text/", "message/")


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the tree. `path`: `1.2` is the second part of the first, as IMAP counts; a mail of one part is `1`.

    `within`: the types of what holds it, from the outside in. `content`: after its transfer encoding; a message inside
    stays as it is. `headers`: decoded, in order, names in small letters. `damaged`: the encoding was not what it said.
    """

    path: str
    mime_type: str
    charset: str | None
    disposition: str | None
    filename: str | None
    content_id: str | None
    content: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    within: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    damaged: bool = False

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for known, value in self.headers if known == wanted), None)


@dataclass(frozen=True)
class Mail:
    """`fields`: as they came, unfolded, undecoded. `mime_type`, `parameters`: of the whole. `digest`: of all after the
    fields, line ends aside. `size`: in bytes. `defects`: what was not as it should be, each word once."""

    fields: list[headers.Field]
    parts: list[Part]
    defects: list[str]
    mime_type: str
    parameters: dict[str, str]
    charset: str | None
    digest: str
    size: int

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """Decoded, in order, names in small letters."""
        return [(one.name, headers.decoded(one.value, self.charset)) for one in self.fields]

    def header(self, name: str) -> str | None:
        """The first of this name, decoded."""
        wanted = name.lower()
        found = next((one.value for one in self.fields if one.name == wanted), None)
        return None if found is None else headers.decoded(found, self.charset)

    def undecoded(self, name: str) -> list[str]:
        """All of this name, encoded words as they came: the only form in which an address is to be trusted."""
        wanted = name.lower()
        return [headers.undecoded(one.value) for one in self.fields if one.name == wanted]


class _Node(NamedTuple):
    """A stretch of the raw mail that has fields and a body."""

    start: int
    end: int
    path: tuple[int, ...]
    within: tuple[str, ...]


def read(raw: bytes) -> Mail:
    """The mail in these bytes. Never raises. A mail over `MAX_SIZE` has its fields and the defect `too_large`."""
    block = headers.read_block(raw)
    walk = _Walk(raw)
    too_large = len(raw) > MAX_SIZE
    parts = [] if too_large else list(walk.leaves(_Node(0, len(raw), (), ()), block))
    kind = parameters.read(_first(block.fields, "content-type"))
    defects = [*block.defects, *walk.defects, *(["too_large"] if too_large else []), *_doubled(block.fields)]
    return Mail(
        fields=block.fields,
        parts=parts,
        defects=list(dict.fromkeys(defects)),
        mime_type=kind.main or "text/plain",
        parameters=kind.parameters,
        charset=next((part.charset for part in parts if part.charset), kind.parameters.get("charset")),
        digest=_digest(raw, block.body),
        size=len(raw),
    )


ONCE: Final = ("from", "sender", "reply-to", "to", "cc", "message-id", "in-reply-to", "references", "subject", "date")


def _doubled(fields: list[headers.Field]) -> list[str]:
    names = [one.name for one in fields]
    return [f"doubled_{name}" for name in ONCE if names.count(name) > 1]


def _digest(raw: bytes, start: int) -> str:
    body = raw[start:]
    body = body.replace(b"\r\n", b"\n") if b"\r" in body else body
    return hashlib.sha256(body.rstrip()).hexdigest()


def _first(fields: list[headers.Field], name: str) -> bytes | None:
    return next((one.value for one in fields if one.name == name), None)


class _Walk:
    """From the whole to its leaves, without recursion deeper than `MAX_DEPTH`."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.defects: list[str] = []
        self.count = 0

    def leaves(self, node: _Node, block: headers.Block | None = None) -> Iterator[Part]:
        if self.count >= MAX_PARTS:
            self.defects.append("too_many_parts")
            return
        block = block or headers.read_block(self.raw, node.start, node.end, is_mail=False)
        kind = parameters.read(_first(block.fields, "content-type"))
        bounds = self._bounds(node, kind, block.body) if kind.main.startswith(_MULTIPART) else None
        if bounds is None:
            self.count += 1
            yield self._leaf(node, block, kind)
            return
        within = (*node.within, kind.main)
        for number, (start, end) in enumerate(bounds, 1):
            if self.count >= MAX_PARTS:
                self.defects.append("too_many_parts")
                return
            yield from self.leaves(_Node(start, end, (*node.path, number), within))

    def _bounds(self, node: _Node, kind: parameters.Value, body: int) -> list[tuple[int, int]] | None:
        """Where the parts of a multipart lie; None where it is to be taken as a leaf."""
        if len(node.within) >= MAX_DEPTH:
            self.defects.append("too_deep")
            return None
        boundary = kind.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        found = transfer.bounds(self.raw, boundary, body, node.end, MAX_PARTS + 1) if boundary else None
        if not found:
            self.defects.append("boundary_missing")
            guess = transfer.likely_boundary(self.raw, body, node.end)
            found = transfer.bounds(self.raw, guess, body, node.end, MAX_PARTS + 1) if guess else None
        return found or None

    def _leaf(self, node: _Node, block: headers.Block, kind: parameters.Value) -> Part:
        placement = parameters.read(_first(block.fields, "content-disposition"), kind.parameters.get("charset"))
        broken = kind.main.startswith(_MULTIPART)  # without its boundary, or too deep
        mime_type = "text/plain" if broken or "/" not in kind.main else kind.main
        encoding = (_first(block.fields, "content-transfer-encoding") or b"").decode("ascii", "replace")
        content = self.raw[block.body : node.end]
        as_is = broken or mime_type == "message/rfc822"
        decoded = transfer.decoded(content, encoding)
        if as_is and not transfer.is_encoded(encoding):
            decoded = transfer.Decoded(content, False)
        content_id = _first(block.fields, "content-id")
        return Part(
            path=".".join(map(str, node.path)) or "1",
            mime_type=mime_type,
            charset=kind.parameters.get("charset"),
            disposition=placement.main or None,
            filename=placement.parameters.get("filename") or kind.parameters.get("name"),
            content_id=headers.undecoded(content_id).strip("<> ") or None if content_id else None,
            content=decoded.data,
            headers=[(one.name, headers.decoded(one.value)) for one in block.fields] if node.path else [],
            within=node.within,
            parameters=kind.parameters,
            damaged=decoded.damaged,
        )
