"""A form with one file, as bytes that are made while they are sent: a large file is never whole in memory.

RFC 7578, 4. A file's own name is none of the other side's business here; it goes by its ending alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

PIECE: Final = 4 * 1024 * 1024

Pieces = Callable[[int, int], bytes | None]
"""From which byte on, and how many at most: those bytes; None where there is no such file. Raises `Transient`."""


class FileForm:
    """The body of a request: as long as `len` says, and given out from the beginning each time it is gone through.

    `boundary`: what no file holds; drawn at random. Going through it raises `FileChanged` where the file is not as
    long as `size`, beside what `pieces` raises.
    """

    def __init__(
        self, fields: Mapping[str, str], name: str, mime_type: str, size: int, pieces: Pieces, boundary: str
    ) -> None:
        self._pieces = pieces
        self._size = size
        parts = [_part(boundary, f'name="{field}"', "") + said for field, said in fields.items()]
        about = _part(boundary, f'name="file"; filename="{name}"', f"Content-Type: {mime_type}\r\n")
        self._before = "\r\n".join([*parts, about]).encode("ascii")
        self._after = f"\r\n--{boundary}--\r\n".encode("ascii")
        self.content_type = f"multipart/form-data; boundary={boundary}"

    def __len__(self) -> int:
        return len(self._before) + self._size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        yield self._before
        at = 0
        while at < self._size:
            piece = self._pieces(at, min(PIECE, self._size - at))
            if not piece:
                raise FileChanged
            yield piece
            at += len(piece)
        yield self._after


class FileChanged(Exception):
    """It is not there, or not as long as it was."""


def _part(boundary: str, about: str, kind: str) -> str:
    return f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n{kind}\r\n"
