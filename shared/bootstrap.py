"""The one place that chooses implementations.

Everything is made when first asked for and kept for the life of the process, and every import is made
where it is needed: a function pays for what it uses and no more. `install` puts other implementations
in place before the first use (the embedded run, tests).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import logging

    from shared.application.intake import Intake
    from shared.configuration import Config
    from shared.ports import Back, Channel, Clock, Connector, Files, Hook, Lookup, Metrics, Queues, Secrets, Table

Made = TypeVar("Made")

CHANNELS = {"whatsapp": "shared.channels.whatsapp.parse"}
"""Channel to the module whose `parse` reads its elements."""

CONNECTORS = {
    "generic_webhook": "shared.connectors.generic_webhook",
    "request_tracker": "shared.connectors.request_tracker",
}
"""Kind of connector to the package that has `Options`, `connect`, and for the way back `hook` and `connect_back`."""

_installed: dict[str, Any] = {}


def install(**implementations: Any) -> None:
    """Use these (`table`, `queues`, `files`, `secrets`, `metrics`, `logs`, `clock`, `config`,
    `connectors`, `backs`) instead of AWS's."""
    _installed.update(implementations)
    for made in (table, queues, files, secrets, metrics, logs, clock, config, connectors, backs, lookup, intake):
        made.cache_clear()


def _chosen(name: str, otherwise: Callable[[], Made]) -> Made:
    return cast("Made", _installed[name]) if name in _installed else otherwise()


@cache
def table() -> Table:
    def on_aws() -> Table:
        from shared.aws.table import DynamoTable

        return DynamoTable.connect(os.environ["TABLE_NAME"])

    return _chosen("table", on_aws)


@cache
def lookup() -> Lookup:
    """Single items of the table, for webhooks: without boto3."""

    def on_aws() -> Lookup:
        from shared.aws.lookup import DynamoLookup

        return DynamoLookup.connect(os.environ["TABLE_NAME"])

    return table() if "table" in _installed else on_aws()


@cache
def queues() -> Queues:
    def on_aws() -> Queues:
        from shared.aws.queues import SqsQueues

        return SqsQueues.connect()

    return _chosen("queues", on_aws)


@cache
def files() -> Files:
    def on_aws() -> Files:
        from shared.aws.files import S3Files

        return S3Files.connect(os.environ["BUCKET_NAME"])

    return _chosen("files", on_aws)


@cache
def secrets() -> Secrets:
    def on_aws() -> Secrets:
        from shared.aws.secrets import SecretsManager

        return SecretsManager.connect(os.environ["SECRET_PREFIX"])

    return _chosen("secrets", on_aws)


@cache
def metrics() -> Metrics:
    def on_aws() -> Metrics:
        from shared.aws.metrics import EmbeddedMetrics

        return EmbeddedMetrics()

    return _chosen("metrics", on_aws)


@cache
def logs() -> logging.Logger:
    """The logger `hilo`, one JSON line for each record. Records hold no personal data."""

    def on_aws() -> logging.Logger:
        import logging

        from aws_lambda_powertools import Logger

        Logger(service="hilo", utc=True)
        return logging.getLogger("hilo")

    return _chosen("logs", on_aws)


@cache
def clock() -> Clock:
    def system_clock() -> Clock:
        import time

        return time.time

    return _chosen("clock", system_clock)


@cache
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
    return cast("Channel", import_module(CHANNELS[name]))


@cache
def intake() -> Intake:
    """What brings an inbound message to its end."""
    import time

    from shared.application.intake import Intake
    from shared.application.record import Context
    from shared.domain.ids import uuid7

    now = clock()
    context = Context(
        table=table(),
        files=files(),
        metrics=metrics(),
        config=config(),
        clock=now,
        new_id=lambda: uuid7(now(), os.urandom(10)),
        pause=time.sleep,
    )
    return Intake(context, channel)


def connectors_of(brand: str | None) -> list[str]:
    """The names of a brand's connectors; of None, of all."""
    settings = config()
    return [found.name for found in (settings.connectors if brand is None else settings.connectors_of(brand))]


@cache
def connectors() -> dict[str, Connector]:
    """Every configured connector by name."""

    def configured() -> dict[str, Connector]:
        made = {}
        for settings in config().connectors:
            connect = import_module(CONNECTORS[settings.kind]).connect
            made[settings.name] = connect(settings, secrets(), clock())
        return made

    return _chosen("connectors", configured)


def hook(kind: str) -> Hook:
    """What verifies a kind's webhooks. Raises KeyError for a kind that the hub does not have."""
    return cast("Hook", import_module(CONNECTORS[kind] + ".hook").hint)


@cache
def backs() -> dict[str, Back]:
    """The way back from every configured connector, by its name."""

    def configured() -> dict[str, Back]:
        made = {}
        for settings in config().connectors:
            connect = import_module(CONNECTORS[settings.kind]).connect_back
            made[settings.name] = connect(settings, secrets(), clock())
        return made

    return _chosen("backs", configured)


def asked_connectors() -> list[str]:
    """The connectors whose tools can be asked what changed, by name."""
    return [one.name for one in config().connectors if import_module(CONNECTORS[one.kind]).IS_ASKED]
