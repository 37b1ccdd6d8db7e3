"""The way out of e-mail, as configured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared.channels.email.send import EmailOut
from shared.domain.address_token import make_token
from shared.domain.element import digest

if TYPE_CHECKING:
    from shared.channels.email.setup import EmailSetup
    from shared.configuration import Config
    from shared.ports.mail import Mailer
    from shared.ports.surroundings import Clock, Secrets

CHANNEL = "email"


def connect(
    config: Config,
    secrets: Secrets,  # noqa: ARG001  every way out is made alike; the function's own role sends mail
    clock: Clock,  # noqa: ARG001
    *,
    mailer: Mailer,
    signing_keys: Callable[[], tuple[bytes, ...]],
    content: Callable[[str], bytes | None],
) -> EmailOut:
    """`signing_keys`: for the tokens in Reply-To, the newest first. `content`: a file's bytes by its key."""

    def token_of(case: str) -> str | None:
        newest = next(iter(signing_keys()), None)
        return make_token(case, newest) if newest else None

    def company_of(mailbox: str) -> str | None:
        account = config.account(CHANNEL, mailbox)
        return account.display_name if account else None

    return EmailOut(mailer, token_of, company_of, content, install_of(config))


def install_of(config: Config) -> str:
    """An id of this hub for its own mails: the same as long as it has these mailboxes."""
    mailboxes = sorted(one.id.lower() for one in config.accounts if one.channel == CHANNEL)
    return digest("install", *mailboxes)[:16]


def connect_setup(
    account: str,
    secret: str | None,  # noqa: ARG001
    secrets: Secrets,  # noqa: ARG001
    clock: Clock,  # noqa: ARG001
    *,
    mailer: Mailer | None = None,
    played: bool = False,
) -> EmailSetup:
    """How the hub stands with one mailbox. `played`: a stand-in takes its mails, and no mailer is asked. Nothing is
    asked before the first call."""
    from shared.channels.email.setup import EmailSetup

    return EmailSetup(mailer, account, played=played)
