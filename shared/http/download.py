"""A file from somebody outside: each hop checked, each byte counted, within a time.

A URL that a provider gives is not trusted: it may lead to ourselves, elsewhere, in circles, or never end. So: https
alone; hosts that were allowed; connections to checked addresses alone (see `transport`); redirects followed by us, one
by one, under the same rules; headers that prove who we are for their own host only; no content encoding; no more bytes
than wanted; one deadline for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from shared.domain.errors import HubError, Transient
from shared.domain.media import Ended
from shared.http.client import retry_after
from shared.http.transport import AddressRefused, CheckedSession, Deadline, Dialer

if TYPE_CHECKING:
    from shared.ports.surroundings import Clock

MOST_HOPS: Final = 4
"""Requests for one file: the first, and so many less one that it leads on to."""
PIECE: Final = 64 * 1024
LONGEST_URL: Final = 8192
AGENT: Final = "hub-media/1"

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
GONE: Final = frozenset({404, 410})
PASSES: Final = frozenset({408, 425, 429})

Allowed: TypeAlias = Callable[[str], bool]
"""Whether a file may come from this host (in lower case)."""


class Sink(Protocol):
    """Where the bytes go. `room`: how many more it takes."""

    @property
    def room(self) -> int: ...

    def write(self, piece: bytes) -> None:
        """Take them. Raises `Ended` (too large)."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked for, and how. `headers` go to the host of `url` alone."""

    url: str
    allowed: Allowed
    headers: Mapping[str, str]


class Downloader:
    """`who`: as errors name it. Each request has a connection of its own."""

    def __init__(self, who: str, *, clock: Clock, dialer: Dialer | None = None, ca_file: str | None = None) -> None:
        self._who = who
        self._clock = clock
        self._dialer = dialer or Dialer(keeps=False)
        self._session = CheckedSession(self._dialer, ca_file)

    def fetch(self, source: Source, sink: Sink, timeout_s: float) -> None:
        """Bring the file's bytes into the sink, whole, or raise.

        Raises `Ended` (`gone`, `refused`, `too_large`) or `Transient`: then the sink holds part of it at most.
        `NotYet` for 401 and 403, which mean a link that has run out as well as a token that has.
        """
        url, home = source.url, _host(source.url)
        with Deadline(timeout_s) as deadline:
            for _ in range(MOST_HOPS):
                parts = self._checked(url, source.allowed)
                headers = source.headers if _host(url) == home else {}
                led = self._hop(url, parts, headers, sink, timeout_s, deadline)
                if led is None:
                    return
                url = urljoin(url, led)
        raise Ended("refused", f"{self._who}: a file that leads on and on")

    def _checked(self, url: str, allowed: Allowed) -> SplitResult:
        """The parts of a URL that may be asked. Raises `Ended`."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise self._refused("a file whose address cannot be read") from None
        if len(url) > LONGEST_URL or not host or not url.isprintable():
            raise self._refused("a file whose address cannot be read")
        if parts.scheme != "https" and not (parts.scheme == "http" and self._dialer.allow_private):
            raise self._refused("a file that is not to be had by https")
        if parts.username is not None or parts.password is not None:
            raise self._refused("a file whose address holds a name and password")
        if not allowed(host.lower()):
            raise self._refused("a file on a host that is not among those allowed")
        return parts

    def _refused(self, what: str) -> Ended:
        return Ended("refused", f"{self._who}: {what}")

    def _hop(
        self,
        url: str,
        parts: SplitResult,
        headers: Mapping[str, str],
        sink: Sink,
        timeout_s: float,
        deadline: Deadline,
    ) -> str | None:
        """One request. Where it leads on to; None when its bytes are in the sink."""
        outcome = self._attempt(url, headers, sink, timeout_s, deadline, f"{self._who}: {parts.hostname}")
        if isinstance(outcome, HubError):
            raise outcome  # raised here, so that it drags no library's text along
        return outcome

    def _attempt(
        self, url: str, headers: Mapping[str, str], sink: Sink, timeout_s: float, deadline: Deadline, origin: str
    ) -> str | HubError | None:
        named = {"accept": "*/*", "accept-encoding": "identity", "user-agent": AGENT, "connection": "close", **headers}
        try:
            prepared = self._session.prepare_request(requests.Request("GET", url, headers=named))
            sent = self._session.send(prepared, stream=True, allow_redirects=False, timeout=(timeout_s, timeout_s))
            with closing(sent) as response:
                if deadline.has_passed:
                    return _too_late(origin, timeout_s)
                outcome = self._judged(response, sink, origin)
                # A body without a length that was cut looks like one that ended.
                return _too_late(origin, timeout_s) if deadline.has_passed else outcome
        except AddressRefused as refused:
            return Ended("refused", f"{origin} has {refused.reason}: the hub does not connect to it")
        except Ended as ended:
            return ended
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            if deadline.has_passed or isinstance(error, requests.Timeout | TimeoutError):
                return _too_late(origin, timeout_s)
            return Transient(f"{origin} did not give the file ({type(error).__name__})")

    def _judged(self, response: requests.Response, sink: Sink, origin: str) -> str | HubError | None:
        status = response.status_code
        if status in REDIRECTS:
            return response.headers.get("location") or Ended("refused", f"{origin} leads on, and does not say where")
        if status != 200:
            return self._no_file(response, status, origin)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return Ended("refused", f"{origin} gave the file in an encoding that was not asked for")
        return _received(response, sink, origin)

    def _no_file(self, response: requests.Response, status: int, origin: str) -> HubError:
        if status in GONE:
            return Ended("gone", f"{origin} has the file no longer ({status})")
        if status in (401, 403):
            return NotYet(f"{origin} does not give us the file ({status})")
        if status >= 500 or status in PASSES:
            asked_s = retry_after(response.headers.get("retry-after"), self._clock())
            return Transient(f"{origin} answered {status}", asked_s)
        return Ended("failed", f"{origin} answered {status}")


class NotYet(Transient):
    """It is not given to us: by a link that has run out, or for a token that is no good."""


def _received(response: requests.Response, sink: Sink, origin: str) -> HubError | None:
    said = response.headers.get("content-length", "")
    length = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
    if length is not None and length > sink.room:
        return Ended("too_large", f"{origin}: the file has {length} bytes")
    received = 0
    while piece := response.raw.read1(PIECE, decode_content=False):
        received += len(piece)
        sink.write(piece)
    if length is not None and received != length:
        return Transient(f"{origin}: the file did not come whole")
    return None


def _too_late(origin: str, timeout_s: float) -> Transient:
    return Transient(f"{origin} did not give the file within {timeout_s:.3g} s")


def _host(url: str) -> str:
    """Who is asked: scheme, host and port. A token of one is for no other."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{parts.port or ''}"
    except ValueError:
        return ""


def host_is_of(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of these domains or below one: `a.fbsbx.com` is of `fbsbx.com`, `evilfbsbx.com` is not."""
    plain = host.rstrip(".").lower()
    return any(plain == domain or plain.endswith(f".{domain}") for domain in domains)
