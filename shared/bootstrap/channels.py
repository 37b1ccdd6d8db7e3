"""Channels: how they are read, how answers go out on them, how files are had."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from shared.bootstrap.engine import CONNECTORS, _secrets_at, clock, config, files, secrets
from shared.bootstrap.installing import _chosen, _installed, once
from shared.bootstrap.links import LINKS_FILES, link_for_provider, signing_keys

if TYPE_CHECKING:
    from shared.ports.channels import Channel, WayOut
    from shared.ports.mail import Mailer
    from shared.ports.media import Fetcher

CHANNELS = {
    "email": "shared.channels.email.parse",
    "instagram": "shared.channels.instagram.parse",
    "messenger": "shared.channels.messenger.parse",
    "whatsapp": "shared.channels.whatsapp.parse",
}
"""Channel to the module whose `parse` reads its elements."""

WAYS_OUT = {
    "email": "shared.channels.email.way_out",
    "instagram": "shared.channels.instagram.way_out",
    "messenger": "shared.channels.messenger.way_out",
    "whatsapp": "shared.channels.whatsapp.way_out",
}
"""Channel to the module whose `connect` makes its way out."""


def channel(name: str) -> Channel:
    """The parser of one channel. Raises KeyError for a channel the hub does not have."""
    given = _installed.get("channels") or {}
    if name in given:
        return cast("Channel", given[name])
    if name == "hub" or (name not in CHANNELS and config().connector(name) is not None):
        return cast("Channel", import_module("shared.application.of_tool"))
    if name == "email":
        return _mail_reader()
    return cast("Channel", import_module(CHANNELS[name]))


@once
def _mail_reader() -> Channel:
    """The parser of mails, with what only the configuration knows: which mailboxes are ours."""
    return cast("Channel", import_module("shared.channels.email.reader").connect(config()))


@once
def way_out(name: str) -> WayOut | None:
    """How a channel carries answers; None for one that cannot yet."""
    given = _installed.get("ways_out") or {}
    if name in given:
        return cast("WayOut", given[name])
    if name not in WAYS_OUT:
        return None
    more: dict[str, Any] = {}
    if name == "email":
        more = {"mailer": mailer(), "signing_keys": signing_keys, "content": files().get}
    if name == "whatsapp":
        more = {"piece": files().piece}
    if name in LINKS_FILES:
        more = {"link": link_for_provider}
    return cast("WayOut", import_module(WAYS_OUT[name]).connect(config(), secrets(), clock(), **more))


@once
def mailer() -> Mailer:
    """What takes mails to be sent."""

    def on_aws() -> Mailer:
        from shared.aws.ses import SesMailer

        return SesMailer.connect()

    return _chosen("mailer", on_aws)


MEDIA = {
    "email": "shared.channels.email.media",
    "instagram": "shared.channels.instagram.media",
    "messenger": "shared.channels.messenger.media",
    "whatsapp": "shared.channels.whatsapp.way_out",
}
"""Channel to the module whose `connect_media` makes what fetches its files."""


@once
def fetcher(name: str) -> Fetcher | None:
    """How the files of a channel, or of a connector's agents, are had; None where they cannot be."""
    given = _installed.get("fetchers") or {}
    if name in given:
        return cast("Fetcher", given[name])
    if tool := config().connector(name):
        held = _secrets_at(os.environ.get("CONNECTOR_SECRET_PREFIX"))
        return cast("Fetcher", import_module(CONNECTORS[tool.kind]).connect_files(tool, held, clock()))
    if name not in MEDIA:
        return None
    return cast("Fetcher", import_module(MEDIA[name]).connect_media(config(), secrets(), clock()))
