"""The template as plain data, and the tools of the slow gates in virtual environments of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

Resources = dict[str, dict[str, Any]]


class TemplateLoader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}`, `!GetAtt a.b` as `{"Fn::GetAtt": "a.b"}` and so on."""


def _intrinsic(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {key: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


TemplateLoader.add_multi_constructor("!", _intrinsic)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Loader=TemplateLoader)  # noqa: S506 (a SafeLoader)
    return loaded


@pytest.fixture(scope="session")
def of_type(template: dict[str, Any]) -> Callable[[str], Resources]:
    """Resources of one type, by logical id."""

    def select(kind: str) -> Resources:
        return {name: made for name, made in template["Resources"].items() if made["Type"] == kind}

    return select


@pytest.fixture(scope="session")
def functions(of_type: Callable[[str], Resources]) -> Resources:
    return of_type("AWS::Serverless::Function")


@pytest.fixture(scope="session")
def queues(of_type: Callable[[str], Resources]) -> Resources:
    return of_type("AWS::SQS::Queue")


@pytest.fixture(scope="session")
def lambda_python() -> Path:
    """The interpreter of the functions' runtime."""
    found = subprocess.run([ROOT / "tests/deploy/lambda_python"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.fail(found.stderr)
    return Path(found.stdout.strip())


@pytest.fixture(scope="session")
def tool() -> Callable[[str, str], Path]:
    """A program from a virtual environment of its own, which the Makefile keeps in step with its lock."""

    def install(environment: str, program: str) -> Path:
        subprocess.run(["make", "--silent", f".venvs/{environment}/.done"], cwd=ROOT, check=True)
        return ROOT / ".venvs" / environment / "bin" / program

    return install
