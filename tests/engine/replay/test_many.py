"""Five thousand entries, gone through page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.event import Event
from shared.ports.table import Item, Put, Table
from shared.store import items, keys
from shared.store.views import packed
from tests.engine.record.bench import CountedTable, Hub, said
from tests.engine.replay.conftest import Listed, World

CASES, EACH = 250, 20


class Told:
    """Elements are events already; the parser of today may read them otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world

    def parse(self, raw: Any) -> Event:
        return self.world.change(Event.model_validate(raw["said"]))


def fill(table: Table) -> None:
    """Cases of twenty messages each; every tenth message is a captioned photo."""
    for number in range(CASES):
        case, written = f"case-{number:04}", 0
        log: list[Item] = []
        for sequence in range(1, EACH + 1):
            file = [{"kind": "image", "provider_id": "m"}] if sequence % 10 == 0 else []
            event = said(f"wamid.{number}.{sequence}", "buenas", attachments=file)
            original = {"raw": packed({"said": event.dump()})}
            log.append(items.entry_item(case, sequence, event, "2026-11-22T10:00:00Z", original))
        while written < EACH:
            table.transact([Put(item) for item in log[written : written + 10]])
            written += 10
        pk, sk = keys.case(case)
        table.transact([Put({"pk": pk, "sk": sk, "id": case, "sequence": EACH})])


@pytest.mark.slow
def test_five_thousand_entries_are_gone_through_by_cursor(
    contended_table: Table, louder: Callable[[Event], Event]
) -> None:
    fill(contended_table)
    world = World(Hub(CountedTable(contended_table), files=Listed()))
    told = Told(world)
    world.channel = lambda name: {"whatsapp": told}[name]  # type: ignore[method-assign]
    world.change = louder
    cursor, pages, revised, read = None, 0, 0, 0
    named: set[tuple[str, int]] = set()
    while True:
        world.hub.seconds += 1
        page = world.page(cursor)
        read, revised, pages = read + page.read, revised + page.revised, pages + 1
        named |= {(one["case"], one["sequence"]) for one in page.differences}
        cursor = page.next
        if cursor is None:
            break
    assert pages >= 2  # five hundred differences end a page, whatever time is left
    assert read == CASES * EACH
    assert revised == len(named) == CASES * EACH // 10
    assert {sequence for _, sequence in named} == {10, 20}
    again = world.page(None)
    assert (again.read, again.same) == (read, read)
