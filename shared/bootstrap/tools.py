"""The connectors, and how the hub stands with each tool and account."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from shared.bootstrap.channels import WAYS_OUT, mailer
from shared.bootstrap.engine import CONNECTORS, _secrets_at, clock, config, files, secrets
from shared.bootstrap.installing import _chosen, _installed, once

if TYPE_CHECKING:
    from shared.configuration.told import Told
    from shared.ports.connectors import Back, Connector, Hook, Setup, Stock


def connectors_of(brand: str | None) -> list[str]:
    """The names of a brand's connectors; of None, of all. Where the configuration is a file, without its models."""
    if "config" not in _installed:
        from shared.configuration.told import names_of

        return names_of(_told(), brand)
    settings = config()
    return [found.name for found in (settings.connectors if brand is None else settings.connectors_of(brand))]


@once
def _told() -> list[Told]:
    from shared.configuration.told import read_told

    return read_told(os.environ["HUB_CONFIG"])


@once
def connectors() -> dict[str, Connector]:
    """Every configured connector by name."""

    def configured() -> dict[str, Connector]:
        made = {}
        for settings in config().connectors:
            connect = import_module(CONNECTORS[settings.kind]).connect
            made[settings.name] = connect(settings, secrets(), clock(), files)
        return made

    return _chosen("connectors", configured)


def hook(kind: str) -> Hook:
    """What verifies a kind's webhooks. Raises KeyError for a kind that the hub does not have."""
    return cast("Hook", import_module(CONNECTORS[kind] + ".hook").hint)


@once
def backs() -> dict[str, Back]:
    """The way back from every configured connector, by its name."""

    def configured() -> dict[str, Back]:
        made = {}
        for settings in config().connectors:
            connect = import_module(CONNECTORS[settings.kind]).connect_back
            made[settings.name] = connect(settings, secrets(), clock())
        return made

    return _chosen("backs", configured)


def asked_connectors() -> dict[str, int]:
    """The connectors whose tools can be asked what changed, by name, and how many minutes apart they are."""
    asked = (one for one in config().connectors if import_module(CONNECTORS[one.kind]).IS_ASKED)
    return {one.name: one.sweep_minutes for one in asked}


def stock(name: str) -> Stock | None:
    """What this connector's tool held before the hub; None for a tool that cannot be asked. Raises KeyError."""
    if name in (_installed.get("stocks") or {}):
        return cast("Stock | None", _installed["stocks"][name])
    settings = config().connector(name)
    if settings is None:
        raise KeyError(name)
    made = import_module(CONNECTORS[settings.kind]).connect_stock(
        settings, _secrets_at(os.environ.get("CONNECTOR_SECRET_PREFIX")), clock()
    )
    return cast("Stock | None", made)


def setups() -> dict[str, Setup]:
    """How the hub stands with each connector, by name, and with each account of a channel that has a way out, by
    `channel:account`."""
    if "setups" in _installed:
        return cast("dict[str, Setup]", _installed["setups"])
    made: dict[str, Setup] = {}
    stand_ins = _installed.get("ways_out") or {}
    for settings in config().connectors:
        connect = import_module(CONNECTORS[settings.kind]).connect_setup
        made[settings.name] = connect(settings, _secrets_at(os.environ.get("CONNECTOR_SECRET_PREFIX")), clock())
    for account in config().accounts:
        if account.channel in WAYS_OUT:
            connect = import_module(WAYS_OUT[account.channel]).connect_setup
            held, played = _secrets_at(os.environ.get("CHANNEL_SECRET_PREFIX")), account.channel in stand_ins
            more: dict[str, Any] = {"mailer": mailer()} if account.channel == "email" and not played else {}
            if account.channel == "instagram":
                more = {"login": account.login, "page": account.page}
            made[f"{account.channel}:{account.id}"] = connect(
                account.id, account.secret, held, clock(), played=played, **more
            )
    return made
