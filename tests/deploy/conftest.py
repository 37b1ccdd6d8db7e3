"""The template as plain data, and the tools of the slow gates in virtual environments of their own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LAMBDA_PYTHON = "python3.13"

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
    """The interpreter of the functions' runtime: on PATH, or among pyenv's."""
    candidates = [shutil.which(LAMBDA_PYTHON)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += [str(path) for path in sorted(pyenv.glob(f"versions/3.13*/bin/{LAMBDA_PYTHON}"))]
    for candidate in candidates:
        # pyenv's shim is on PATH even where no 3.13 is chosen: only running it tells
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(candidate)
    return pytest.fail(
        f"{LAMBDA_PYTHON} is needed to build what is deployed: install it (for example `pyenv install 3.13`)"
    )


@pytest.fixture(scope="session")
def tool() -> Callable[[str, str], Path]:
    """A program from a virtual environment of its own, installed from its lock when that has changed."""

    def install(environment: str, program: str) -> Path:
        lock = ROOT / "requirements" / f"{environment}.txt"
        folder = ROOT / ".venvs" / environment
        stamp = folder / "installed-from"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
            subprocess.run([*pip, "-r", str(lock)], check=True)
            stamp.write_text(wanted)
        return folder / "bin" / program

    return install
