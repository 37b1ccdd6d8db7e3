"""Where one file's bytes go while they come: counted, hashed, on disk beyond a few megabytes."""

from __future__ import annotations

import hashlib
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from shared.domain.media import MEGABYTE, Ended

IN_MEMORY: Final = 4 * MEGABYTE


class Spool:
    """A sink for at most so many bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._hash = hashlib.sha256()
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed by __exit__
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def room(self) -> int:
        return self._most - self.size

    def write(self, piece: bytes) -> None:
        """Take them. Raises `Ended` when they are too many."""
        if len(piece) > self.room:
            raise Ended("too_large", f"more than {self._most} bytes")
        self._hash.update(piece)
        self._file.write(piece)
        self.size += len(piece)

    @property
    def content(self) -> BinaryIO:
        """The open file, at its beginning."""
        self._file.seek(0)
        return cast("BinaryIO", self._file)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()
