"""Which of our accounts an event came in on, as the configuration names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.event import Event, Identity

if TYPE_CHECKING:
    from shared.configuration import Config


def on_its_account(event: Event, config: Config) -> Event:
    """The event on the account that the configuration knows: a Page's id may stand for its Instagram account.

    Ids that people have towards that account follow. Pure; the same event where there is nothing to change.
    """
    account = config.account(event.channel, event.account)
    if account is None or account.id == event.account or event.channel == "email":
        return event
    moved = {"account": account.id, "identities": [_moved(one, event.account, account.id) for one in event.identities]}
    return event.model_copy(update=moved)


def _moved(identity: Identity, was: str, becomes: str) -> Identity:
    """Its namespace begins with the account's id."""
    head, slash, scope = (identity.namespace or "").partition("/")
    if head != was:
        return identity
    return identity.model_copy(update={"namespace": f"{becomes}{slash}{scope}"})
