"""Operations and key ranges as DynamoDB's expressions. Every name and value is a placeholder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from shared.aws.attributes import Attribute, marshal, marshal_item
from shared.ports.table import Absent, Check, Condition, Delete, Equals, Index, Key, Less, Operation, Present, Put

Parameters: TypeAlias = dict[str, Any]


class _Placeholders:
    """Names and values of one request."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Attribute] = {}

    def name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#a{len(self._names)}")

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = marshal(value)
        return placeholder

    def parameters(self) -> Parameters:
        """DynamoDB refuses an empty map of either."""
        found: Parameters = {}
        if self._names:
            found["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self._names.items()}
        if self._values:
            found["ExpressionAttributeValues"] = self._values
        return found


def key_of(key: Key) -> dict[str, Attribute]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def action_of(operation: Operation) -> tuple[str, Parameters]:
    """The operation's name within a transaction (`Put`, `Update`, `Delete`, `ConditionCheck`) and its parameters,
    which are those of the plain call too."""
    placeholders = _Placeholders()
    name: str
    parameters: Parameters
    if isinstance(operation, Put):
        name, parameters = "Put", {"Item": marshal_item(operation.item)}
    elif isinstance(operation, Delete):
        name, parameters = "Delete", {"Key": key_of(operation.key)}
    elif isinstance(operation, Check):
        name, parameters = "ConditionCheck", {"Key": key_of(operation.key)}
    else:
        clauses = {
            "SET": [f"{placeholders.name(a)} = {placeholders.value(v)}" for a, v in operation.set.items()],
            "REMOVE": [placeholders.name(a) for a in operation.remove],
            "ADD": [f"{placeholders.name(a)} {placeholders.value(v)}" for a, v in operation.add.items()],
        }
        expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
        name, parameters = "Update", {"Key": key_of(operation.key), "UpdateExpression": expression}
    if operation.when:
        parameters["ConditionExpression"] = _conditions(operation.when, placeholders)
    return name, {**parameters, **placeholders.parameters()}


def _conditions(conditions: Sequence[Condition], placeholders: _Placeholders) -> str:
    return " AND ".join(_condition(condition, placeholders) for condition in conditions)


def _condition(condition: Condition, placeholders: _Placeholders) -> str:
    match condition:
        case Absent(attribute):
            return f"attribute_not_exists({placeholders.name(attribute or 'pk')})"
        case Present(attribute):
            return f"attribute_exists({placeholders.name(attribute or 'pk')})"
        case Equals(attribute, value):
            return f"{placeholders.name(attribute)} = {placeholders.value(value)}"
        case Less(attribute, value):
            return f"{placeholders.name(attribute)} < {placeholders.value(value)}"


def key_condition(hash_name: str, range_name: str, pk: str, prefix: str, until: str | None) -> Parameters:
    """All of one hash whose range starts with `prefix`, or is not beyond `until`."""
    placeholders = _Placeholders()
    condition = f"{placeholders.name(hash_name)} = {placeholders.value(pk)}"
    if prefix:
        condition += f" AND begins_with({placeholders.name(range_name)}, {placeholders.value(prefix)})"
    elif until is not None:
        condition += f" AND {placeholders.name(range_name)} <= {placeholders.value(until)}"
    return {"KeyConditionExpression": condition, **placeholders.parameters()}


def bookmark(index: Index, last: dict[str, Attribute]) -> str:
    """The opaque `next` of an index's page: hash, range and the item's key, which ranges alone do not tell apart."""
    return json.dumps([last[name]["S"] for name in (f"{index}_pk", f"{index}_sk", "pk", "sk")])


def start_of(index: Index, pk: str, after: str) -> dict[str, Attribute]:
    """Where the page after a `bookmark` starts. Raises ValueError for what is no bookmark of this query."""
    parts = json.loads(after)
    if not isinstance(parts, list) or len(parts) != 4 or not all(isinstance(p, str) for p in parts) or parts[0] != pk:
        raise ValueError("`after` is not the `next` of a page of this query")
    names = (f"{index}_pk", f"{index}_sk", "pk", "sk")
    return {name: {"S": part} for name, part in zip(names, parts, strict=True)}
