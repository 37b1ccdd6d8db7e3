"""The stand-in beside an embedded hub: it answers for the Pages and Instagram accounts that have no token of their own.

Give an account's secret an `access_token`, and its answers go to Meta itself.
"""

from __future__ import annotations

import secrets as random_secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.stand_ins.beside import EitherWay, Handler, OneToken, watching
from local.stand_ins.messenger.courier import Courier
from local.stand_ins.messenger.people import People
from local.stand_ins.messenger.provider import Account, Provider
from local.stand_ins.messenger.server import Server
from local.stand_ins.teller import posting_to
from shared.channels.instagram import way_out as instagram
from shared.channels.messenger import way_out as messenger
from shared.meta.social.send import Place

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.meta.social.send import Link, SocialOut
    from shared.ports.surroundings import Clock, Secrets

WEBHOOKS: Final = {"messenger": "/webhooks/messenger", "instagram": "/webhooks/instagram"}


class StandIn:
    """`url`: the hub's. `link`: an address for a file that the hub keeps. `folder`: where it keeps when people wrote,
    so that a restart closes no window."""

    def __init__(
        self,
        config: Config,
        secrets: Secrets,
        url: str,
        is_token: Callable[[str], bool],
        clock: Clock,
        folder: Path,
        link: Link,
    ) -> None:
        self._config = config
        self._secrets = secrets
        posts = {channel: posting_to(url + path) for channel, path in WEBHOOKS.items()}

        def post(channel: str, body: bytes, headers: Mapping[str, str]) -> int:
            return posts[channel](body, headers)

        self._courier = Courier(post, self._app_secret)
        token = random_secrets.token_hex(16)
        people = People(journal=folder / "stand-in-messenger.jsonl", now=clock())
        accounts = [
            _played(one, token) for one in config.accounts if one.channel in WEBHOOKS and one.secret is not None
        ]
        self.provider = Provider(accounts, self._courier, clock, people=people)
        self._server = Server(self.provider, is_token)
        own = OneToken(token)
        self.ways: dict[str, EitherWay[SocialOut]] = {}
        for channel, module in (("messenger", messenger), ("instagram", instagram)):
            real = module.connect(config, secrets, clock, link=link)
            played = module.connect(config, own, clock, link=link, hosts=self._server.hosts, allow_private=True)
            self.ways[channel] = EitherWay(real, played, self._has_token_on(channel))

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()
        self._courier.start()

    def stop(self) -> None:
        self._server.stop()
        self._courier.stop()

    def watching(self, handler: Handler) -> Handler:
        """The webhooks' handler, and what it took in opens windows."""

        def saw(event: dict[str, Any], body: bytes) -> None:
            path = event.get("rawPath") or event["requestContext"]["http"].get("path", "")
            channel = str(path).rpartition("/")[2]
            if channel in WEBHOOKS:
                self.provider.saw(channel, body)

        return watching(handler, saw)

    def _has_token_on(self, channel: str) -> Callable[[str], bool]:
        return lambda account: bool({"access_token", "access_tokens"} & self._secret(channel, account).keys())

    def _secret(self, channel: str, account: str) -> dict[str, Any]:
        found = self._config.account(channel, account)
        return dict(self._secrets.get(found.secret)) if found and found.secret else {}

    def _app_secret(self, channel: str, account: str) -> str:
        return str(self._secret(channel, account)["app_secrets"][0])


def _played(one: Any, token: str) -> Account:
    place = Place("facebook", one.id)
    if one.channel == "instagram":
        place = instagram.place_of(one.id, one.login, one.page)
    return Account(one.channel, one.id, place.login, frozenset({one.id, place.node}), token, one.human_agent)
