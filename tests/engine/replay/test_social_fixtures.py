"""Everything that Messenger and Instagram are known to send, recorded and read again: what recording adds is no
difference, nor is the account behind a Page's id, nor whose thread the company answered in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import pytest

from shared.application.record import Context
from shared.configuration import parse as configuration
from shared.domain.errors import Malformed
from shared.ports.table import Table
from tests.contract.meta.tables import expected, fixtures
from tests.engine.record.bench import CountedTable, Hub
from tests.engine.replay.conftest import Listed, World

CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: messenger, id: "400000000000001", brand: acme, secret: messenger}
- {channel: instagram, id: "17840000000000001", brand: acme, secret: instagram, page: "400000000000001"}
"""


class Configured(Hub):
    @property
    def context(self) -> Context:
        return replace(super().context, config=configuration(CONFIG, "test", {}))


@dataclass
class Social(World):
    def channel(self, name: str) -> Any:
        return import_module(f"shared.channels.{name}.parse")


def malformed(channel: str) -> set[tuple[str, int]]:
    """By the table: fixture and index of each element that cannot be read."""
    rows = [(name, index, row) for name, table in expected(channel).items() for index, row in enumerate(table)]
    return {(name, index) for name, index, row in rows if "malformed" in (row.get("flags") or ())}


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_what_was_recorded_by_this_parser_is_read_as_before(contended_table: Table, channel: str) -> None:
    world = Social(Configured(CountedTable(contended_table), files=Listed()))
    split = import_module(f"shared.channels.{channel}.webhook").split
    refused = set()
    for number, (name, body) in enumerate(fixtures(channel).items()):
        head = {"channel": channel, "delivery": f"d{number}", "received_at": world.hub.context.now()}
        for index, element in enumerate(split(body)):
            try:
                world.take(json.dumps({**head, "index": index, "raw": element.raw}))
            except Malformed:
                refused.add((name, index))  # a dead letter: not recorded
    assert refused == malformed(channel)
    before, files = world.items(), dict(world.hub.files)
    outcome = world.replay()
    assert outcome.read > 50
    assert (outcome.differences, outcome.unreadable, outcome.requeued) == ([], [], 0)
    assert outcome.same == outcome.read
    assert (world.items(), world.hub.files) == (before, files)
