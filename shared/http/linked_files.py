"""Files to which a provider or a tool gives a link: asked of its own hosts alone where it has such, without any
token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.media import Ended
from shared.http.download import NotYet, Source, host_is_of

if TYPE_CHECKING:
    from shared.http.download import Downloader
    from shared.ports.media import Sink, Wanted


class LinkedFiles:
    """A `Fetcher`. `hosts`: the domains on which links may lie; None where they may lie on any public host."""

    def __init__(self, downloader: Downloader, hosts: tuple[str, ...] | None) -> None:
        self._downloader = downloader
        self._hosts = hosts

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        """As a `Fetcher`. One request, and one for each redirect."""
        if wanted.attachment.url is None:
            raise Ended("failed", "a file without a link")
        source = Source(wanted.attachment.url, self._is_allowed, {})
        try:
            self._downloader.fetch(source, sink, timeout_s)
        except NotYet as over:
            raise Ended("gone", over.reason) from over  # a signed link that has run out; there is no other

    def _is_allowed(self, host: str) -> bool:
        return self._hosts is None or host_is_of(host, self._hosts)
