"""The stand-in beside an embedded hub: it answers for the accounts that have no access token of their own.

Give an account's secret an `access_token`, and its answers go to WhatsApp itself.
"""

from __future__ import annotations

import secrets as random_secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.stand_ins import beside
from local.stand_ins.beside import Handler, OneToken, watching
from local.stand_ins.teller import posting_to
from local.stand_ins.whatsapp.people import People
from local.stand_ins.whatsapp.provider import Provider
from local.stand_ins.whatsapp.receipts import Receipts
from local.stand_ins.whatsapp.rules import Known
from local.stand_ins.whatsapp.server import Server
from shared.channels.whatsapp.send import WhatsAppOut
from shared.channels.whatsapp.way_out import connect, connect_media

if TYPE_CHECKING:
    from shared.channels.whatsapp.upload import Piece
    from shared.configuration import Config
    from shared.domain.answer import Body, Later, Refused, Uploaded
    from shared.ports.media import Fetcher, Sink, Wanted
    from shared.ports.surroundings import Clock, Secrets

CHANNEL: Final = "whatsapp"
WEBHOOK: Final = "/webhooks/whatsapp"


class EitherWay(beside.EitherWay[WhatsAppOut]):
    """With files, too."""

    def upload(self, account: str, body: Body) -> Uploaded | Later | Refused | None:
        return self._of(account).upload(account, body)

    def with_file(self, body: Body, id_: str) -> Body:
        return self._real.with_file(body, id_)


class EitherFiles:
    """A `Fetcher`: real for accounts that have a token, else played."""

    def __init__(self, real: Fetcher, played: Fetcher, has_token: Callable[[str], bool]) -> None:
        self._real = real
        self._played = played
        self._has_token = has_token

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        (self._real if self._has_token(wanted.account) else self._played).fetch(wanted, sink, timeout_s)


class StandIn:
    """`url`: the hub's. `piece`: bytes of its files. `folder`: where it keeps when people wrote, so that a restart
    closes no window."""

    def __init__(
        self,
        config: Config,
        secrets: Secrets,
        url: str,
        is_token: Callable[[str], bool],
        clock: Clock,
        folder: Path,
        piece: Piece | None = None,
    ) -> None:
        self._config = config
        self._secrets = secrets
        self._token = random_secrets.token_hex(16)
        self._receipts = Receipts(posting_to(url + WEBHOOK), self._app_secret)
        templates = {(one.template.name, one.template.language): _known(one.template) for one in self._with_template()}
        self.provider = Provider(
            lambda account: self._token if self._secret_of(account) else None,
            self._receipts,
            clock,
            templates=templates,
            people=People(journal=folder / "stand-in-whatsapp.jsonl", now=clock()),
        )
        self._server = Server(self.provider, is_token)
        own = OneToken(self._token)
        self.way = EitherWay(
            connect(config, secrets, clock, piece=piece),
            connect(config, own, clock, root=self._server.url, allow_private=True, piece=piece),
            self._has_token,
        )
        self.media = EitherFiles(
            connect_media(config, secrets, clock),
            connect_media(config, own, clock, root=self._server.url, allow_private=True),
            self._has_token,
        )

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()
        self._receipts.start()

    def stop(self) -> None:
        self._server.stop()
        self._receipts.stop()

    def watching(self, handler: Handler) -> Handler:
        """The webhook's handler, and what it took in opens windows."""
        return watching(handler, lambda _, body: self.provider.saw(body))

    def _with_template(self) -> list[Any]:
        return [one for one in self._config.accounts if one.channel == CHANNEL and one.template is not None]

    def _secret_of(self, account: str) -> str | None:
        found = self._config.account(CHANNEL, account)
        return found.secret if found else None

    def _secret(self, account: str) -> dict[str, Any]:
        name = self._secret_of(account)
        return dict(self._secrets.get(name)) if name else {}

    def _has_token(self, account: str) -> bool:
        return bool(self._secret(account).get("access_token"))

    def _app_secret(self, account: str) -> str:
        return str(self._secret(account)["app_secrets"][0])


def _known(template: Any) -> Known:
    """What the configuration sends is what was approved."""
    return Known(len(template.parameters))
