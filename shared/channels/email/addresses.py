"""Addresses out of undecoded headers, and of them the sender.

Encoded words are decoded in display names alone: inside an address they are how one pretends to be another, whom the
checks of the sending domain then do not cover. Source: RFC 5322, sections 3.4 and 4.4; RFC 2047, section 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.channels.email.headers import words_decoded
from shared.channels.email.mime import Mail
from shared.domain.identity import Canonical, Invalid, canonical

MOST: Final = 200
"""Addresses of one header."""
LONGEST_NAME: Final = 200

SOURCES: Final = ("from", "reply-to", "return-path", "sender")
"""Where a sender is looked for, in this order."""

_PIECE = re.compile(r"[^\"()<>,:;\\\[\]]+|.", re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>]|=\?")
_LOOKS_LIKE_ONE = re.compile(r"[^\s@<>\"'()]{1,64}@[^\s@<>\"'()]{1,255}\.[a-z]{2,24}", re.IGNORECASE)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Address:
    """`spec`: as received; `canonical`: its one form, None where it cannot be used. `name`: decoded."""

    spec: str
    name: str | None = None
    canonical: Canonical | None = None

    @property
    def is_valid(self) -> bool:
        return self.canonical is not None

    @property
    def value(self) -> str:
        """The one form of a valid address, else what was received."""
        return self.canonical.value if self.canonical else self.spec

    @property
    def pretends(self) -> bool:
        """Whether the name is an address, and another one than this."""
        found = _LOOKS_LIKE_ONE.search(self.name or "")
        return found is not None and found[0].lower() != self.spec.lower()


@dataclass(frozen=True, slots=True)
class Sender:
    """`found_in`: the header; None when none of them has anything. `is_odd`: not in From, or not as it should be."""

    address: Address | None
    found_in: str | None
    is_odd: bool


def sender_of(mail: Mail) -> Sender:
    """Whose mail it is: the first usable address of From, Reply-To, Return-Path, Sender; else what is there instead.

    An encoded word or a control character inside a From address ends the search: no other header makes up for a lie.
    """
    unusable: tuple[Address, str] | None = None
    for name in SOURCES:
        for address in listed(mail.undecoded(name)):
            if address.canonical:
                is_lie = unusable is not None and "=?" in unusable[0].spec
                if not is_lie:
                    return Sender(address, name, name != "from" or unusable is not None)
            elif address.spec or address.name:
                unusable = unusable or (address, name)
    if unusable:
        return Sender(*unusable, is_odd=True)
    return Sender(None, None, is_odd=True)


def listed(values: Sequence[str]) -> list[Address]:
    """The addresses of a header, groups opened, in order; of several headers of one name, all."""
    found: list[Address] = []
    for value in values:
        for address in _parsed(value):
            found.append(address)
            if len(found) >= MOST:
                return found
    return found


def _parsed(value: str) -> Iterator[Address]:
    reader = _Reader()
    for piece in _pieces(value):
        if done := reader.take(piece):
            yield done
    if done := reader.end():
        yield done


def _pieces(value: str) -> Iterator[str]:
    """Quoted strings and comments whole; an unended comment goes to the end of the value. Linear."""
    pieces = [found[0] for found in _PIECE.finditer(value)]
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        if piece in ('"', "("):
            stop = _closing(pieces, at)
            yield "".join(pieces[at:stop])
            at = stop
            continue
        at += 2 if piece == "\\" else 1
        yield piece


def _closing(pieces: list[str], at: int) -> int:
    """Behind the end of the quoted string or the comment that begins at `at`; a quote without a second is a sign."""
    opening, depth, place = pieces[at], 0, at
    while place < len(pieces):
        piece = pieces[place]
        if piece == "\\":
            place += 2
            continue
        if opening == '"':
            if piece == '"' and place > at:
                return place + 1
        else:
            depth += (piece == "(") - (piece == ")")
            if depth == 0:
                return place + 1
        place += 1
    return at + 1 if opening == '"' else len(pieces)


class _Reader:
    """Tokens to addresses, one at a time."""

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.comment = ""
        self.spec: list[str] | None = None
        self.is_open = False

    def take(self, piece: str) -> Address | None:
        """An address that this piece ends, if it does."""
        if piece.startswith("("):
            self.comment = piece[1:-1] if piece.endswith(")") else piece[1:]
        elif self.is_open and self.spec is not None:
            self.is_open = piece != ">"
            if self.is_open:
                self.spec.append(piece)
        elif piece == "<":
            # a second one in the same address makes it none: who says which of the two was checked?
            self.spec, self.is_open = [] if self.spec is None else [*self.spec, "<"], True
        elif piece in ",;":
            return self.end()
        elif piece == ":" and self.spec is None:
            self.phrase = []  # the name of a group, or of a route
        else:
            self.phrase.append(piece)
        return None

    def end(self) -> Address | None:
        """What was read since the last address, if it is anything; then begin anew."""
        spec, phrase, comment = self.spec, "".join(self.phrase).strip(), self.comment
        self.phrase, self.comment, self.spec, self.is_open = [], "", None, False
        if spec is not None:
            return _address("".join(spec).strip(), phrase)
        if not phrase:
            return None
        if "@" not in phrase:
            return Address("", _name(phrase))
        return _address(phrase, comment)


def _address(spec: str, phrase: str) -> Address | None:
    spec = spec[len("mailto:") :] if spec[:7].lower() == "mailto:" else spec
    if spec.startswith("@") and ":" in spec:
        spec = spec.rpartition(":")[2]  # a route, as RFC 822 had it
    if not spec and not phrase:
        return None
    return Address(spec, _name(phrase), _usable(spec))


def _usable(spec: str) -> Canonical | None:
    if _FORBIDDEN.search(spec) or spec.endswith("."):
        return None
    try:
        return canonical("email", spec)
    except Invalid:
        return None


def _name(phrase: str) -> str | None:
    if len(phrase) > 1 and phrase[0] == phrase[-1] == '"':
        phrase = phrase[1:-1]
    text = words_decoded(re.sub(r"\\(.)", r"\1", phrase))
    text = _BIDI.sub("", " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split()))
    return text.strip("\"' ")[:LONGEST_NAME] or None
