"""What `shared.ports.table.Table` promises when many write at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from shared.domain.errors import Conflict
from shared.ports.table import Absent, Equals, Operation, Put, Table, Update

THREADS = 8


def until_decided(table: Table, operations: Callable[[], list[Operation]]) -> bool:
    """True when written, False when a condition did not hold; tries again while others are in the way."""
    for _ in range(200):
        try:
            table.transact(operations())
        except Conflict as conflict:
            if conflict.failed:
                return False
        else:
            return True
    raise AssertionError("always in the way")


def test_of_many_transactions_on_one_absent_item_exactly_one_wins(contended_table: Table) -> None:
    table = contended_table

    def claim(n: int) -> bool:
        return until_decided(
            table,
            lambda: [
                Put({"pk": "IDN#1", "sk": "IDN", "customer": n}, when=(Absent(),)),
                Put({"pk": f"CUS#{n}", "sk": "PROFILE"}),
            ],
        )

    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(claim, range(THREADS)))
    assert won.count(True) == 1
    winner = won.index(True)
    owner = table.get(("IDN#1", "IDN")).item
    assert owner is not None
    assert owner["customer"] == winner
    profiles = [n for n in range(THREADS) if table.get((f"CUS#{n}", "PROFILE")).item]
    assert profiles == [winner]


def test_of_many_plain_writes_on_one_absent_item_exactly_one_wins(contended_table: Table) -> None:
    table = contended_table

    def claim(n: int) -> bool:
        return until_decided(table, lambda: [Put({"pk": "IDN#1", "sk": "IDN", "customer": n}, when=(Absent(),))])

    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(claim, range(THREADS)))
    assert won.count(True) == 1
    owner = table.get(("IDN#1", "IDN")).item
    assert owner is not None
    assert owner["customer"] == won.index(True)


def test_sequences_allotted_by_version_have_no_gap_and_no_double(contended_table: Table) -> None:
    table = contended_table
    each = 5
    table.transact([Put({"pk": "CAS#1", "sk": "CASE", "sequence": 0})])

    def append(n: int) -> None:
        def operations() -> list[Operation]:
            case = table.get(("CAS#1", "CASE")).item
            assert case is not None
            last = case["sequence"]
            return [
                Update(("CAS#1", "CASE"), set={"sequence": last + 1}, when=(Equals("sequence", last),)),
                Put({"pk": "CAS#1", "sk": f"ENT#{last + 1:010d}", "by": n}, when=(Absent(),)),
            ]

        for _ in range(each):
            while not until_decided(table, operations):
                continue

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(append, range(THREADS)))
    entries = table.query("CAS#1", "ENT#").items
    assert [entry["sk"] for entry in entries] == [f"ENT#{n:010d}" for n in range(1, THREADS * each + 1)]


def test_no_addition_is_lost(contended_table: Table) -> None:
    table = contended_table

    def add(_: int) -> None:
        for _ in range(10):
            assert until_decided(table, lambda: [Update(("CON#x", "RATE"), add={"taken": 1})])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(THREADS)))
    assert table.get(("CON#x", "RATE")).item == {"pk": "CON#x", "sk": "RATE", "taken": THREADS * 10}
