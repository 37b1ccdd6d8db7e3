"""What `shared.ports.table.Table` promises of query, for every engine."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ports.table import Delete, Index, Item, Page, Put, Table, Update

PK = "CAS#1"
SORT_KEYS = [
    "CASE",
    "ENT#0000000001",
    "ENT#0000000002",
    "ENT#0000000010",
    "ENTRY",
    "OUT#1",
    "SYNC#a",
    "SYNC#b",
    "a",
    "bz",
    "b~",
    "é",
    "\uffee",
    "😀",
]
"""In the order of their UTF-8 bytes. By UTF-16 the last two change places."""


@pytest.fixture
def filled(table: Table) -> Table:
    for start in range(0, len(SORT_KEYS), 5):
        table.transact([Put({"pk": PK, "sk": sk, "n": n}) for n, sk in enumerate(SORT_KEYS[start : start + 5])])
    table.transact([Put({"pk": pk, "sk": "CASE"}) for pk in ("CAS#", "CAS#10", "CAS#0")])
    return table


def keys(page: Page) -> list[str]:
    return [item["sk"] for item in page.items]


def all_pages(table: Table, pk: str, **how: Any) -> list[Item]:
    """Follows `next` to the end, and fails when it does not end."""
    found: list[Item] = []
    page = table.query(pk, **how)
    found += page.items
    for _ in range(50):
        if page.next is None:
            return found
        page = table.query(pk, **{**how, "after": page.next})
        found += page.items
    raise AssertionError("the pages never end")


def test_items_of_one_pk_come_whole_and_in_order(filled: Table) -> None:
    page = filled.query(PK)
    assert keys(page) == SORT_KEYS
    assert page.next is None
    assert page.items[1] == {"pk": PK, "sk": "ENT#0000000001", "n": 1}


def test_a_pk_without_items_gives_an_empty_page(filled: Table) -> None:
    page = filled.query("CAS#2")
    assert (page.items, page.next) == ([], None)


PREFIXES = ["ENT#", "ENT", "SYNC#a", "C", "b", "é", "😀", "nothing", "CASE"]
AFTERS = [
    "",
    "0",
    "CASE",
    "ENT#",
    "ENT#0000000002",
    "ENT#0000000005",
    "ENT#\uffff",
    "ENTRY",
    "SYNC#b",
    "~",
    "😀",
    "😀😀",
]
UNTILS = ["0", "CASE", "ENT#0000000002", "ENT#0000000009", "SYNC#", "é", "😀", "😀😀"]


def expected(prefix: str, after: str | None, until: str | None, descending: bool) -> list[str]:
    """The sentence of the port, over the bytes."""
    found = [sk for sk in SORT_KEYS if sk.startswith(prefix)]
    if until is not None:
        found = [sk for sk in found if sk.encode() <= until.encode()]
    if after is not None and descending:
        found = [sk for sk in found if sk.encode() < after.encode()]
    if after is not None and not descending:
        found = [sk for sk in found if sk.encode() > after.encode()]
    return found[::-1] if descending else found


def forwards_and_backwards() -> Any:
    return pytest.mark.parametrize("descending", [False, True], ids=["forwards", "backwards"])


@forwards_and_backwards()
def test_a_prefix_narrows(filled: Table, descending: bool) -> None:
    for prefix in PREFIXES:
        page = filled.query(PK, prefix, descending=descending)
        assert keys(page) == expected(prefix, None, None, descending), prefix


@forwards_and_backwards()
def test_after_is_beyond_whether_the_key_exists_or_not(filled: Table, descending: bool) -> None:
    for prefix in ["", "ENT#", "SYNC#"]:
        for after in AFTERS:
            page = filled.query(PK, prefix, after=after, descending=descending)
            assert keys(page) == expected(prefix, after, None, descending), (prefix, after)


@forwards_and_backwards()
def test_until_is_inclusive(filled: Table, descending: bool) -> None:
    for until in UNTILS:
        for after in [None, *AFTERS]:
            page = filled.query(PK, until=until, after=after, descending=descending)
            assert keys(page) == expected("", after, until, descending), (until, after)


@forwards_and_backwards()
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_limit_bounds_a_page_and_next_leads_to_the_rest(filled: Table, limit: int, descending: bool) -> None:
    for prefix in ["", "ENT#", "é"]:
        page = filled.query(PK, prefix, limit=limit, descending=descending)
        assert keys(page) == expected(prefix, None, None, descending)[:limit]
        found = all_pages(filled, PK, prefix=prefix, limit=limit, descending=descending)
        assert [item["sk"] for item in found] == expected(prefix, None, None, descending)


def test_next_leads_on_after_the_item_it_names_was_deleted(filled: Table) -> None:
    page = filled.query(PK, "ENT#", limit=1)
    assert page.next == "ENT#0000000001"
    filled.transact([Delete((PK, page.next))])
    assert keys(filled.query(PK, "ENT#", after=page.next)) == ["ENT#0000000002", "ENT#0000000010"]


def test_what_was_just_written_is_found(filled: Table) -> None:
    filled.transact([Put({"pk": PK, "sk": "ENT#0000000011"}), Delete((PK, "ENT#0000000002"))])
    assert keys(filled.query(PK, "ENT#")) == ["ENT#0000000001", "ENT#0000000010", "ENT#0000000011"]


def test_many_large_items_come_in_several_pages(table: Table) -> None:
    for n in range(6):
        table.transact([Put({"pk": PK, "sk": str(n), "blob": bytes(300_000)})])
    found = all_pages(table, PK)
    assert [item["sk"] for item in found] == [str(n) for n in range(6)]


def test_each_answer_is_a_fresh_copy(table: Table) -> None:
    table.transact([Put({"pk": PK, "sk": "CASE", "channels": []})])
    table.query(PK).items[0]["channels"].append("email")
    assert table.query(PK).items == [{"pk": PK, "sk": "CASE", "channels": []}]


def test_prefix_and_until_are_not_given_together(table: Table) -> None:
    with pytest.raises(ValueError):
        table.query(PK, "ENT#", until="ENT#9")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_one_or_more(table: Table, limit: int) -> None:
    with pytest.raises(ValueError):
        table.query(PK, limit=limit)


def test_an_empty_pk_is_refused(table: Table) -> None:
    with pytest.raises(ValueError):
        table.query("")


INDEXES: list[Index] = ["cases", "due"]


def indexed(index: Index, n: int, hash_value: str = "DUE#1", **more: Any) -> Item:
    return {"pk": f"CAS#{n}", "sk": "CASE", f"{index}_pk": hash_value, f"{index}_sk": f"2026-11-22T10:0{n}", **more}


@pytest.mark.parametrize("index", INDEXES)
class TestIndex:
    def test_it_holds_keys_only_in_its_own_order(self, table: Table, index: Index) -> None:
        table.transact([Put(indexed(index, n, state="open")) for n in (3, 1, 2)])
        table.transact([Put(indexed(index, 4, "DUE#2")), Put({"pk": "CAS#5", "sk": "CASE", "state": "open"})])
        assert table.query("DUE#1", index=index).items == [indexed(index, n) for n in (1, 2, 3)]
        assert table.query("DUE#2", index=index).items == [indexed(index, 4, "DUE#2")]

    def test_it_does_not_hold_the_other_indexs_attributes(self, table: Table, index: Index) -> None:
        other: Index = "due" if index == "cases" else "cases"
        table.transact([Put(indexed(index, 1, **{f"{other}_pk": "x", f"{other}_sk": "y"}))])
        assert table.query("DUE#1", index=index).items == [indexed(index, 1)]

    def test_prefix_and_until_speak_of_its_own_range(self, table: Table, index: Index) -> None:
        table.transact([Put(indexed(index, n)) for n in range(1, 6)])

        def found(**how: Any) -> list[str]:
            return [item["pk"] for item in table.query("DUE#1", index=index, **how).items]

        assert found(prefix="2026-11-22T10:02") == ["CAS#2"]
        assert found(prefix="2026-11-23") == []
        assert found(until="2026-11-22T10:03") == ["CAS#1", "CAS#2", "CAS#3"]
        assert found(until="2026-11-22T10:03", descending=True) == ["CAS#3", "CAS#2", "CAS#1"]
        assert found(until="2026-11-22T10:03", limit=2) == ["CAS#1", "CAS#2"]

    @forwards_and_backwards()
    @pytest.mark.parametrize("how", [{}, {"until": "2026-11-22T10:08"}, {"prefix": "2026-11-22"}], ids=str)
    def test_next_leads_through_all_of_it(
        self, table: Table, index: Index, descending: bool, how: dict[str, str]
    ) -> None:
        table.transact([Put(indexed(index, n)) for n in range(9)])
        found = all_pages(table, "DUE#1", index=index, limit=2, descending=descending, **how)
        assert [item["pk"] for item in found] == [f"CAS#{n}" for n in range(9)][:: -1 if descending else 1]

    @forwards_and_backwards()
    @pytest.mark.parametrize("how", [{}, {"until": "same"}, {"prefix": "same"}], ids=str)
    def test_next_leads_through_items_of_one_range_value(
        self, table: Table, index: Index, descending: bool, how: dict[str, str]
    ) -> None:
        table.transact([Put({**indexed(index, n), f"{index}_sk": "same"}) for n in range(7)])
        found = all_pages(table, "DUE#1", index=index, limit=2, descending=descending, **how)
        assert sorted(item["pk"] for item in found) == [f"CAS#{n}" for n in range(7)]

    def test_next_leads_on_after_its_item_left_the_index(self, table: Table, index: Index) -> None:
        table.transact([Put(indexed(index, n)) for n in range(5)])
        page = table.query("DUE#1", index=index, limit=2)
        table.transact([Delete(("CAS#1", "CASE"))])
        rest = table.query("DUE#1", index=index, after=page.next)
        assert [item["pk"] for item in rest.items] == ["CAS#2", "CAS#3", "CAS#4"]

    @pytest.mark.parametrize("gone", ["pk", "sk", "both"])
    def test_an_item_is_in_it_while_it_has_both_attributes(self, table: Table, index: Index, gone: str) -> None:
        names = {"pk": (f"{index}_pk",), "sk": (f"{index}_sk",), "both": (f"{index}_pk", f"{index}_sk")}[gone]
        full = indexed(index, 1)
        table.transact([Put({name: value for name, value in full.items() if name not in names})])
        assert table.query("DUE#1", index=index).items == []
        table.transact([Update(("CAS#1", "CASE"), set={name: full[name] for name in names})])
        assert table.query("DUE#1", index=index).items == [full]
        table.transact([Update(("CAS#1", "CASE"), remove=names)])
        assert table.query("DUE#1", index=index).items == []

    def test_it_follows_a_changed_range_a_replacement_and_a_deletion(self, table: Table, index: Index) -> None:
        table.transact([Put(indexed(index, 1)), Put(indexed(index, 2)), Put(indexed(index, 3))])
        later = "2026-11-23T00:00"
        table.transact(
            [
                Update(("CAS#1", "CASE"), set={f"{index}_sk": later}),
                Delete(("CAS#2", "CASE")),
                Put({"pk": "CAS#3", "sk": "CASE"}),
            ]
        )
        assert table.query("DUE#1", index=index).items == [{**indexed(index, 1), f"{index}_sk": later}]

    def test_an_after_that_no_page_gave_is_refused(self, table: Table, index: Index) -> None:
        with pytest.raises(ValueError):
            table.query("DUE#1", index=index, after="2026-11-22T10:00")
