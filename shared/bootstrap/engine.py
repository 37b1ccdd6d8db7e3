"""What every function stands on: table, queues, files, secrets, clock, configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shared.bootstrap.installing import _chosen, _installed, once

if TYPE_CHECKING:
    import logging

    from shared.configuration import Config
    from shared.ports.files import Files
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock, Metrics, Secrets
    from shared.ports.table import Lookup, Table

CONNECTORS = {
    "generic_webhook": "shared.connectors.generic_webhook",
    "request_tracker": "shared.connectors.request_tracker",
}
"""Kind of connector to the package that has `Options`, `connect`, and for the way back `hook` and `connect_back`."""


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


def _secrets_at(prefix: str | None) -> Secrets:
    """The secrets below this prefix: the API's function reads those of others beside its own."""
    if "secrets" in _installed or prefix is None:
        return secrets()
    from shared.aws.secrets import SecretsManager

    return SecretsManager.connect(prefix)
