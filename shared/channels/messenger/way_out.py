"""The way out of Messenger, as configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from shared.channels.messenger.limits import LIMITS
from shared.http.client import Client
from shared.http.transport import Dialer
from shared.meta.graph import Tokens
from shared.meta.social.send import HOSTS, Link, Login, Place, SocialOut

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.meta.social.setup import SocialSetup
    from shared.ports.surroundings import Clock, Secrets

CHANNEL: Final = "messenger"
FIELDS: Final = (
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_deliveries",
    "message_reads",
    "messaging_optins",
    "messaging_referrals",
    "feed",
)
"""What a Page is subscribed to. Instagram's names among them would be refused, and then nothing would be."""
SCOPES: Final = ("pages_messaging", "pages_read_engagement", "pages_manage_metadata")


def connect(
    config: Config,
    secrets: Secrets,
    clock: Clock,
    *,
    link: Link,
    hosts: Mapping[Login, str] = HOSTS,
    allow_private: bool = False,
) -> SocialOut:
    """`link`: an address for a file that the hub keeps. `hosts`, `allow_private`: where a stand-in on this machine
    answers for the Graph API. Each request has a connection of its own, as on WhatsApp: on a kept one that the other
    side just closed nobody could say whether a request arrived."""

    def secret_of(account_id: str) -> str | None:
        account = config.account(CHANNEL, account_id)
        return account.secret if account else None

    http = Client("channel messenger", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    return SocialOut(LIMITS, http, Tokens(secrets, secret_of), _place, link, hosts)


def _place(account: str) -> Place:
    return Place("facebook", account)


def connect_setup(
    account: str,
    secret: str | None,
    secrets: Secrets,
    clock: Clock,
    *,
    hosts: Mapping[Login, str] = HOSTS,
    allow_private: bool = False,
    played: bool = False,
) -> SocialSetup:
    """How the hub stands with one Page. `played`: without a token a stand-in answers for it. Nothing is sent and no
    secret is read before the first call."""
    from shared.meta.asking import Asking
    from shared.meta.social.setup import Flavour, SocialSetup

    flavour = Flavour(
        host=hosts["facebook"],
        node=account,
        account=account,
        ask=f"{account}?fields=id",
        found_in=lambda said: said.get("id"),
        fields=FIELDS,
        scopes=SCOPES,
        begins="EAA",
        whose="the Page's access token",
    )
    http = Client("channel messenger", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    return SocialSetup(flavour, lambda root, token: Asking(http, root, token), secrets, secret, played=played)
