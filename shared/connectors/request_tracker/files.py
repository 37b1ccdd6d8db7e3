"""Files that agents attach in RT: asked of RT itself, with the hub's own token.

`GET /attachment/<n>` gives JSON with the bytes in base64, whose members come in any order. They are decoded while they
come, so that a large file is never whole in memory.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.domain.errors import Misconfigured, Transient
from shared.domain.media import Ended
from shared.http.download import Source

if TYPE_CHECKING:
    from shared.http.download import Downloader
    from shared.ports.media import Sink, Wanted

_CONTENT: Final = re.compile(rb'(?<!\\)"Content"\s{0,9}:\s{0,9}(?:"|(null))')
"""A quote within a text is escaped, so this is the member itself, wherever it stands."""
_LONGEST_BEFORE: Final = 64 * 1024
"""Bytes beside the content: its headers, and who made it."""
_KEPT: Final = 64
"""Bytes in which the beginning of `"Content": "` may stand, cut."""


class RequestTrackerFiles:
    """A `Fetcher`. `url`: RT's, without `/REST/2.0`; its host alone is asked. `token`: asked for at each file."""

    def __init__(self, name: str, url: str, token: Callable[[], str], downloader: Downloader) -> None:
        self._name = name
        self._url = url
        self._token = token
        self._downloader = downloader

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        """As a `Fetcher`. One request."""
        number = wanted.attachment.provider_id or ""
        if not (number.isascii() and number.isdigit()):
            raise Ended("failed", f"connector {self._name}: a file without RT's number")
        try:
            token = self._token()
        except Misconfigured as error:
            raise Transient(error.reason) from error
        own = (urlsplit(self._url).hostname or "").lower()
        headers = {"authorization": f"token {token}", "accept": "application/json"}
        content = Content(sink)
        source = Source(f"{self._url}/REST/2.0/attachment/{number}", lambda host: host == own, headers)
        self._downloader.fetch(source, content, timeout_s)
        if not content.is_whole:
            raise Transient(f"connector {self._name}: RT answered, but not with a whole file")


class Content:
    """A sink for RT's JSON, which gives on the bytes of its `Content`. `is_whole`: its end has come."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = b""
        self._before = 0
        self._is_within = False
        self.is_whole = False

    @property
    def room(self) -> int:
        """Of what comes: base64 with its line ends, each as two characters, beside the rest of the answer."""
        return self._sink.room * 3 // 2 + _LONGEST_BEFORE

    def write(self, piece: bytes) -> None:
        """Take them. Raises `Ended` when they are too many, `Transient` for what is no answer of RT's."""
        if self.is_whole:
            return
        self._held += piece
        if not self._is_within:
            self._look_for_it()
        if self._is_within:
            self._decode()

    def _look_for_it(self) -> None:
        found = _CONTENT.search(self._held)
        if found is None:
            self._before += max(len(self._held) - _KEPT, 0)
            self._held = self._held[-_KEPT:]
            if self._before > _LONGEST_BEFORE:
                raise Transient("RT answered, but not with a file")
            return
        self._held = self._held[found.end() :]
        self.is_whole = found[1] is not None  # an empty file
        self._is_within = not self.is_whole

    def _decode(self) -> None:
        said, quote, _ = self._held.partition(b'"')
        cut = 1 if not quote and said.endswith(b"\\") else 0  # an escape of which the rest is still to come
        held, cut_off = said[: len(said) - cut], said[len(said) - cut :]
        plain = held.replace(b"\\n", b"").replace(b"\\r", b"").replace(b"\\/", b"/")
        whole = len(plain) if quote else len(plain) // 4 * 4
        try:
            self._sink.write(b64decode(plain[:whole], validate=True))
        except NotBase64:
            raise Transient("RT answered, but with a file that cannot be read") from None
        self._held = plain[whole:] + cut_off
        self.is_whole = bool(quote)
