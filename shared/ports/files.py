"""`Files`: objects by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


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

    def get(self, key: str) -> bytes | None: ...

    def delete(self, key: str) -> None: ...

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        """Keys that start with `prefix` and come after `after`, in the order of their UTF-8 bytes, at most `limit`.

        A page may hold fewer and not be the last; an empty one is. One request for each 1,000. Raises ValueError for
        a `limit` outside 1 to MAX_NAMES.
        """
