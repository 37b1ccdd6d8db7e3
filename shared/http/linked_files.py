"""Files to which a provider gives a link that runs out: asked of its own hosts alone, without any token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.media import Ended
from shared.http.download import NotYet, Source, host_is_of

if TYPE_CHECKING:
    from shared.http.download import Downloader
    from shared.ports.media import Sink, Wanted


class LinkedFiles:
    """A `Fetcher`. `hosts`: the domains on which links may lie."""

    def __init__(self, downloader: Downloader, hosts: tuple[str, ...]) -> None:
        self._downloader = downloader
        self._hosts = hosts

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        """As a `Fetcher`. One request, and one for each redirect."""
        if wanted.attachment.url is None:
            raise Ended("failed", "a file without a link")
        source = Source(wanted.attachment.url, lambda host: host_is_of(host, self._hosts), {})
        try:
            self._downloader.fetch(source, sink, timeout_s)
        except NotYet as over:
            raise Ended("gone", over.reason) from over  # a signed link that has run out; there is no other
