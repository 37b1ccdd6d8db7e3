"""What `shared.ports.table.Table` answers of cost: 4 KB a read unit, 1 KB a write unit, begun ones whole."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ports.table import Absent, Check, Cost, Delete, Item, Operation, Present, Put, Table, Update


def item(sk: str = "CASE", size: int = 0, **more: Any) -> Item:
    return {"pk": "CAS#1", "sk": sk, **({"blob": bytes(size)} if size else {}), **more}


@pytest.mark.parametrize(("size", "units"), [(0, 1), (3_900, 1), (4_200, 2), (40_000, 10)])
def test_a_get_costs_a_unit_for_each_4_kb_begun(priced_table: Table, size: int, units: int) -> None:
    priced_table.transact([Put(item(size=size))])
    assert priced_table.get(("CAS#1", "CASE")).cost == Cost(reads=units, calls=1)


def test_a_get_of_nothing_costs_a_unit(priced_table: Table) -> None:
    assert priced_table.get(("CAS#1", "CASE")).cost == Cost(reads=1, calls=1)


def test_a_query_costs_by_the_bytes_of_all_it_read(priced_table: Table) -> None:
    priced_table.transact([Put(item(sk=str(n), size=1_500)) for n in range(5)])
    assert priced_table.query("CAS#1").cost == Cost(reads=2, calls=1)


def test_a_query_of_an_index_costs_half(priced_table: Table) -> None:
    priced_table.transact([Put(item(due_pk="DUE#1", due_sk="2026"))])
    assert priced_table.query("DUE#1", index="due").cost == Cost(reads=0.5, calls=1)


PLAIN: dict[str, tuple[list[Operation], float]] = {
    "one small put": ([Put(item())], 1),
    "a put of 1.5 KB": ([Put(item(size=1_500))], 2),
    "an update that creates": ([Update(("CAS#1", "CASE"), set={"a": 1})], 1),
    "a delete of nothing": ([Delete(("CAS#1", "CASE"))], 1),
    "a put that enters an index": ([Put(item(due_pk="DUE#1", due_sk="2026"))], 2),
}
TRANSACTIONS: dict[str, tuple[list[Operation], float]] = {
    "three small puts": ([Put(item(sk=str(n)), when=(Absent(),)) for n in range(3)], 6),
    "a put of 1.5 KB and a small one": ([Put(item(sk="a", size=1_500)), Put(item(sk="b"))], 6),
    "a put and a check": ([Put(item(sk="a")), Check(("CAS#1", "b"), when=(Absent(),))], 4),
    "a check alone": ([Check(("CAS#1", "b"), when=(Absent(),))], 2),
    "an update and a delete": ([Update(("CAS#1", "a"), add={"n": 1}), Delete(("CAS#1", "b"))], 4),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_write_costs_a_unit_for_each_kb_begun(priced_table: Table, name: str) -> None:
    operations, units = PLAIN[name]
    assert priced_table.transact(operations) == Cost(writes=units, calls=1)


@pytest.mark.parametrize("name", TRANSACTIONS)
def test_a_transaction_costs_twice(priced_transactions: Table, name: str) -> None:
    operations, units = TRANSACTIONS[name]
    assert priced_transactions.transact(operations) == Cost(writes=units, calls=1)


def test_an_update_costs_by_the_larger_of_before_and_after(priced_table: Table) -> None:
    priced_table.transact([Put(item(size=2_500))])
    assert priced_table.transact([Update(("CAS#1", "CASE"), remove=("blob",))]) == Cost(writes=3, calls=1)


def test_a_delete_costs_by_what_it_removes(priced_table: Table) -> None:
    priced_table.transact([Put(item(size=2_500))])
    assert priced_table.transact([Delete(("CAS#1", "CASE"), when=(Present(),))]) == Cost(writes=3, calls=1)
