"""Reads a CloudFormation document: its tags, parameters' defaults and conditions, as a deployment with no
parameters given would.

What a deployment alone would know (a queue's URL, an account) has no literal value here: `Unresolved`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from shared.domain.errors import Misconfigured

_SUBSTITUTE: Final = re.compile(r"\$\{([^!][^}]*)\}")

PSEUDO: Final = {
    "AWS::AccountId": "000000000000",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::StackName": "hilo",
    "AWS::URLSuffix": "amazonaws.com",
}
"""What the embedded run is called where AWS wants names."""

NO_VALUE: Final = {"Ref": "AWS::NoValue"}


class Unresolved(Exception):
    """This value is known only to a deployment."""


class _Loader(yaml.SafeLoader):
    """SafeLoader that turns `!Ref x` into `{"Ref": x}` and `!Sub x` into `{"Fn::Sub": x}`."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind of node
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


class Document:
    """One template. Values are resolved with the parameters' defaults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506  a SafeLoader with more tags
        except (OSError, yaml.YAMLError) as error:
            raise Misconfigured(f"{path} cannot be read: {error}") from error
        if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
            raise Misconfigured(f"{path} is no CloudFormation template: it has no Resources")
        self._parameters: dict[str, Any] = content.get("Parameters") or {}
        self._conditions: dict[str, Any] = content.get("Conditions") or {}
        self.globals: dict[str, Any] = (content.get("Globals") or {}).get("Function") or {}
        self.resources: dict[str, dict[str, Any]] = content["Resources"]

    def resources_of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties by logical id of the resources of this type whose condition holds."""
        return {
            logical_id: resource.get("Properties") or {}
            for logical_id, resource in self.resources.items()
            if resource.get("Type") == kind
            and ("Condition" not in resource or self._holds({"Condition": resource["Condition"]}))
        }

    def literal(self, value: Any) -> Any:
        """The value with every intrinsic function worked out. Raises `Unresolved`."""
        if isinstance(value, list):
            return [self.literal(member) for member in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._reference(argument)
            if name == "Fn::Sub":
                return self._substituted(argument)
            if name == "Fn::If":
                return self.literal(self._branch(argument))
            if name.startswith("Fn::"):
                raise Unresolved(name)
        return {name: self.literal(member) for name, member in value.items() if member != NO_VALUE}

    def resource_named_by(self, value: Any) -> str | None:
        """The logical id that `!Ref`, `!GetAtt` or `!Sub ${X.Arn}` names, None for anything else."""
        if not isinstance(value, dict) or len(value) != 1:
            return None
        ((name, argument),) = value.items()
        if name == "Fn::If":
            return self.resource_named_by(self._branch(argument))
        if name == "Fn::Sub" and isinstance(argument, str) and (whole := _SUBSTITUTE.fullmatch(argument)):
            argument = [whole[1].partition(".")[0]]
        named = argument[0] if isinstance(argument, list) and argument else argument
        return named if isinstance(named, str) and named in self.resources else None

    def _reference(self, name: str) -> Any:
        if name in self._parameters and "Default" in self._parameters[name]:
            return self._parameters[name]["Default"]
        if name in PSEUDO:
            return PSEUDO[name]
        raise Unresolved(name)

    def _substituted(self, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.literal(value) for name, value in given.items()}

        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            return str(values[name] if name in values else self._reference(name))

        return _SUBSTITUTE.sub(value_of, text).replace("${!", "${")

    def _branch(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return then if self._holds({"Condition": condition}) else otherwise

    def _holds(self, condition: dict[str, Any]) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self._holds(self._conditions[argument])
            case "Fn::Equals":
                return bool(self.literal(argument[0]) == self.literal(argument[1]))
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(map(self._holds, argument))
            case "Fn::Or":
                return any(map(self._holds, argument))
            case _:
                raise Misconfigured(f"{self.path}: a condition uses {name}, which the embedded run does not know")
