"""Everything that WhatsApp is known to send, recorded and read again: whatever recording adds, it is no difference."""

from __future__ import annotations

import json
from pathlib import Path

from shared.channels.whatsapp.webhook import split
from shared.domain.errors import HubError
from shared.ports.table import Table
from tests.engine.record.bench import CountedTable, Hub
from tests.engine.replay.conftest import Listed, World

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "whatsapp").glob("*.json"))


def test_what_was_recorded_by_this_parser_is_read_as_before(contended_table: Table) -> None:
    world = World(Hub(CountedTable(contended_table), files=Listed()))
    for number, fixture in enumerate(FIXTURES):
        head = {"channel": "whatsapp", "delivery": f"d{number}", "received_at": world.hub.context.now()}
        for index, element in enumerate(split(fixture.read_bytes())):
            try:
                world.take(json.dumps({**head, "index": index, "raw": element.raw}))
            except HubError:
                continue  # a dead letter, or it waits: not recorded
    before, files = world.items(), dict(world.hub.files)
    outcome = world.replay()
    assert outcome.read > 100
    assert (outcome.differences, outcome.unreadable, outcome.requeued) == ([], [], 0)
    assert outcome.same == outcome.read
    assert (world.items(), world.hub.files) == (before, files)
