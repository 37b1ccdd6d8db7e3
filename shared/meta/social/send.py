"""Sending by the Send API, for Messenger and for Instagram by either login: one request, one outcome.

The API has no idempotency key: what may have gone out is settled by its echo, which carries our mark on Messenger.
Source: messenger_instagram.md, "Three flavours", "Sending" and "Errors", 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from shared.domain.answer import Accepted, Address, Answer, Body, Language, Later, Lost, Refused, SendOutcome
from shared.meta import effects
from shared.meta.graph import GRAPH, VERSION, Exchanges, Tokens, error_in, post, said_by
from shared.meta.social import errors
from shared.meta.social.advice import advice
from shared.meta.social.limits import Limits
from shared.meta.social.render import render

if TYPE_CHECKING:
    from shared.http.client import Answer as Heard

Login = Literal["facebook", "instagram"]

HOSTS: Final[Mapping[Login, str]] = {"facebook": GRAPH, "instagram": "https://graph.instagram.com"}
"""By login: a token of the one is unknown at the other's."""
Link = Callable[[str, str], str | None]
"""An address at which anybody may fetch a file for a while, by its key and media type; None where nobody can."""
MAY_BE_THE_TAG: Final = frozenset({"3", "10", "200"})
"""Codes that, of an answer marked as a person's, may only mean that the feature is not approved."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account sends: the host's login, and the node: its Page's id, its own, or `me`."""

    login: Login
    node: str


class SocialOut:
    """A `WayOut`. `place_of`: where an account sends. `hosts`: elsewhere only for a stand-in."""

    def __init__(
        self,
        limits: Limits,
        http: Exchanges,
        tokens: Tokens,
        place_of: Callable[[str], Place],
        link: Link,
        hosts: Mapping[Login, str] = HOSTS,
    ) -> None:
        self._limits = limits
        self._http = http
        self._tokens = tokens
        self._place_of = place_of
        self._link = link
        self._hosts = hosts

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        """See `render.render`."""
        return render(self._limits, answer, to, mark)

    def advice(self, code: str, language: Language) -> str:
        """See `advice.advice`."""
        return advice(code, language, self._limits.network)

    def send(self, account: str, body: Body) -> SendOutcome:
        """One request. Raises nothing of the hub's own errors: they are outcomes too."""
        asked = self._with_link(body)
        if asked is None:
            return Refused(errors.NO_LINK)
        place = self._place_of(account)
        url = f"{self._hosts[place.login].rstrip('/')}/{VERSION}/{place.node}/messages"
        heard = post(self._http, url, lambda: self._tokens.of(account), asked)
        if isinstance(heard, Later | Lost):
            return heard
        return outcome_of(heard, asked, self._limits.channel, self._http.asked_s(heard))

    def _with_link(self, body: Body) -> Body | None:
        """The request with an address for the file that the hub keeps: made now, since it does not live long."""
        stored = body.get("stored")
        if stored is None:
            return body
        url = self._link(stored["key"], stored["mime_type"])
        if url is None:
            return None
        asked = {name: value for name, value in body.items() if name != "stored"}
        attachment = {**body["message"]["attachment"], "payload": {"url": url}}
        return {**asked, "message": {**body["message"], "attachment": attachment}}


def outcome_of(heard: Heard, body: Body, channel: str, asked_s: float | None) -> SendOutcome:
    """What an answer means. `asked_s`: how long it asks us to wait."""
    said = said_by(heard)
    if 200 <= heard.status < 300:
        return _accepted(said, body, channel)
    error = error_in(said)
    if body.get("tag") and error.code in MAY_BE_THE_TAG and error.name not in _WITH_SUBCODE:
        return Refused(errors.TAG_REFUSED, error.detail)
    return effects.outcome_of(heard.status, error, errors.row_of, error.name, asked_s)


_WITH_SUBCODE: Final = frozenset(code for code in errors.ROWS if "/" in code)


def _accepted(said: Mapping[str, Any], body: Body, channel: str) -> SendOutcome:
    """Taken, if it says under which id; else nobody can say. Of a private answer it says whom it reached."""
    sent, reached = said.get("message_id"), said.get("recipient_id")
    if not isinstance(sent, str) or not sent:
        return Lost("no_id")
    is_news = isinstance(reached, str) and reached not in ("", body["recipient"].get("id"))
    return Accepted(sent, Address(channel, str(reached)) if is_news else None)
