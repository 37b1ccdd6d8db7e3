"""What one of both networks takes, in the words of a table: each channel has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MB: Final = 1024 * 1024

QUICK_REPLIES: Final = 13
QUICK_REPLY_TITLE: Final = 20
QUICK_REPLY_PAYLOAD: Final = 1000
METADATA: Final = 1000


@dataclass(frozen=True, slots=True)
class Media:
    """Of one kind of file: how many bytes, which types (None for any), and both in words."""

    largest: int
    types: frozenset[str] | None
    called: str


@dataclass(frozen=True, slots=True)
class Limits:
    """`channel`: also the kind of its people's ids. `network`: as agents know it. `text`: the longest, as `measure`
    counts; `files`: by the network's own kinds (`image`, `video`, `audio`, `file`)."""

    channel: str
    network: str
    text: int
    measure: Callable[[str], int]
    text_called: str
    files: Mapping[str, Media]


def utf8(text: str) -> int:
    """Its length in bytes: an accent is two, an emoji four."""
    return len(text.encode("utf-8", "surrogatepass"))
