"""Parameters of Content-Type and Content-Disposition, in every spelling that mails use.

Sources: RFC 2045, RFC 2231 (`name*0*=`), RFC 2047 where it has no place, and bare 8-bit bytes.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from shared.channels.email.charsets import decoded as text_of_bytes
from shared.channels.email.headers import decoded

MOST: Final = 100
"""Parameters of one field."""

_PARAMETER = re.compile(
    rb";\s*([^\s=;\"]{1,100})\s*=\s*"
    rb"(?:\"((?:[^\"\\]|\\.)*)\"?|([^;\"]*))",
    re.DOTALL,
)
_PIECE = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")
_EXTENDED = re.compile(rb"([^']{0,60})'[^']{0,40}'", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class Value(NamedTuple):
    """`main`: what stands before the parameters, in small letters."""

    main: str
    parameters: dict[str, str]


class _Piece(NamedTuple):
    number: int
    is_extended: bool
    data: bytes


def read(value: bytes | None, charset: str | None = None) -> Value:
    """A field's value and its parameters by name in small letters. Nothing raises; the first of two of a name wins."""
    if not value:
        return Value("", {})
    head, _, rest = value.partition(b";")
    pieces: dict[str, list[_Piece]] = {}
    for found in list(_PARAMETER.finditer(b";" + rest))[:MOST] if rest else ():
        _collect(pieces, found)
    main = head.decode("ascii", "replace").strip().strip("\"'").lower()
    return Value(main, {name: _text(listed, charset) for name, listed in pieces.items()})


def _collect(pieces: dict[str, list[_Piece]], found: re.Match[bytes]) -> None:
    named = _PIECE.fullmatch(found[1].decode("ascii", "replace").lower())
    if not named:
        return
    data = found[3].strip() if found[2] is None else _ESCAPED.sub(rb"\1", _paths_kept(found[2]))
    listed = pieces.setdefault(named[1], [])
    number = int(named[2] or 0)
    if all(piece.number != number or (named[3] and not piece.is_extended) for piece in listed):
        # `name=` and `name*=` side by side: the extended one says more
        listed[:] = [piece for piece in listed if piece.number != number]
        listed.append(_Piece(number, bool(named[3]), data))


def _paths_kept(quoted: bytes) -> bytes:
    """A Windows path in quotes has backslashes that escape nothing."""
    return quoted.replace(b"\\", b"\\\\") if re.match(rb"(?:[A-Za-z]:)?\\\\?[A-Za-z0-9_. -]", quoted) else quoted


def _text(pieces: list[_Piece], charset: str | None) -> str:
    pieces.sort(key=lambda piece: piece.number)
    if not any(piece.is_extended for piece in pieces):
        return decoded(b"".join(piece.data for piece in pieces), charset)
    first, said = pieces[0], charset
    if first.is_extended and (found := _EXTENDED.match(first.data)):
        said = found[1].decode("ascii", "replace") or None
        pieces[0] = first._replace(data=first.data[found.end() :])
    data = b"".join(unquote_to_bytes(piece.data) if piece.is_extended else piece.data for piece in pieces)
    return decoded(text_of_bytes(data, said))
