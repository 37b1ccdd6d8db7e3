"""What `shared.ports.table.Table` promises of scan, for every engine."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ports.table import Cost, Delete, Item, Key, Put, Table

PEOPLE, EACH = 12, 4


@pytest.fixture
def keys(table: Table) -> set[Key]:
    """The keys of all that lies in the table."""
    made: set[Key] = set()
    for number in range(PEOPLE):
        items: list[Item] = [{"pk": f"CUS#ñ{number}", "sk": f"{n}😀", "n": n} for n in range(EACH)]
        table.transact([Put(item) for item in items])
        made |= {(item["pk"], item["sk"]) for item in items}
    return made


def scanned(table: Table, **how: Any) -> list[Item]:
    """Follows `next` to the end, and fails when it does not end."""
    found: list[Item] = []
    after = None
    for _ in range(PEOPLE * EACH + 2):
        page = table.scan(after=after, **how)
        found += page.items
        after = page.next
        if after is None:
            return found
    raise AssertionError("the pages never end")


def key_of(item: Item) -> Key:
    return item["pk"], item["sk"]


def test_a_table_without_items_gives_an_empty_page(table: Table) -> None:
    page = table.scan()
    assert (page.items, page.next) == ([], None)


def test_items_come_whole_each_once(table: Table, keys: set[Key]) -> None:
    found = scanned(table)
    assert len(found) == len(keys)
    assert {key_of(item) for item in found} == keys
    assert all(item == {"pk": item["pk"], "sk": f"{item['n']}😀", "n": item["n"]} for item in found)


@pytest.mark.parametrize("limit", [1, 5, 48, 100])
def test_a_limit_bounds_a_page_and_next_leads_to_the_rest(table: Table, keys: set[Key], limit: int) -> None:
    assert len(table.scan(limit=limit).items) == min(limit, len(keys))
    found = scanned(table, limit=limit)
    assert len(found) == len(keys)
    assert {key_of(item) for item in found} == keys


@pytest.mark.parametrize("limit", [None, 3])
def test_segments_join_to_the_whole_and_no_pk_is_in_two(table: Table, keys: set[Key], limit: int | None) -> None:
    parts = [scanned(table, segment=number, segments=5, limit=limit) for number in range(5)]
    homes = [{item["pk"] for item in part} for part in parts]
    assert sum(map(len, homes)) == PEOPLE
    assert sum(map(len, parts)) == len(keys)
    assert {key_of(item) for part in parts for item in part} == keys


def test_next_leads_on_after_the_item_it_names_was_deleted(table: Table, keys: set[Key]) -> None:
    page = table.scan(limit=7)
    table.transact([Delete(key_of(page.items[-1]))])
    rest = table.scan(after=page.next)
    assert {key_of(item) for item in [*page.items, *rest.items]} == keys


def test_a_page_ends_soon_after_a_megabyte(table: Table) -> None:
    for number in range(8):
        table.transact([Put({"pk": f"CAS#{number}", "sk": "CASE", "blob": bytes(300_000)})])
    page = table.scan()
    assert 3 <= len(page.items) <= 4
    assert page.next is not None
    assert len(scanned(table)) == 8


BAD: list[dict[str, Any]] = [
    {"limit": 0},
    {"segments": 0},
    {"segment": 2, "segments": 2},
    {"segment": -1, "segments": 2},
    {"segments": 1_000_001},
    {"after": "CAS#1"},
    {"after": '["CAS#1"]'},
    {"after": '["CAS#1", 2]'},
    {"after": '["", "CASE"]'},
]


@pytest.mark.parametrize("how", BAD, ids=str)
def test_what_no_engine_answers_is_refused(table: Table, how: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        table.scan(**how)


@pytest.mark.parametrize(("sizes", "units"), [((10,), 0.5), ((3_000, 3_000), 1), ((4_000, 4_000, 4_000), 1.5)])
def test_a_scan_costs_half_a_unit_for_each_4_kb_begun(
    priced_table: Table, sizes: tuple[int, ...], units: float
) -> None:
    for number, size in enumerate(sizes):
        priced_table.transact([Put({"pk": f"CAS#{number}", "sk": "CASE", "blob": bytes(size)})])
    assert priced_table.scan().cost == Cost(reads=units, calls=1)
