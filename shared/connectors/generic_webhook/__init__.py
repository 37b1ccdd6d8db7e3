"""Tells any system that can receive a signed webhook (Standard Webhooks), automation tools among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.connectors.generic_webhook.client import GenericWebhook
    from shared.connectors.generic_webhook.options import Options
    from shared.ports.connectors import Back, Connector, Setup
    from shared.ports.files import Files
    from shared.ports.media import Fetcher
    from shared.ports.surroundings import Clock, Secrets

IS_ASKED = False
"""It can only tell: no sweep asks it what changed."""


class Settings(Protocol):
    """What the configuration says of one connector. `secret` is the name of its secret."""

    @property
    def name(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def options(self) -> Options: ...


def connect(
    settings: Settings,
    secrets: Secrets,
    clock: Clock,
    files: Callable[[], Files] | None = None,  # noqa: ARG001  as every kind's; it tells links
) -> Connector:
    """The connector of these settings. Nothing is sent and no secret is read before the first call."""
    return _tool(settings, secrets, clock)


def connect_back(settings: Settings, secrets: Secrets, clock: Clock) -> Back:  # noqa: ARG001  as every kind's
    """The way back from there, which asks nothing."""
    from shared.connectors.generic_webhook.back import GenericBack

    return GenericBack(settings.name)


def connect_files(settings: Settings, secrets: Secrets, clock: Clock) -> Fetcher:  # noqa: ARG001  as every kind's
    """How the files are had to which it gives links: by https from any public host, without any secret of ours."""
    from shared.http.download import Downloader
    from shared.http.linked_files import LinkedFiles
    from shared.http.transport import Dialer

    dialer = Dialer(allow_private=settings.options.allow_private, keeps=False)
    return LinkedFiles(Downloader(f"connector {settings.name}", clock=clock, dialer=dialer), None)


def connect_stock(settings: Settings, secrets: Secrets, clock: Clock) -> None:  # noqa: ARG001  as every kind's
    """A receiver of webhooks cannot be asked what it holds."""
    return


def connect_setup(settings: Settings, secrets: Secrets, clock: Clock) -> Setup:
    """How the hub stands with it. Nothing is sent and no secret is read before the first call."""
    from uuid import uuid4

    from shared.connectors.generic_webhook.setup import GenericWebhookSetup

    tool = _tool(settings, secrets, clock)
    return GenericWebhookSetup(tool, settings.secret, secrets, clock, lambda: uuid4().hex)


def _tool(settings: Settings, secrets: Secrets, clock: Clock) -> GenericWebhook:
    from shared.connectors.generic_webhook.client import POLICY, GenericWebhook
    from shared.connectors.http import Http
    from shared.http.transport import Dialer

    options = settings.options
    http = Http(
        settings.name,
        clock=clock,
        timeout_s=options.timeout_s,
        policy=POLICY,
        dialer=Dialer(allow_private=options.allow_private),
    )
    return GenericWebhook(settings.name, options.url, settings.secret, secrets, clock, http)
