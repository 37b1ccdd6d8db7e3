"""A partition that is read page after page."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from local.memory.table import MemoryTable
from shared.ports.table import Page, Put
from shared.store.paging import every_item

NAMES = [f"ENT#{number}" for number in range(5)]


class Asked(MemoryTable):
    """Counts the pages."""

    pages = 0

    def query(self, *args: Any, **more: Any) -> Page:
        self.pages += 1
        return super().query(*args, **more)


@pytest.fixture
def table() -> Asked:
    made = Asked(lambda: 0.0)
    for sk in (*NAMES, "OTHER"):
        made.transact([Put({"pk": "CAS#1", "sk": sk})])
    return made


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, NAMES),
        ({"descending": True}, NAMES[::-1]),
        ({"after": "ENT#1"}, NAMES[2:]),
        ({"after": "ENT#1", "descending": True}, ["ENT#0"]),
    ],
)
def test_every_item_comes_once_and_in_order(table: Asked, more: dict[str, Any], expected: list[str]) -> None:
    assert [item["sk"] for item in every_item(table, "CAS#1", "ENT#", page_size=2, **more)] == expected


def test_who_stops_early_reads_no_further_page(table: Asked) -> None:
    assert len(list(islice(every_item(table, "CAS#1", "ENT#", page_size=2), 2))) == 2
    assert table.pages == 1
