"""The way out of Instagram, as configured: by its Page's login, or by its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.channels.instagram.limits import LIMITS
from shared.http.client import Client
from shared.http.transport import Dialer
from shared.meta.graph import Tokens
from shared.meta.social.send import HOSTS, Link, Login, Place, SocialOut

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.meta.social.setup import Flavour, SocialSetup
    from shared.ports.surroundings import Clock, Secrets

CHANNEL: Final = "instagram"
FIELDS: Final = (
    "messages",
    "messaging_postbacks",
    "message_reactions",
    "messaging_seen",
    "messaging_referral",
    "comments",
    "live_comments",
)
"""What an account of Instagram Login is subscribed to."""
PAGE_FIELDS: Final = ("messages", "messaging_postbacks")
"""What the Page of an account of Facebook Login is subscribed to: Instagram's names are refused there, and then nothing
is subscribed. Instagram's own fields are the app's, in its dashboard."""
SCOPES: Final = (
    "instagram_business_basic",
    "instagram_business_manage_comments",
    "instagram_business_manage_messages",
)
PAGE_SCOPES: Final = (
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
    "pages_manage_metadata",
)


def login_of(login: Login | None, page: str | None) -> Login:
    """By which login an account was connected: where nothing says so, one that names its Page by Facebook's."""
    return login or ("facebook" if page else "instagram")


def place_of(account: str, login: Login | None, page: str | None) -> Place:
    """Where it sends: as its Page, whose token it has, or as itself."""
    return Place("facebook", page or "me") if login_of(login, page) == "facebook" else Place("instagram", account)


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
    answers for the Graph API. Each request has a connection of its own, as on WhatsApp."""

    def secret_of(account_id: str) -> str | None:
        account = config.account(CHANNEL, account_id)
        return account.secret if account else None

    def place(account_id: str) -> Place:
        account = config.account(CHANNEL, account_id)
        return place_of(account_id, account.login if account else None, account.page if account else None)

    http = Client("channel instagram", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    return SocialOut(LIMITS, http, Tokens(secrets, secret_of), place, link, hosts)


def connect_setup(
    account: str,
    secret: str | None,
    secrets: Secrets,
    clock: Clock,
    *,
    login: Login | None = None,
    page: str | None = None,
    hosts: Mapping[Login, str] = HOSTS,
    allow_private: bool = False,
    played: bool = False,
) -> SocialSetup:
    """How the hub stands with one account. `played`: without a token a stand-in answers for it. Nothing is sent and no
    secret is read before the first call."""
    from shared.meta.asking import Asking
    from shared.meta.social.setup import SocialSetup

    http = Client("channel instagram", clock=clock, dialer=Dialer(allow_private=allow_private, keeps=False))
    flavour = _flavour(account, login_of(login, page), page, hosts)
    return SocialSetup(flavour, lambda root, token: Asking(http, root, token), secrets, secret, played=played)


def _flavour(account: str, login: Login, page: str | None, hosts: Mapping[Login, str]) -> Flavour:
    from shared.meta.social.setup import Flavour

    if login == "instagram":
        return Flavour(
            host=hosts[login],
            node=account,
            account=account,
            ask="me?fields=user_id",
            found_in=lambda said: said.get("user_id"),
            fields=FIELDS,
            scopes=SCOPES,
            begins="IG",
            whose="the Instagram user access token",
            asks_token=False,
        )
    return Flavour(
        host=hosts[login],
        node=page or "me",
        account=account,
        ask=f"{page or 'me'}?fields=instagram_business_account",
        found_in=_linked,
        fields=PAGE_FIELDS,
        scopes=PAGE_SCOPES,
        begins="EAA",
        whose="the access token of its Page",
    )


def _linked(said: Mapping[str, Any]) -> Any:
    linked = said.get("instagram_business_account")
    return linked.get("id") if isinstance(linked, dict) else None
