"""Tells Request Tracker 5 by its REST2 interface: a user, a ticket, and one transaction for each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.connectors.request_tracker.options import Options
    from shared.ports import Clock, Connector, Secrets


class Settings(Protocol):
    """What the configuration says of one connector. `secret` is the name of its secret."""

    @property
    def name(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def options(self) -> Options: ...


def connect(settings: Settings, secrets: Secrets, clock: Clock) -> Connector:
    """The connector of these settings. Nothing is sent and no secret is read before the first call."""
    from shared.connectors.http import Http
    from shared.connectors.request_tracker.connector import RequestTracker
    from shared.connectors.request_tracker.rest import POLICY, Rest
    from shared.connectors.transport import Dialer

    options = settings.options
    http = Http(
        settings.name,
        clock=clock,
        timeout_s=options.timeout_s,
        policy=POLICY,
        dialer=Dialer(allow_private=options.allow_private, keeps=False),
    )
    rest = Rest(settings.name, options.url, settings.secret, secrets, http, options.timeout_s)
    return RequestTracker(settings.name, options, rest)
