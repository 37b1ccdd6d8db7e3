"""The subject of a mail: what it says beside the prefixes that programs put before it. Pure.

Source: email.md §4, 2026-11.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 200
"""Characters of a subject that an answer repeats."""

_PREFIXES: Final = re.compile(
    r"\A(?:\s*(?:re|rv|fw|fwd|res|enc|rif|aw|tr|sv|vs)"
    r"\s{0,3}(?:\[\d{1,4}\]|\(\d{1,4}\))?\s{0,3}[:\N{FULLWIDTH COLON}])+",
    re.IGNORECASE,
)
_TOKENS: Final = re.compile(r"\[[^\[\]]{1,40}\]")
_CONTROL: Final = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]")
_UNSEEN: Final = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""What has no width, or turns the direction of the text. What joins emoji stays."""


def base(subject: str) -> str:
    """The subject without its prefixes ("Re:", "RV:", "Fwd[2]:"), however many, in one line."""
    line = one_line(subject)
    return line[found.end() :].strip() if (found := _PREFIXES.match(line)) else line


def answering(subject: str | None) -> str:
    """The subject of an answer: one prefix. "Re:" alone where the mail had none."""
    said = base(subject or "")
    return f"Re: {said[:LONGEST].rstrip()}" if said else "Re:"


def topic(subject: str | None) -> str:
    """What subjects are compared by: without prefixes, without tokens in brackets, as far as an answer repeats it."""
    return base(_TOKENS.sub(" ", base(subject or "")))[:LONGEST].rstrip().casefold()


def is_other_topic(one: str, other: str) -> bool:
    """Whether two topics have nothing to do with each other. One that holds the other (a mail system's own mark before
    it, a prefix nobody knows) is the same, and what says nothing tells nothing."""
    return bool(one and other) and one not in other and other not in one


def one_line(text: str) -> str:
    """The text fit for a header: no ends of lines, nothing that cannot be seen, single spaces."""
    return " ".join(_UNSEEN.sub("", _CONTROL.sub(" ", text)).split())
