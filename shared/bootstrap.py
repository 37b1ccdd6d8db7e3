"""The one place that chooses implementations.

Everything is made when first asked for and kept for the life of the process, and every import is made
where it is needed: a function pays for what it uses and no more. `install` puts other implementations
in place before the first use (the embedded run, tests).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    import logging

    from shared.application.file_links import FileLinks
    from shared.application.intake import Intake
    from shared.application.record import Context
    from shared.configuration import Config
    from shared.configuration.told import Told
    from shared.ports import (
        Back,
        Channel,
        Clock,
        Connector,
        Files,
        Hook,
        Lookup,
        Mailer,
        Metrics,
        Queues,
        Secrets,
        Setup,
        Stock,
        Table,
        WayOut,
    )
    from shared.ports.media import Fetcher

Asked = ParamSpec("Asked")
Made = TypeVar("Made")

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

CONNECTORS = {
    "generic_webhook": "shared.connectors.generic_webhook",
    "request_tracker": "shared.connectors.request_tracker",
}
"""Kind of connector to the package that has `Options`, `connect`, and for the way back `hook` and `connect_back`."""

_installed: dict[str, Any] = {}
_made: list[Any] = []
"""What `once` keeps: forgotten when something is installed."""


def install(**implementations: Any) -> None:
    """Use these (`table`, `queues`, `files`, `secrets`, `metrics`, `logs`, `clock`, `config`, `connectors`, `backs`,
    `mailer`) instead of AWS's; `channels` (parsers by name), `ways_out`, `fetchers`, `stocks` and `setups` before our
    own; `new_id`, `pause`, `draw` instead of chance and sleep; the number of `workers` in this process; and the
    `public_url` at which the hub is reached."""
    _installed.update(implementations)
    for made in _made:
        made.cache_clear()


@contextmanager
def installed(**implementations: Any) -> Iterator[None]:
    """As `install`, until the end of the block; then whatever was installed before is in place again."""
    before = dict(_installed)
    install(**implementations)
    try:
        yield
    finally:
        _installed.clear()
        install(**before)


def once(make: Callable[Asked, Made]) -> Callable[Asked, Made]:
    """Make it when first asked for and keep it for the life of the process, or until something else is installed."""
    made = cache(make)
    _made.append(made)
    return cast("Callable[Asked, Made]", made)


def _chosen(name: str, otherwise: Callable[[], Made]) -> Made:
    return cast("Made", _installed[name]) if name in _installed else otherwise()


@once
def table() -> Table:
    def on_aws() -> Table:
        from shared.aws.table import DynamoTable

        return DynamoTable.connect(os.environ["TABLE_NAME"])

    return _chosen("table", on_aws)


@once
def lookup() -> Lookup:
    """Single items of the table, for webhooks: without boto3."""

    def on_aws() -> Lookup:
        from shared.aws.lookup import DynamoLookup

        return DynamoLookup.connect(os.environ["TABLE_NAME"])

    return table() if "table" in _installed else on_aws()


@once
def queues() -> Queues:
    def on_aws() -> Queues:
        from shared.aws.queues import SqsQueues

        return SqsQueues.connect()

    return _chosen("queues", on_aws)


@once
def files() -> Files:
    def on_aws() -> Files:
        from shared.aws.files import S3Files

        return S3Files.connect(os.environ["BUCKET_NAME"])

    return _chosen("files", on_aws)


@once
def secrets() -> Secrets:
    def on_aws() -> Secrets:
        from shared.aws.secrets import SecretsManager

        return SecretsManager.connect(os.environ["SECRET_PREFIX"])

    return _chosen("secrets", on_aws)


@once
def metrics() -> Metrics:
    def on_aws() -> Metrics:
        from shared.aws.metrics import EmbeddedMetrics

        return EmbeddedMetrics()

    return _chosen("metrics", on_aws)


@once
def logs() -> logging.Logger:
    """The logger `hilo`. Records hold no personal data; Lambda's runtime makes a JSON line of each, with the id of the
    request (`LogFormat: JSON` in the template)."""

    def on_aws() -> logging.Logger:
        import logging

        return logging.getLogger("hilo")

    return _chosen("logs", on_aws)


@once
def clock() -> Clock:
    def system_clock() -> Clock:
        import time

        return time.time

    return _chosen("clock", system_clock)


def workers() -> int:
    """How many calls of one function this process works on at a time: one, as Lambda does."""
    return int(_installed.get("workers", 1))


@once
def config() -> Config:
    def from_file() -> Config:
        from shared.configuration import load

        return load(os.environ["HUB_CONFIG"], connector_options())

    return _chosen("config", from_file)


def connector_options() -> dict[str, Any]:
    """The pydantic model of each connector kind's own settings."""
    return {kind: import_module(module + ".options").Options for kind, module in CONNECTORS.items()}


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


LINKS_FILES = frozenset({"instagram", "messenger"})
"""Channels whose provider fetches the files of an answer by an address."""
PROVIDER_FETCHES_S = 3600
"""So long the address of a file is good at least: a provider fetches it while it answers."""


def link_for_provider(key: str, mime_type: str) -> str | None:
    """An address at which a provider may fetch a file of the hub's; None where nobody outside could reach one."""
    found = files().link(key, PROVIDER_FETCHES_S, mime_type, "attachment")
    links = None if found else file_links()
    return found or (links.link(key)[0] if links else None)


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


@once
def file_links() -> FileLinks | None:
    """What makes links to files for tools; None where nobody knows the hub's own address, or no key signs."""
    from shared.application.file_links import FileLinks

    url = str(_installed.get("public_url") or os.environ.get("PUBLIC_URL") or "")
    keys = file_keys() if url else ()
    return FileLinks(url.rstrip("/"), keys, config().media.link_for_s, clock()) if keys else None


def file_keys() -> tuple[bytes, ...]:
    """The keys in force for links to files, the newest first: those in `keys`, then `key`, with which the deployment
    began. None, which is counted, and no link is good."""
    from shared.domain.errors import Misconfigured

    prefix = os.environ.get("LINK_SECRET_PREFIX")
    is_given = "secrets" in _installed or prefix is not None
    try:
        secret = _secrets_at(prefix).get("file-links") if is_given else {}
        held = [*secret.get("keys", ()), *([secret["key"]] if secret.get("key") else [])]
    except Misconfigured:
        held = []
    if not held:
        metrics().count("no_file_keys")
    return tuple(str(key).encode() for key in held)


def pause() -> Callable[[float], None]:
    """Waits so many seconds."""

    def sleeping() -> Callable[[float], None]:
        import time

        return time.sleep

    return _chosen("pause", sleeping)


def draw() -> Callable[[], float]:
    """Draws a number from 0 up to 1, so that those who wait do not all come back at once."""

    def by_chance() -> Callable[[], float]:
        import random

        return random.random

    return _chosen("draw", by_chance)


@once
def context() -> Context:
    """What recording works with."""
    from shared.application.record import Context
    from shared.domain.ids import uuid7

    now = clock()
    return Context(
        table=table(),
        files=files(),
        metrics=metrics(),
        config=config(),
        clock=now,
        new_id=_chosen("new_id", lambda: lambda: uuid7(now(), os.urandom(10))),
        pause=pause(),
        signing_keys=signing_keys,
    )


def signing_keys() -> tuple[bytes, ...]:
    """The keys in force for the tokens in addresses, the newest first: those in `keys`, then `key`, with which the
    deployment began. Without any, which is counted, no token is known: what came to such an address is recorded by what
    else it says."""
    from shared.domain.errors import Misconfigured

    is_given = "secrets" in _installed or "SECRET_PREFIX" in os.environ
    try:
        secret = secrets().get("addresses") if is_given else {}
        held = [*secret.get("keys", ()), *([secret["key"]] if secret.get("key") else [])]
    except Misconfigured:
        held = []
    if not held:
        metrics().count("no_signing_keys")
    return tuple(str(key).encode() for key in held)


@once
def intake() -> Intake:
    """What brings an inbound message to its end."""
    from shared.application.intake import Intake

    return Intake(context(), channel)


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


def _secrets_at(prefix: str | None) -> Secrets:
    """The secrets below this prefix: the API's function reads those of others beside its own."""
    if "secrets" in _installed or prefix is None:
        return secrets()
    from shared.aws.secrets import SecretsManager

    return SecretsManager.connect(prefix)
