"""Intake over a table in one file, to which anything may be handed."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.application.intake import Intake
from shared.application.record import Context
from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.configuration import parse as configuration
from shared.domain.errors import Malformed, Permanent
from shared.domain.event import Event
from shared.domain.ids import uuid7

NOW = 1_795_341_600.0
CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}
- {channel: whatsapp, id: "200000000000002", brand: acme, portfolio: default, secret: whatsapp}
connectors: []
"""


class Parser:
    def parse(self, raw: Any) -> Event:
        return parse(raw)


class Shelf(dict[str, bytes]):
    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self[key] = content

    def delete(self, key: str) -> None:
        self.pop(key, None)


class Silent:
    """Metrics as the deployed ones refuse them: a dimension is a text that is not empty."""

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert all(isinstance(text, str) and text for text in dimensions.values())


class Hub:
    """Takes deliveries whole; `taken` counts how elements ended."""

    def __init__(self, table: SqliteTable) -> None:
        numbers = itertools.count()
        self.table = table
        self.files = Shelf()
        self.taken: Counter[str] = Counter()
        self._deliveries = itertools.count()
        context = Context(
            table,
            self.files,
            Silent(),
            configuration(CONFIG, "test", {}),
            lambda: NOW,
            lambda: uuid7(NOW + next(numbers) / 1000, next(numbers).to_bytes(10, "big")),
            lambda _: None,
        )
        self._intake = Intake(context, {"whatsapp": Parser()}.__getitem__)

    def take(self, body: bytes) -> list[str]:
        """How each element of the delivery ended. Raises what is not an error of our own."""
        head = {"channel": "whatsapp", "delivery": f"d{next(self._deliveries)}", "received_at": "2026-11-22T10:00:00Z"}
        ends = []
        for index, element in enumerate(split(body)):
            envelope: dict[str, Any] = {**head, "index": index, "raw": element.raw}
            if element.unreadable:
                envelope["unreadable"] = element.unreadable
            ends.append(self._end(json.dumps(envelope)))
        self.taken.update(ends)
        return ends

    def _end(self, envelope: str) -> str:
        try:
            return self._intake.take(envelope).result
        except (Malformed, Permanent):
            return "dead letter"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One for all examples of a module: what earlier deliveries left behind is part of the trial."""
    folder: Path = tmp_path_factory.mktemp("hub")
    database = Database(folder / "hub.db")
    yield Hub(SqliteTable(database, Stream(database), lambda: NOW))
    database.close()
