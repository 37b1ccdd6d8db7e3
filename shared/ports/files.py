"""`Files`: objects by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol


def check_file_key(key: str) -> None:
    """Raise ValueError for a key that is no plain relative path: engines would read it differently."""
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError("a file's key is a relative path without empty parts, `.` or `..`")


MAX_NAMES = 1000
"""Keys in one page of a listing."""


def check_listing(limit: int) -> None:
    """Raise ValueError for a page that no engine gives. Every engine asks this before it does anything."""
    if not 1 <= limit <= MAX_NAMES:
        raise ValueError(f"a page of names holds 1 to {MAX_NAMES}")


class Files(Protocol):
    """Objects by key. Keys hold no personal data. Raises `Transient` when unreachable, ValueError for a key that
    `check_file_key` refuses."""

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None: ...

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:
        """As `put`, of what stands in an open file from its beginning to its end: it is never whole in memory.

        Whole or not at all. The file may be sought; it is left open.
        """

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> str | None:
        """A URL by which anybody may get this object for so long, answered with this Content-Type and
        Content-Disposition; None where the engine gives none, and the hub hands the bytes out itself. Asks nobody."""

    def get(self, key: str) -> bytes | None: ...

    def start(self, key: str, length: int) -> bytes | None:
        """The first `length` bytes (at least one) of an object, or all of a shorter one; None when there is none."""

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        """At most `length` bytes (at least one is asked for) from the one at `at` on; none beyond the end; None when
        there is no such object."""

    def delete(self, key: str) -> None: ...

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        """Keys that start with `prefix` and come after `after`, in the order of their UTF-8 bytes, at most `limit`.

        A page may hold fewer and not be the last; an empty one is. One request for each 1,000. Raises ValueError for
        a `limit` outside 1 to MAX_NAMES.
        """
