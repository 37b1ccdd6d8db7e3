"""The typed form of DynamoDB, both ways."""

from __future__ import annotations

import math
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.attributes import marshal, marshal_item, unmarshal, unmarshal_image

TYPED: list[tuple[Any, dict[str, Any]]] = [
    ("Hola", {"S": "Hola"}),
    ("", {"S": ""}),
    (7, {"N": "7"}),
    (-(10**30), {"N": "-1" + "0" * 30}),
    (Decimal("1.50"), {"N": "1.50"}),
    (True, {"BOOL": True}),
    (False, {"BOOL": False}),
    (None, {"NULL": True}),
    (b"\x00\xff", {"B": b"\x00\xff"}),
    ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
    ({"a": {"b": None}}, {"M": {"a": {"M": {"b": {"NULL": True}}}}}),
]


@pytest.mark.parametrize(("value", "typed"), TYPED, ids=repr)
def test_each_value_has_its_type(value: Any, typed: dict[str, Any]) -> None:
    assert marshal(value) == typed
    assert unmarshal(typed) == value
    assert type(unmarshal(typed)) is type(value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text()
    | st.binary()
    | st.integers(-(10**37), 10**37)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1), VALUES))
def test_an_item_comes_back_as_it_went(item: dict[str, Any]) -> None:
    assert unmarshal_image(marshal_item(item)) == item


def test_binary_of_a_streams_event_is_base64() -> None:
    text = b64encode(b"\x00zlib\xff").decode()
    assert unmarshal_image({"raw": {"B": text}, "in": {"L": [{"B": text}]}}) == {
        "raw": b"\x00zlib\xff",
        "in": [b"\x00zlib\xff"],
    }


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("1E+3", 1000), ("0.5", Decimal("0.5")), ("3.00", 3), ("-0", 0)]
)
def test_a_whole_number_is_an_int_however_it_is_written(text: str, value: Any) -> None:
    number = unmarshal({"N": text})
    assert number == value
    assert type(number) is type(value)


@pytest.mark.parametrize(
    "value", [1.5, math.nan, {"a"}, object(), [1.5], {"a": {"b": 0.1}}], ids=lambda value: type(value).__name__
)
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        marshal(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), 10**38 + 1, Decimal("0." + "1" * 39)], ids=str)
def test_a_number_that_would_not_be_kept_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        marshal(value)


def test_a_set_in_an_image_is_none_of_ours() -> None:
    with pytest.raises(TypeError, match="SS"):
        unmarshal({"SS": ["a"]})
