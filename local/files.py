"""The `Files` port on a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Final
from urllib.parse import quote, unquote
from uuid import uuid4

from shared.domain.errors import Transient
from shared.ports.files import MAX_NAMES, check_file_key, check_listing

KEY_BYTES: Final = 1024
"""As S3."""
FOLDER_MODE: Final = 0o700


class FolderFiles:
    """Each object is a file under `folder`, written whole or not at all; on the disk when `put` returns.

    Content types are not kept: no port asks for them back. Raises ValueError for a key that is no plain path.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        self._folder = folder

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:  # noqa: ARG002
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            write_durably(path, content)
        except OSError as error:
            raise Transient(f"a file cannot be written: {error.strerror}") from error

    def put_stream(self, key: str, content: BinaryIO, content_type: str = "application/octet-stream") -> None:  # noqa: ARG002
        path = self._path(key)
        content.seek(0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            replace_durably(path, lambda file: copyfileobj(content, file))
        except OSError as error:
            raise Transient(f"a file cannot be written: {error.strerror}") from error

    def link(self, key: str, seconds: int, content_type: str, disposition: str) -> None:  # noqa: ARG002
        """None: the hub serves it itself."""
        check_key(key)

    def get(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise Transient(f"a file cannot be read: {error.strerror}") from error

    def start(self, key: str, length: int) -> bytes | None:
        return self.piece(key, 0, length)

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        try:
            with self._path(key).open("rb") as file:
                file.seek(at)
                return file.read(length)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            raise Transient(f"a file cannot be read: {error.strerror}") from error

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise Transient(f"a file cannot be deleted: {error.strerror}") from error

    def list(self, prefix: str, after: str = "", limit: int = MAX_NAMES) -> Sequence[str]:
        """As the port says; walks only folders that can hold such keys."""
        check_listing(limit)
        try:
            return list(islice(_keys(self._folder, "", prefix, after), limit))
        except OSError as error:
            raise Transient(f"a folder cannot be read: {error.strerror}") from error

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._folder.joinpath(*map(_on_disk, key.split("/")))


def check_key(key: str) -> None:
    """Raise ValueError for a key that is no plain path, or longer than S3 takes."""
    check_file_key(key)
    if len(key.encode()) > KEY_BYTES:
        raise ValueError(f"a file's key has at most {KEY_BYTES} bytes")


def _keys(folder: Path, at: str, prefix: str, after: str) -> Iterator[str]:
    """The keys under `at` that are asked for, in order: a folder stands where the keys in it do."""
    try:
        found = [(unquote(one.name), one) for one in os.scandir(folder) if not one.name.startswith(".")]
    except FileNotFoundError:
        return  # removed since its own folder was read
    named = sorted((at + name + ("/" if one.is_dir() else ""), one.path) for name, one in found)
    for key, path in named:
        if not key.endswith("/"):
            if key.startswith(prefix) and key > after:
                yield key
        elif (key.startswith(prefix) or prefix.startswith(key)) and (key > after or after.startswith(key)):
            yield from _keys(Path(path), key, prefix, after)


def _on_disk(segment: str) -> str:
    """Percent-encoded, as file systems differ in what they take; a leading dot is left to our own files."""
    encoded = quote(segment, safe="+@=,")
    return "%2E" + encoded[1:] if encoded.startswith(".") else encoded


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace the file at once: whoever reads sees the old content or the new, also after a power cut."""
    replace_durably(path, lambda file: file.write(content), mode)


def replace_durably(path: Path, write: Callable[[BinaryIO], object], mode: int = 0o600) -> None:
    """As `write_durably`, of what `write` puts into the new file."""
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
