"""The way out of WhatsApp, as configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.channels.whatsapp.send import WhatsAppOut
from shared.channels.whatsapp.upload import Piece, Uploader
from shared.http.client import Client
from shared.http.transport import Dialer
from shared.meta.graph import GRAPH

if TYPE_CHECKING:
    from shared.channels.whatsapp.media import WhatsAppMedia
    from shared.channels.whatsapp.setup import WhatsAppSetup
    from shared.configuration import Config
    from shared.ports.surroundings import Clock, Secrets

CHANNEL = "whatsapp"


def connect(
    config: Config,
    secrets: Secrets,
    clock: Clock,
    *,
    root: str = GRAPH,
    allow_private: bool = False,
    piece: Piece | None = None,
) -> WhatsAppOut:
    """`piece`: bytes of the hub's files, as `Files.piece`; without it none goes out. `root`, `allow_private`: where a
    stand-in on this machine answers for the Cloud API.

    Each request has a connection of its own: on a kept one that the other side just closed nobody could say whether
    a request arrived, and an agent would be told that nobody knows.
    """

    def secret_of(account_id: str) -> str | None:
        account = config.account(CHANNEL, account_id)
        return account.secret if account else None

    http = Client("channel whatsapp", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    uploader = Uploader(http, secrets, secret_of, piece, root) if piece else None
    return WhatsAppOut(http, secrets, secret_of, root, uploader)


def connect_setup(
    account: str,
    secret: str | None,
    secrets: Secrets,
    clock: Clock,
    *,
    root: str = GRAPH,
    allow_private: bool = False,
    played: bool = False,
) -> WhatsAppSetup:
    """How the hub stands with one account. `played`: without a token a stand-in answers for it. Nothing is sent and no
    secret is read before the first call."""
    from shared.channels.whatsapp.setup import WhatsAppSetup

    http = Client("channel whatsapp", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    return WhatsAppSetup(http, secrets, account, secret, root, played=played)


def connect_media(
    config: Config, secrets: Secrets, clock: Clock, *, root: str = GRAPH, allow_private: bool = False
) -> WhatsAppMedia:
    """How the channel's files are had. `root`, `allow_private`: as in `connect`; a stand-in's files lie on its own
    host."""
    from urllib.parse import urlsplit

    from shared.channels.whatsapp.media import WhatsAppMedia
    from shared.http.download import Downloader

    def secret_of(account_id: str) -> str | None:
        account = config.account(CHANNEL, account_id)
        return account.secret if account else None

    dialer = Dialer(allow_private=allow_private, keeps=False)
    http = Client("channel whatsapp", clock=clock, dialer=dialer)
    hosts = (*config.media.hosts, *([urlsplit(root).hostname or ""] if allow_private else []))
    downloader = Downloader("channel whatsapp", clock=clock, dialer=dialer)
    return WhatsAppMedia(http, downloader, secrets, secret_of, tuple(hosts), root)
