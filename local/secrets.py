"""The `Secrets` port on one JSON file that only its owner can read."""

from __future__ import annotations

import fcntl
import json
import logging
import secrets
import stat
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from local.files import write_durably
from shared.domain.errors import Misconfigured

LOG: Final = logging.getLogger("hilo")

MODE: Final = 0o600
API: Final = "api"
ADDRESSES: Final = "addresses"
FILE_LINKS: Final = "file-links"
"""Signs the tokens in addresses of cases."""
KEY_BYTES: Final = 32

NamedSecrets = dict[str, dict[str, Any]]


class FileSecrets:
    """Reads the file again when it has changed, so that an edit takes effect at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_at: tuple[int, int] | None = None
        self._known: NamedSecrets = {}

    def get(self, name: str) -> dict[str, Any]:
        """The named secret, a copy. Raises `Misconfigured` when it is absent or the file cannot be read."""
        with self._lock:
            self._refresh()
            if name not in self._known:
                raise Misconfigured(f"{self._path} holds no secret named {name}")
            copy: dict[str, Any] = json.loads(json.dumps(self._known[name]))
            return copy

    def ensure(self, channels: Iterable[str], connectors: Iterable[str], people: Iterable[str] = ()) -> None:
        """Generate what is missing of the secrets of these channels and connectors, of the API's, of what
        signs addresses and of what keeps national ids (`people`); change nothing else.

        Safe when several processes do so at the same time. A file that others could read is closed to them,
        with a warning.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._close_to_others()
            stored = _read(self._path) if self._path.exists() else {}
            wanted = _completed(stored, channels, connectors, people)
            if wanted != stored:
                write_durably(self._path, (json.dumps(wanted, indent=2) + "\n").encode(), MODE)

    def _close_to_others(self) -> None:
        if not self._path.exists():
            return
        mode = stat.S_IMODE(self._path.stat().st_mode)
        if mode != MODE:
            LOG.warning("%s had mode %o: set to %o, and what it held may have been read", self._path, mode, MODE)
            self._path.chmod(MODE)

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
        except OSError as error:
            raise Misconfigured(f"{self._path} cannot be read: {error.strerror}") from error
        # A replaced file is another inode, an edited one has another time.
        seen = (status.st_ino, status.st_mtime_ns)
        if seen != self._read_at:
            self._known = _read(self._path)
            self._read_at = seen


def _read(path: Path) -> NamedSecrets:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        # The error's own text could quote the file.
        raise Misconfigured(f"{path} cannot be read as JSON: {type(error).__name__}") from None
    if not isinstance(content, dict) or not all(isinstance(named, dict) for named in content.values()):
        raise Misconfigured(f"{path} is not an object of named secrets")
    return content


def _completed(
    stored: NamedSecrets, channels: Iterable[str], connectors: Iterable[str], people: Iterable[str]
) -> NamedSecrets:
    wanted = {name: dict(fields) for name, fields in stored.items()}
    needs: list[tuple[str, Mapping[str, Callable[[], Any]]]] = [
        *((name, _CHANNEL) for name in channels),
        *((name, _CONNECTOR) for name in connectors),
        *((name, _PEOPLE) for name in people),
        (API, _API),
        (ADDRESSES, _ADDRESSES),
        (FILE_LINKS, _ADDRESSES),
    ]
    for name, fields in needs:
        named = wanted.setdefault(name, {})
        for field, generate in fields.items():
            if field not in named:
                named[field] = generate()
    return wanted


def _signing_secret() -> str:
    """As Standard Webhooks writes a symmetric secret."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode("ascii")


_CHANNEL: Final[Mapping[str, Callable[[], Any]]] = {
    "app_secrets": lambda: [secrets.token_hex(16)],
    "verify_token": lambda: secrets.token_hex(16),
}
_CONNECTOR: Final[Mapping[str, Callable[[], Any]]] = {"signing_secrets": lambda: [_signing_secret()]}
_PEOPLE: Final[Mapping[str, Callable[[], Any]]] = {
    "national_id_key": lambda: secrets.token_hex(KEY_BYTES),
    "encryption_keys": lambda: [b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")],
}
_ADDRESSES: Final[Mapping[str, Callable[[], Any]]] = {"keys": lambda: [secrets.token_hex(KEY_BYTES)]}
_API: Final[Mapping[str, Callable[[], Any]]] = {
    "tokens": lambda: [{"token": secrets.token_urlsafe(32), "scopes": ["read", "operate", "merge", "identify"]}]
}
