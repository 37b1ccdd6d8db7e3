"""Files of WhatsApp: an id leads to a link that lives five minutes, and the link to the bytes, both with our token.

The link is asked for at each attempt, never kept; of a message that brings one it is not used. The token goes to Meta's
hosts alone. Source: whatsapp.md, "Media", 2026-11.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from shared.domain.errors import Misconfigured, Transient
from shared.domain.media import Ended
from shared.http.download import NotYet, Source, host_is_of
from shared.meta.graph import GRAPH, VERSION, Exchanges

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard
    from shared.http.download import Downloader
    from shared.ports.media import Sink, Wanted
    from shared.ports.surroundings import Secrets

HOSTS: Final = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net")
"""Meta's own domains, on which links to media lie."""
NO_TOKEN: Final = 190
THROTTLED: Final = frozenset({4, 17, 32, 613, 80007, 130429})
UNKNOWN: Final = frozenset({33, 100, 131052, 2388097})
"""Codes by which the Graph API says that it has no such thing (any more)."""
LEAST_S: Final = 1.0


class WhatsAppMedia:
    """A `Fetcher`. `secret_of`: by account the name of its secret, whose `access_token` is asked for at each file.

    `hosts`: more domains on which links may lie, as configured. `root`: elsewhere only for a stand-in.
    """

    def __init__(
        self,
        http: Exchanges,
        downloader: Downloader,
        secrets: Secrets,
        secret_of: Callable[[str], str | None],
        hosts: tuple[str, ...] = (),
        root: str = GRAPH,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._downloader = downloader
        self._secrets = secrets
        self._secret_of = secret_of
        self._hosts = (*HOSTS, *hosts)
        self._root = root.rstrip("/")
        self._monotonic = monotonic

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        """As a `Fetcher`. 2 requests; 4 where a link has run out between them."""
        media_id = wanted.attachment.provider_id
        if media_id is None:
            raise Ended("failed", "channel whatsapp: a file without an id")
        token = self._token(wanted.account)
        ends = self._monotonic() + timeout_s
        try:
            self._bring(wanted.account, media_id, token, sink, ends)
        except NotYet:
            self._bring(wanted.account, media_id, token, sink, ends)  # the link alone may have been too old

    def _bring(self, account: str, media_id: str, token: str, sink: Sink, ends: float) -> None:
        link = self._link(account, media_id, token)
        source = Source(link, lambda host: host_is_of(host, self._hosts), {"authorization": f"Bearer {token}"})
        self._downloader.fetch(source, sink, max(ends - self._monotonic(), LEAST_S))

    def _link(self, account: str, media_id: str, token: str) -> str:
        asked = urlencode({"phone_number_id": account})
        url = f"{self._root}/{VERSION}/{quote(media_id, safe='')}?{asked}"
        try:
            heard = self._http.exchange("GET", url, headers={"authorization": f"Bearer {token}"})
        except Misconfigured as error:
            raise Transient(error.reason) from error
        said = _object(heard)
        link = said.get("url")
        if heard.status == 200 and isinstance(link, str) and link:
            return link
        raise _failure(heard, said, self._http.asked_s(heard))

    def _token(self, account: str) -> str:
        name = self._secret_of(account)
        try:
            token = self._secrets.get(name).get("access_token") if name else None
        except Misconfigured as error:
            raise Ended("failed", error.reason) from error
        if not isinstance(token, str) or not token:
            raise Ended("failed", f"account {account} has no access_token in its secret")
        return token


def _failure(heard: Heard, said: Mapping[str, Any], asked_s: float | None) -> Ended | Transient:
    error = said.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    origin = f"{heard.origin} answered {heard.status}" + (f", code {code}" if isinstance(code, int) else "")
    if code in THROTTLED or code == NO_TOKEN or heard.status in (401, 403, 408, 429) or heard.status >= 500:
        return Transient(origin, asked_s)
    if code in UNKNOWN or heard.status in (404, 410):
        return Ended("gone", origin)
    return Transient(origin, asked_s)


def _object(heard: Heard) -> dict[str, Any]:
    try:
        said = heard.json()
    except Transient:
        return {}
    return said if isinstance(said, dict) else {}
