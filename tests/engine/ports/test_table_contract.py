"""What `shared.ports.table.Table` promises of get and transact, for every engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.domain.errors import Conflict, Permanent
from shared.ports.table import (
    MAX_OPERATIONS,
    Absent,
    Check,
    Condition,
    Delete,
    Equals,
    Item,
    Less,
    Operation,
    Present,
    Put,
    Table,
    Update,
)

KEY = ("CAS#1", "CASE")


def item(pk: str = "CAS#1", sk: str = "CASE", **attributes: Any) -> Item:
    return {"pk": pk, "sk": sk, **attributes}


def held(table: Table, key: tuple[str, str] = KEY) -> Item | None:
    return table.get(key).item


class TestGet:
    def test_an_absent_item_is_none(self, table: Table) -> None:
        assert held(table) is None

    def test_what_was_put_is_read_at_once(self, table: Table) -> None:
        table.transact([Put(item(state="open", sequence=7))])
        assert held(table) == item(state="open", sequence=7)

    def test_each_answer_is_a_fresh_copy(self, table: Table) -> None:
        table.transact([Put(item(channels=["whatsapp"], fields={"a": {"b": 1}}))])
        first = held(table)
        assert first is not None
        first["channels"].append("email")
        first["fields"]["a"]["b"] = 2
        assert held(table) == item(channels=["whatsapp"], fields={"a": {"b": 1}})

    def test_what_the_caller_changes_after_a_put_is_not_written(self, table: Table) -> None:
        mine = item(channels=["whatsapp"])
        table.transact([Put(mine)])
        mine["channels"].append("email")
        assert held(table) == item(channels=["whatsapp"])

    def test_both_halves_of_the_key_name_the_item(self, table: Table) -> None:
        table.transact([Put(item(sk="a", n=1)), Put(item(sk="b", n=2)), Put(item(pk="CAS#2", sk="a", n=3))])
        assert [held(table, key) for key in (("CAS#1", "a"), ("CAS#1", "b"), ("CAS#2", "a"), ("CAS#2", "b"))] == [
            item(sk="a", n=1),
            item(sk="b", n=2),
            item(pk="CAS#2", sk="a", n=3),
            None,
        ]


VALUES = {
    "text": "Hola",
    "emoji": "👩🏽‍🚀 ñandú, 日本語",
    "control": "a\x00b\u2028c",
    "zero": 0,
    "negative": -12,
    "large": 10**30 + 1,
    "decimal": Decimal("12.34"),
    "small_decimal": Decimal("-0.000001"),
    "true": True,
    "false": False,
    "none": None,
    "bytes": bytes(range(256)),
    "list": ["a", 1, None, True, b"\x00\xff", ["deep", {"er": Decimal("1.5")}]],
    "map": {"ñ": "ü", "with.dot": 1, "with#sign": {"nested": [1, 2, {"x": None}]}},
    "empty_list": [],
    "empty_map": {},
    "300 KB": "ñ" * 150_000,
    "300 KB of bytes": b"\x00\xfe" * 150_000,
}


class TestValues:
    @pytest.mark.parametrize("name", VALUES)
    def test_a_value_comes_back_as_it_went(self, table: Table, name: str) -> None:
        put, updated = ("CAS#1", "put"), ("CAS#1", "updated")
        table.transact([Put(item(sk="put", value=VALUES[name]))])
        table.transact([Update(updated, set={"value": VALUES[name]})])
        for key in (put, updated):
            back = held(table, key)
            assert back == item(sk=key[1], value=VALUES[name])
            assert type(back["value"]) is type(VALUES[name])

    def test_a_whole_decimal_comes_back_as_the_same_number(self, table: Table) -> None:
        table.transact([Put(item(value=Decimal("3.00")))])
        back = held(table)
        assert back is not None
        assert back["value"] == 3
        assert type(back["value"]) is int

    def test_booleans_inside_lists_and_maps_stay_booleans(self, table: Table) -> None:
        table.transact([Put(item(value=[True, 1, {"a": False, "b": 0}]))])
        back = held(table)
        assert back is not None
        assert repr(back["value"]) == repr([True, 1, {"a": False, "b": 0}])

    def test_an_empty_text_outside_the_keys_comes_back(self, table_with_empty_text: Table) -> None:
        table_with_empty_text.transact([Put(item(value="", nested={"a": ["", {"b": ""}]}))])
        assert held(table_with_empty_text) == item(value="", nested={"a": ["", {"b": ""}]})

    def test_attribute_names_are_any_text(self, table: Table) -> None:
        odd = {"state": 1, "with.dot": 2, "name with space": 3, "#hash": 4, ":colon": 5, "ñ": 6, "size": 7, "0": 8}
        table.transact([Put(item(**odd))])
        table.transact([Update(KEY, set=dict.fromkeys(odd, 9), when=tuple(Equals(k, v) for k, v in odd.items()))])
        assert held(table) == item(**dict.fromkeys(odd, 9))

    @pytest.mark.parametrize("value", [1.5, [1.5], {"a": {"b": float("nan")}}], ids=["float", "in a list", "in a map"])
    def test_a_float_is_refused(self, table: Table, value: Any) -> None:
        with pytest.raises(TypeError):
            table.transact([Put(item(value=value))])
        with pytest.raises(TypeError):
            table.transact([Update(KEY, set={"value": value})])
        assert held(table) is None

    def test_a_set_is_refused(self, table: Table) -> None:
        with pytest.raises(TypeError):
            table.transact([Put(item(value={"a"}))])


STORED = {"text": "b", "number": 5, "yes": True, "none": None, "list": [1, "a"], "decimal": Decimal("2.5")}

HOLDS: list[tuple[str, Condition]] = [
    ("item present", Present()),
    ("attribute present", Present("text")),
    ("attribute holding none is present", Present("none")),
    ("attribute absent", Absent("missing")),
    ("text equals", Equals("text", "b")),
    ("number equals", Equals("number", 5)),
    ("number equals whatever its writing", Equals("number", Decimal("5.0"))),
    ("decimal equals", Equals("decimal", Decimal("2.50"))),
    ("boolean equals", Equals("yes", True)),
    ("none equals", Equals("none", None)),
    ("list equals", Equals("list", [1, "a"])),
    ("number less", Less("number", 6)),
    ("number less than a decimal", Less("number", Decimal("5.1"))),
    ("decimal less", Less("decimal", 3)),
    ("text less", Less("text", "c")),
    ("text less by bytes", Less("text", "é")),
]
FAILS: list[tuple[str, Condition]] = [
    ("item absent", Absent()),
    ("attribute absent", Absent("text")),
    ("attribute holding none is not absent", Absent("none")),
    ("attribute present", Present("missing")),
    ("another text", Equals("text", "B")),
    ("a number is no text", Equals("number", "5")),
    ("another list", Equals("list", ["a", 1])),
    ("number not less than itself", Less("number", 5)),
    ("numbers are not compared as text", Less("number", 10 - 6)),
    ("text not less than itself", Less("text", "b")),
    ("text not less than capitals", Less("text", "C")),
    ("a missing attribute is not less", Less("missing", 10)),
    ("none is not less", Less("none", 1)),
]
FAILS_BY_TYPE: list[tuple[str, Condition]] = [
    ("a number is no boolean", Equals("yes", 1)),
    ("missing equals nothing", Equals("missing", None)),
    ("a text is not less than a number", Less("text", 10)),
    ("a number is not less than a text", Less("number", "9")),
]
ON_ABSENT_HOLDS: list[tuple[str, Condition]] = [("item absent", Absent()), ("attribute absent", Absent("text"))]
ON_ABSENT_FAILS: list[tuple[str, Condition]] = [
    ("item present", Present()),
    ("attribute present", Present("text")),
    ("equals", Equals("text", "b")),
    ("less", Less("number", 9)),
]


KINDS = ["put", "update", "delete", "check"]


def under(*conditions: Condition) -> dict[str, Operation]:
    """One operation of each kind that carries the conditions, each on an item of its own."""
    keys = {kind: ("CAS#1", kind) for kind in KINDS}
    return {
        "put": Put(item(sk="put", done=True), when=conditions),
        "update": Update(keys["update"], set={"done": True}, when=conditions),
        "delete": Delete(keys["delete"], when=conditions),
        "check": Check(keys["check"], when=conditions),
    }


def store_all(table: Table) -> None:
    table.transact([Put(item(sk=kind, **STORED)) for kind in KINDS])


def everything(table: Table) -> dict[str, Item]:
    return {found["sk"]: found for found in table.query("CAS#1").items}


def refuses_each(table: Table, *conditions: Condition) -> None:
    """Every kind of operation fails under the conditions, names itself, and changes nothing."""
    before = everything(table)
    for kind, operation in under(*conditions).items():
        with pytest.raises(Conflict) as conflict:
            table.transact([operation])
        assert conflict.value.failed == (0,), kind
    assert everything(table) == before


def named(cases: list[tuple[str, Condition]]) -> Any:
    return pytest.mark.parametrize("condition", [pytest.param(c, id=name.replace(" ", "_")) for name, c in cases])


class TestConditions:
    @named(HOLDS)
    def test_a_condition_that_holds_lets_it_through(self, table: Table, condition: Condition) -> None:
        store_all(table)
        for operation in under(condition).values():
            table.transact([operation])
        assert everything(table) == {
            "put": item(sk="put", done=True),
            "update": item(sk="update", **STORED, done=True),
            "check": item(sk="check", **STORED),
        }

    @named(FAILS)
    def test_a_condition_that_fails_changes_nothing(self, table: Table, condition: Condition) -> None:
        store_all(table)
        refuses_each(table, condition)

    @named(FAILS_BY_TYPE)
    def test_values_of_two_types_are_never_equal_nor_less(self, strict_table: Table, condition: Condition) -> None:
        store_all(strict_table)
        refuses_each(strict_table, condition)

    @named(ON_ABSENT_HOLDS)
    def test_it_holds_where_there_is_no_item(self, table: Table, condition: Condition) -> None:
        for operation in under(condition).values():
            table.transact([operation])
        assert everything(table) == {"put": item(sk="put", done=True), "update": item(sk="update", done=True)}

    @named(ON_ABSENT_FAILS)
    def test_it_fails_where_there_is_no_item(self, table: Table, condition: Condition) -> None:
        refuses_each(table, condition)

    def test_where_there_is_no_item_nothing_equals_none(self, strict_table: Table) -> None:
        refuses_each(strict_table, Equals("text", None))

    def test_all_conditions_must_hold(self, table: Table) -> None:
        store_all(table)
        refuses_each(table, Equals("text", "b"), Equals("number", 6))


class TestUpdate:
    def test_it_creates_the_item_when_absent(self, table: Table) -> None:
        table.transact([Update(KEY, set={"state": "open"}, add={"count": 1})])
        assert held(table) == item(state="open", count=1)

    def test_it_touches_only_what_it_names(self, table: Table) -> None:
        table.transact([Put(item(a=1, b=[1], c="c"))])
        table.transact([Update(KEY, set={"a": "now text", "d": {}}, remove=("c", "never_there"))])
        assert held(table) == item(a="now text", b=[1], d={})

    def test_add_counts_from_zero_up_and_down(self, table: Table) -> None:
        for step in (5, -7, Decimal("0.5")):
            table.transact([Update(KEY, add={"count": step})])
        assert held(table) == item(count=Decimal("-1.5"))

    def test_set_remove_and_add_go_together(self, table: Table) -> None:
        table.transact([Put(item(old=1, n=1))])
        table.transact([Update(KEY, set={"new": 2}, remove=("old",), add={"n": 2}, when=(Equals("n", 1),))])
        assert held(table) == item(new=2, n=3)

    def test_removing_from_an_absent_item_creates_it_too(self, table: Table) -> None:
        table.transact([Update(KEY, remove=("due_pk", "due_sk"))])
        assert held(table) == item()

    def test_add_to_what_is_no_number_is_refused(self, table: Table) -> None:
        table.transact([Put(item(name="Ana"))])
        with pytest.raises(Permanent):
            table.transact([Update(KEY, add={"name": 1})])
        assert held(table) == item(name="Ana")

    def test_a_put_replaces_the_whole_item(self, table: Table) -> None:
        table.transact([Put(item(a=1, b=2))])
        table.transact([Put(item(b=3))])
        assert held(table) == item(b=3)


class TestDelete:
    def test_it_removes_the_item(self, table: Table) -> None:
        table.transact([Put(item(a=1))])
        table.transact([Delete(KEY)])
        assert held(table) is None

    def test_an_absent_item_is_no_error(self, table: Table) -> None:
        table.transact([Delete(KEY)])
        table.transact([Delete(KEY), Put(item(sk="other"))])
        assert held(table, ("CAS#1", "other")) == item(sk="other")


class TestTransaction:
    def test_every_kind_in_one(self, table: Table) -> None:
        table.transact([Put(item(sk=sk, n=1)) for sk in ("update", "delete", "check")])
        table.transact(
            [
                Put(item(sk="put")),
                Update(("CAS#1", "update"), add={"n": 1}),
                Delete(("CAS#1", "delete")),
                Check(("CAS#1", "check"), when=(Equals("n", 1),)),
            ]
        )
        assert table.query("CAS#1").items == [item(sk="check", n=1), item(sk="put"), item(sk="update", n=2)]

    @pytest.mark.parametrize("failing", range(4), ids=KINDS)
    def test_one_failure_undoes_all(self, table: Table, failing: int) -> None:
        table.transact([Put(item(sk=sk, n=1)) for sk in ("update", "delete", "check")])
        before = table.query("CAS#1").items
        when: list[tuple[Condition, ...]] = [(Absent("never"),)] * 4
        when[failing] = (Equals("never", 1),)
        with pytest.raises(Conflict) as conflict:
            table.transact(
                [
                    Put(item(sk="put"), when=when[0]),
                    Update(("CAS#1", "update"), add={"n": 1}, when=when[1]),
                    Delete(("CAS#1", "delete"), when=when[2]),
                    Check(("CAS#1", "check"), when=when[3]),
                ]
            )
        assert conflict.value.failed == (failing,)
        assert table.query("CAS#1").items == before

    def test_every_failed_condition_is_named(self, table: Table) -> None:
        table.transact([Put(item(sk="0")), Put(item(sk="2"))])
        with pytest.raises(Conflict) as conflict:
            table.transact([Put(item(sk=str(n)), when=(Absent(),)) for n in range(4)])
        assert conflict.value.failed == (0, 2)
        assert [found["sk"] for found in table.query("CAS#1").items] == ["0", "2"]

    def test_conditions_see_the_state_before_the_transaction(self, table: Table) -> None:
        with pytest.raises(Conflict) as conflict:
            table.transact([Put(item(sk="a")), Check(("CAS#1", "b"), when=(Present(),))])
        assert conflict.value.failed == (1,)

    def test_it_holds_as_many_operations_as_promised(self, table: Table) -> None:
        table.transact([Put(item(sk=f"{n:02d}"), when=(Absent(),)) for n in range(MAX_OPERATIONS)])
        assert len(table.query("CAS#1").items) == MAX_OPERATIONS

    def test_it_reaches_over_several_partitions(self, table: Table) -> None:
        table.transact([Put(item(pk="MSG#1", sk="MSG")), Update(KEY, add={"sequence": 1})])
        assert held(table, ("MSG#1", "MSG")) == item(pk="MSG#1", sk="MSG")
        assert held(table) == item(sequence=1)


IMPOSSIBLE: dict[str, list[Operation]] = {
    "nothing": [],
    "too many": [Put(item(sk=str(n))) for n in range(MAX_OPERATIONS + 1)],
    "one item twice": [Put(item(sk="a")), Put(item(sk="b")), Check(("CAS#1", "a"), when=(Absent(),))],
    "an empty pk": [Put(item(pk=""))],
    "an empty sk": [Update(("CAS#1", ""), add={"n": 1})],
    "a check of nothing": [Put(item(sk="a")), Check(("CAS#1", "b"), when=())],
    "an update of nothing": [Update(KEY, when=(Absent(),))],
    "an attribute changed twice": [Update(KEY, set={"a": 1}, remove=("a",))],
    "an attribute removed twice": [Update(KEY, remove=("a", "a"))],
    "a changed key": [Update(KEY, set={"sk": "b"})],
}


@pytest.mark.parametrize("operations", IMPOSSIBLE.values(), ids=[name.replace(" ", "_") for name in IMPOSSIBLE])
def test_what_no_engine_can_do_is_refused_before_anything_is_written(table: Table, operations: list[Operation]) -> None:
    with pytest.raises(ValueError):
        table.transact(operations)
    assert table.query("CAS#1").items == []


def test_what_a_conflict_says_holds_nothing_of_the_item(table: Table) -> None:
    table.transact([Put(item(name="Ana Example"))])
    with pytest.raises(Conflict) as conflict:
        table.transact([Put(item(name="Luis Example"), when=(Equals("name", "Eva Example"),)), Put(item(sk="b"))])
    assert "Example" not in str(conflict.value)
