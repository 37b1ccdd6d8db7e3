"""Values of the `Table` port to and from DynamoDB's typed JSON.

Small and of our own: `boto3.dynamodb.types` costs 230 ms to import, and the stream's readers need no SDK.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from shared.ports.table import Item, Value

Attribute: TypeAlias = dict[str, Any]
"""`{"S": "text"}`, `{"N": "12.5"}`, …"""

MAX_DIGITS = 38
"""Significant digits that DynamoDB keeps of a number."""


def marshal(value: Value) -> Attribute:
    """The typed form. Raises TypeError for what is no `Value` (a float above all), ValueError for a number
    that DynamoDB would not keep exactly."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):  # before int: a bool is one in Python
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | Decimal):
        return {"N": _number_text(value)}
    if isinstance(value, bytes | bytearray):
        return {"B": bytes(value)}
    if isinstance(value, list | tuple):
        return {"L": [marshal(element) for element in value]}
    if isinstance(value, Mapping):
        return {"M": marshal_item(value)}
    raise TypeError(f"the table holds no {type(value).__name__}")


def marshal_item(item: Mapping[str, Value]) -> dict[str, Attribute]:
    """Each attribute in its typed form."""
    return {name: marshal(value) for name, value in item.items()}


def unmarshal(attribute: Mapping[str, Any]) -> Value:
    """The value of a typed attribute: whole numbers as int, others as Decimal. Sets are none of ours: TypeError."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return _number(value)
        case "NULL":
            return None
        case "B":  # bytes from an SDK, base64 text in a stream's event
            return b64decode(value) if isinstance(value, str) else bytes(value)
        case "L":
            return [unmarshal(element) for element in value]
        case "M":
            return unmarshal_image(value)
        case _:
            raise TypeError(f"the table holds no attribute of type {kind}")


def unmarshal_image(image: Mapping[str, Mapping[str, Any]]) -> Item:
    """The item of an answer, or of `NewImage`, `OldImage` or `Keys` in a stream's record."""
    return {name: unmarshal(attribute) for name, attribute in image.items()}


def _number_text(value: int | Decimal) -> str:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("the table holds finite numbers only")
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise ValueError(f"the table holds numbers of at most {MAX_DIGITS} significant digits")
    return str(value)


def _number(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else number
