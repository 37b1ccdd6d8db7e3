"""The `Files` port in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import BinaryIO

from local.files import check_key
from shared.ports.files import MAX_NAMES, check_listing


class MemoryFiles:
    """Objects by key. Raises ValueError for a key that is no plain path. Content types are not kept."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:  # noqa: ARG002
        check_key(key)
        self._contents[key] = bytes(content)

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:
        content.seek(0)
        self.put(key, content.read(), content_type)

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> None:  # noqa: ARG002
        """None: nobody serves it."""
        check_key(key)

    def get(self, key: str) -> bytes | None:
        check_key(key)
        return self._contents.get(key)

    def start(self, key: str, length: int) -> bytes | None:
        return self.piece(key, 0, length)

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        found = self.get(key)
        return None if found is None else found[at : at + length]

    def delete(self, key: str) -> None:
        check_key(key)
        self._contents.pop(key, None)

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        check_listing(limit)
        return list(islice((key for key in sorted(self._contents) if key.startswith(prefix) and key > after), limit))
