"""One request to somebody outside: sent once, answered within a time, nothing followed.

What comes back is an `Answer` of whatever status, or one of the hub's own errors; their texts hold who was asked,
the host and the status, never a path, a query or a body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from shared.domain.errors import HubError, Misconfigured, Transient
from shared.domain.errors import Unsent as Unsent
from shared.http.transport import AddressRefused, CheckedSession, Deadline, Dialer

if TYPE_CHECKING:
    from shared.http.form import FileForm
    from shared.ports.surroundings import Clock

ANSWER_LIMIT: Final = 64 * 1024
"""Bytes of an answer that are read; what is beyond is not."""
LONGEST_WAIT_S: Final = 24 * 3600
"""A receiver may ask for patience, but not for more than this."""
TIMEOUT_S: Final = 15.0
"""From the first byte of the connection to the last of the answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, at most the limit's bytes of body.

    `is_whole` is false when the body was longer, broke off, or came in an encoding we did not ask for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool
    origin: str

    def json(self) -> Any:
        """The body as JSON. Raises Transient when it is not whole or not JSON: a good answer was lost."""
        if self.is_whole:
            try:
                return json.loads(self.body)
            except (ValueError, RecursionError):
                failure = "is not JSON"
        else:
            failure = "did not come whole"
        raise Transient(f"{self.origin} answered {self.status}, but the answer {failure}")


class Client:
    """The one way out: a kept session, a deadline for each request.

    `who`: as errors name it, such as `connector demo`. `clock` reads `Retry-After` dates. `dialer` decides which
    addresses may be reached. `ca_file` replaces the list of certificate authorities. The proxy variables of the
    environment are ignored: behind a proxy nobody could check the address that is reached.
    """

    def __init__(
        self,
        who: str,
        *,
        clock: Clock,
        timeout_s: float = TIMEOUT_S,
        dialer: Dialer | None = None,
        ca_file: str | None = None,
        answer_limit: int = ANSWER_LIMIT,
    ) -> None:
        self._who = who
        self._clock = clock
        self._timeout_s = timeout_s
        self._dialer = dialer or Dialer()
        self._session = CheckedSession(self._dialer, ca_file)
        self._answer_limit = answer_limit

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | FileForm | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """Send these very bytes once and return the answer, whatever it says.

        `timeout_s`: the time it may take (what is left of a longer piece of work). Raises `Unsent` (it may be sent
        again), `Transient` (no answer in time: it may have arrived), or `Misconfigured` (also when the host has an
        address that is refused).
        """
        origin = f"{self._who}: {urlsplit(url).hostname}"
        if not (self._dialer.allow_private or url.lower().startswith("https://")):
            raise Misconfigured(f"{origin} is to be reached by https only")
        request = requests.Request(method, url, headers={**_PLAIN, **headers}, data=body)
        sent = self._attempt(origin, request, timeout_s or self._timeout_s)
        if isinstance(sent, HubError):
            raise sent
        return sent

    def asked_s(self, answer: Answer) -> float | None:
        """Seconds that an answer asks to wait."""
        return retry_after(answer.headers.get("retry-after"), self._clock())

    def _attempt(self, origin: str, request: requests.Request, timeout_s: float) -> Answer | HubError:
        """The answer, or the error to raise: raised by the caller, so that it drags no library's text along."""
        try:
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, HTTPError, ValueError):
            return Misconfigured(f"{origin} cannot be asked: the address or a header is not valid")
        with Deadline(timeout_s) as deadline:
            try:
                with self._session.send(
                    prepared, stream=True, allow_redirects=False, timeout=(timeout_s, timeout_s)
                ) as response:
                    if deadline.has_passed:  # headers that were cut look to http.client like headers that ended
                        return Transient(_too_late(origin, timeout_s))
                    return self._read(origin, response)
            except AddressRefused as refused:
                return Misconfigured(f"{origin} has {refused.reason}: the hub does not connect to it")
            except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
                kind = Transient if deadline.has_spoken else Unsent
                if deadline.has_passed or isinstance(error, requests.Timeout | TimeoutError):
                    return kind(_too_late(origin, timeout_s))
                return kind(f"{origin} could not be reached ({type(error).__name__})")

    def _read(self, origin: str, response: requests.Response) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        body, is_whole = b"", headers.get("content-encoding", "identity") == "identity"
        while is_whole:
            try:
                piece = response.raw.read1(self._answer_limit, decode_content=False)
            except (HTTPError, HTTPException, OSError):
                is_whole = False  # the status came, and it is what counts; who needs the body asks `json`
                break
            if not piece:
                break
            body += piece
            is_whole = len(body) <= self._answer_limit
        return Answer(response.status_code, headers, body[: self._answer_limit], is_whole, origin)


def _too_late(origin: str, timeout_s: float) -> str:
    return f"{origin} did not answer within {timeout_s:.3g} s"


_PLAIN: Final = {"accept-encoding": "identity"}
"""Asked of every receiver, so that 64 KB are 64 KB."""

_SECONDS = re.compile(r"\s*(\d{1,12})(?:\.\d*)?\s*", re.ASCII)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` asks for (RFC 9110, 10.2.3), from 0 to 24 h; None when it says nothing readable.

    `now` is in seconds since the epoch; a date is measured against it.
    """
    if value is None:
        return None
    if seconds := _SECONDS.fullmatch(value):
        return min(float(seconds[1]), LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(value)
        wanted = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(wanted, 0.0), LONGEST_WAIT_S)
