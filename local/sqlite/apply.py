"""What a condition asks, and what operations make of items and cost. Pure: images in, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from local.sqlite import costs
from local.sqlite.attributes import NUMBERS, Image, Node, check, marshal, marshal_item, number, size_of
from shared.domain.errors import Conflict, Permanent
from shared.ports.table import (
    Absent,
    Check,
    Condition,
    Cost,
    Delete,
    Equals,
    Item,
    Key,
    Less,
    Operation,
    Present,
    Put,
    Update,
    Value,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as it lies there; `image` None and `size` 0: it does not."""

    image: Image | None
    size: int


@dataclass(frozen=True, slots=True)
class Written:
    """An item that a transaction changed: what it was, and what it is (None: gone) with its size."""

    key: Key
    old: Image | None
    new: Image | None
    size: int


def outcome(operations: Sequence[Operation], before: Sequence[Stored]) -> tuple[Cost, list[Written]]:
    """What the operations cost and change, given the items they meet.

    1 WRU for each 1 KB begun of the larger of before and after, twice when there is more than one operation, and
    what the indexes take. Raises `Conflict` with the conditions that failed, `Permanent` where DynamoDB would refuse.
    """
    failed = tuple(
        number
        for number, (operation, stored) in enumerate(zip(operations, before, strict=True))
        if not all(holds(condition, stored.image) for condition in operation.when)
    )
    if failed:
        raise Conflict("a condition did not hold", failed)
    times = 1 if len(operations) == 1 and not isinstance(operations[0], Check) else 2
    writes = 0.0
    written = []
    for operation, stored in zip(operations, before, strict=True):
        if isinstance(operation, Check):
            writes += times * costs.write(stored.size, stored.size)
            continue
        new = changed(operation, stored.image)
        size = 0 if new is None else size_of(new)
        writes += times * costs.write(stored.size, size) + costs.index_writes(stored.image, new)
        if new != stored.image:
            if new is not None:
                check(new, size)
            written.append(Written(operation.key, stored.image, new, size))
    return Cost(writes=writes, calls=1), written


def holds(condition: Condition, image: Image | None) -> bool:
    """Whether the condition holds of the item (None: it does not exist)."""
    match condition:
        case Absent(None):
            return image is None
        case Absent(attribute):
            return image is None or attribute not in image
        case Present(None):
            return image is not None
        case Present(attribute):
            return image is not None and attribute in image
        case Equals(attribute, value):
            return image is not None and image.get(attribute) == marshal(value)
        case Less(attribute, value):
            return image is not None and attribute in image and _is_less(image[attribute], marshal(value))


def _is_less(node: Node, bound: Node) -> bool:
    """Numbers by value, text by code point, which is the order of its UTF-8 bytes. Other types are never less."""
    if "N" in node and "N" in bound:
        return Decimal(node["N"]) < Decimal(bound["N"])
    if "S" in node and "S" in bound:
        return bool(node["S"] < bound["S"])
    return False


def changed(operation: Put | Update | Delete, image: Image | None) -> Image | None:
    """The item afterwards, None when it is gone. Raises `Permanent` when `add` meets what is no number."""
    match operation:
        case Put(item):
            return marshal_item(item)
        case Delete():
            return None
        case Update():
            return _updated(operation, image)


def _updated(update: Update, image: Image | None) -> Image:
    keys: Item = {"pk": update.key[0], "sk": update.key[1]}
    new: Image = dict(image) if image is not None else marshal_item(keys)
    new.update({name: marshal(value) for name, value in update.set.items()})
    for name in update.remove:
        new.pop(name, None)
    for name, amount in update.add.items():
        new[name] = _sum(name, new.get(name, {"N": "0"}), amount)
    return new


def _sum(name: str, node: Node, amount: Value) -> Node:
    if "N" not in node:
        raise Permanent(f"{name} is no number: nothing can be added to it")
    return number(NUMBERS.add(Decimal(node["N"]), Decimal(amount)))
