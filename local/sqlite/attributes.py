"""Items as DynamoDB's JSON (`{"S": "…"}`), with DynamoDB's types, limits and sizes.

The stored form is the form of a stream record's image, so that a change is handed on as it was written.
Source: "Supported data types" and "Item sizes and formats" in the DynamoDB developer guide.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Rounded, Underflow
from typing import Any, Final, TypeAlias

from shared.domain.errors import Permanent
from shared.ports.table import Item, Value

Node: TypeAlias = dict[str, Any]
"""One typed value, as `{"N": "12"}`."""

Image: TypeAlias = dict[str, Node]
"""An item's attributes, typed."""

INDEX_ATTRIBUTES: Final = {"cases": ("cases_pk", "cases_sk"), "due": ("due_pk", "due_sk")}

ITEM_BYTES: Final = 400 * 1024
PK_BYTES: Final = 2048
SK_BYTES: Final = 1024

# 38 digits, and an error instead of a rounded number.
NUMBERS: Final = Context(
    prec=38, Emin=-128, Emax=126, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow, Rounded, Underflow]
)


def number(value: int | Decimal) -> Node:
    """A number as DynamoDB keeps it: without trailing zeros. Raises ValueError beyond 38 digits."""
    try:
        exact = NUMBERS.create_decimal(value)
    except ArithmeticError as error:
        raise ValueError("a number has more than 38 digits or is out of range") from error
    if not exact.is_finite():
        raise ValueError("a number is not finite")
    return {"N": f"{exact.normalize(NUMBERS):f}" if exact else "0"}


_MARSHAL: Final[dict[type, Callable[[Any], Node]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    int: number,
    Decimal: number,
    type(None): lambda _: {"NULL": True},
    bytes: lambda value: {"B": b64encode(value).decode("ascii")},
    list: lambda value: {"L": [marshal(member) for member in value]},
    dict: lambda value: {"M": marshal_item(value)},
}

_UNMARSHAL: Final[dict[str, Callable[[Any], Value]]] = {
    "S": lambda text: text,
    "BOOL": lambda flag: flag,
    "N": lambda text: Decimal(text) if "." in text else int(text),
    "NULL": lambda _: None,
    "B": b64decode,
    "L": lambda members: [unmarshal(member) for member in members],
    "M": lambda members: unmarshal_item(members),
}


def marshal(value: Value) -> Node:
    """Raises TypeError for what an attribute cannot hold (a float, a tuple, a set, a subclass such as an enum)."""
    for kind in type(value).__mro__:
        if kind in _MARSHAL:
            return _MARSHAL[kind](value)
    raise TypeError(f"an attribute cannot hold {type(value).__name__}")


def unmarshal(node: Node) -> Value:
    ((kind, content),) = node.items()
    return _UNMARSHAL[kind](content)


def marshal_item(item: Item) -> Image:
    return {name: marshal(value) for name, value in item.items()}


def unmarshal_item(image: Image) -> Item:
    return {name: unmarshal(node) for name, node in image.items()}


def to_text(image: Image) -> str:
    return json.dumps(image, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Image:
    image: Image = json.loads(text)
    return image


def index_keys(image: Image, index: str) -> tuple[str, str] | None:
    """The item's hash and range in that index, or None when it is not in it."""
    hash_name, range_name = INDEX_ATTRIBUTES[index]
    if hash_name not in image or range_name not in image:
        return None
    return image[hash_name]["S"], image[range_name]["S"]


def check(image: Image, size: int) -> None:
    """Raise `Permanent` for what DynamoDB would refuse: keys empty, too long or no text; an item over 400 KB."""
    _check_key(image, "pk", PK_BYTES)
    _check_key(image, "sk", SK_BYTES)
    for hash_name, range_name in INDEX_ATTRIBUTES.values():
        if hash_name in image:
            _check_key(image, hash_name, PK_BYTES)
        if range_name in image:
            _check_key(image, range_name, SK_BYTES)
    if size > ITEM_BYTES:
        raise Permanent(f"an item of {size} bytes is over DynamoDB's {ITEM_BYTES}")


def _check_key(image: Image, name: str, limit: int) -> None:
    text = image.get(name, {}).get("S")
    if not isinstance(text, str) or not text:
        raise Permanent(f"{name} must be text that is not empty")
    if len(text.encode()) > limit:
        raise Permanent(f"{name} is over {limit} bytes")


def size_of(image: Image) -> int:
    """The item's size in bytes by DynamoDB's rules."""
    return sum(len(name.encode()) + _size(node) for name, node in image.items())


def _size(node: Node) -> int:
    ((kind, content),) = node.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return len(b64decode(content))
        case "L":
            return 3 + sum(1 + _size(member) for member in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(member) for name, member in content.items())
        case _:
            return 1


def _number_size(text: str) -> int:
    """One byte for each two significant digits, one more, and one for a minus."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")
