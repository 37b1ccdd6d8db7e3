"""The console's own files. A closed list: no path that a caller sends ever reaches the file system."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from functions.api.answers import Answer
from shared.application.inquire_errors import NotFound

_FOLDER: Final = Path(__file__).parent / "console"

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline: a customer's text can never become a script."""

_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-cache",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


@cache
def _files() -> dict[str, tuple[str, bytes]]:
    return {
        one.name: (_TYPES[one.suffix], one.read_bytes()) for one in sorted(_FOLDER.iterdir()) if one.suffix in _TYPES
    }


def console_file(name: str) -> Answer:
    """One of the page's files; the page itself for an empty name. Raises `NotFound`."""
    held = _files().get(name or "index.html")
    if held is None:
        raise NotFound("the console has no such file")
    content_type, body = held
    return Answer(200, body, {"content-type": content_type, **_HEADERS})


def to_console() -> Answer:
    """The page's files are named relative to the folder, so its address ends in a slash."""
    return Answer(308, b"", {"location": "console/", "cache-control": "no-cache"})
