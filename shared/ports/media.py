"""Fetchers: how a channel's files are had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from shared.domain.event import Attachment


class Sink(Protocol):
    """Where the bytes of one file go. `room`: how many more it takes."""

    @property
    def room(self) -> int: ...

    def write(self, piece: bytes) -> None:
        """Take them. Raises `Ended` when they are too many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file: our account that it came to, what was said of it, and the original of its message when asked for."""

    account: str
    attachment: Attachment
    original: Callable[[], Mapping[str, Any]]


class Fetcher(Protocol):
    """Of one channel."""

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        """Bring the whole file into the sink, within so many seconds.

        Raises `Ended` when it will never come, `Transient` when it may another time; the sink may then hold a part.
        """


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file is by its content. `danger`: why it may harm whoever opens it."""

    mime_type: str | None
    danger: str | None


class Examines(Protocol):
    """Looks into an open file, and leaves it open."""

    def __call__(self, content: BinaryIO, name: str, declared: str | None) -> Examined: ...
