"""What a condition asks and what an operation makes of an item. Pure: images in, an answer out."""

from __future__ import annotations

from decimal import Decimal

from local.sqlite.attributes import NUMBERS, Image, Node, marshal, marshal_item, number
from shared.domain.errors import Permanent
from shared.ports import Absent, Condition, Delete, Equals, Item, Less, Present, Put, Update, Value


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
