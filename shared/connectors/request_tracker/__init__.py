"""Tells Request Tracker 5 by its REST2 interface: a user, a ticket, and one transaction for each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.connectors.request_tracker.options import Options
    from shared.connectors.request_tracker.rest import Rest
    from shared.ports.connectors import Back, Connector, Setup, Stock
    from shared.ports.files import Files
    from shared.ports.media import Fetcher
    from shared.ports.surroundings import Clock, Secrets

IS_ASKED = True
"""A sweep asks it what changed."""


class Settings(Protocol):
    """What the configuration says of one connector. `secret` is the name of its secret."""

    @property
    def name(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def options(self) -> Options: ...


LONGEST_ANSWER = 1 << 20
"""Bytes: a page of a ticket's history, or one text in it."""


def connect(settings: Settings, secrets: Secrets, clock: Clock, files: Callable[[], Files] | None = None) -> Connector:
    """The connector of these settings. Nothing is sent and no secret is read before the first call. `files`: where
    what is attached to tickets lies; without it they get links alone."""
    from shared.connectors.request_tracker.connector import RequestTracker
    from shared.http.client import ANSWER_LIMIT

    return RequestTracker(settings.name, settings.options, _rest(settings, secrets, clock, ANSWER_LIMIT), files)


def connect_back(settings: Settings, secrets: Secrets, clock: Clock) -> Back:
    """The way back from there. Nothing is sent and no secret is read before the first call."""
    from shared.connectors.request_tracker.back import RequestTrackerBack

    rest = _rest(settings, secrets, clock, LONGEST_ANSWER)
    return RequestTrackerBack(settings.name, settings.options, rest, clock)


def connect_files(settings: Settings, secrets: Secrets, clock: Clock) -> Fetcher:
    """How the files are had that its agents attach. Nothing is asked before the first file."""
    from shared.connectors.request_tracker.files import RequestTrackerFiles
    from shared.connectors.request_tracker.rest import token_in
    from shared.http.download import Downloader
    from shared.http.transport import Dialer

    name, options = settings.name, settings.options
    dialer = Dialer(allow_private=options.allow_private, keeps=False)
    downloader = Downloader(f"connector {name}", clock=clock, dialer=dialer)
    return RequestTrackerFiles(name, options.url, lambda: token_in(secrets, settings.secret, name), downloader)


def connect_stock(settings: Settings, secrets: Secrets, clock: Clock) -> Stock:
    """What it held before the hub. Nothing is sent and no secret is read before the first call."""
    from shared.connectors.request_tracker.back import RequestTrackerBack
    from shared.connectors.request_tracker.stock import RequestTrackerStock

    rest = _rest(settings, secrets, clock, LONGEST_ANSWER)
    back = RequestTrackerBack(settings.name, settings.options, rest, clock)
    return RequestTrackerStock(settings.name, settings.options, rest, back)


def connect_setup(settings: Settings, secrets: Secrets, clock: Clock) -> Setup:
    """How the hub stands with it. Nothing is sent and no secret is read before the first call."""
    from shared.connectors.request_tracker.setup import RequestTrackerSetup

    rest = _rest(settings, secrets, clock, LONGEST_ANSWER)
    return RequestTrackerSetup(settings.name, settings.options, settings.secret, rest, secrets)


def _rest(settings: Settings, secrets: Secrets, clock: Clock, answer_limit: int) -> Rest:
    from shared.connectors.http import Http
    from shared.connectors.request_tracker.rest import POLICY, Rest
    from shared.http.transport import Dialer

    options = settings.options
    http = Http(
        settings.name,
        clock=clock,
        timeout_s=options.timeout_s,
        policy=POLICY,
        dialer=Dialer(allow_private=options.allow_private, keeps=False),
        answer_limit=answer_limit,
    )
    return Rest(settings.name, options.url, settings.secret, secrets, http, options.timeout_s)
