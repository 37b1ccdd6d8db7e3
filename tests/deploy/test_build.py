"""What `sam build` makes: it builds without containers, is the same each time, and its handlers import as deployed.

The build is for this machine's architecture, so that the handlers can be imported here.
"""

from __future__ import annotations

import filecmp
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from shared.bootstrap import CHANNELS, CONNECTORS, MEDIA, WAYS_OUT

pytestmark = pytest.mark.peers

Resources = dict[str, dict[str, Any]]

IN_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
"""What Lambda's Python has beside the standard library."""
MOST_A_FUNCTION_CAN_CARRY = 250 * 1024 * 1024
DEPENDENCIES_BUDGET = 40 * 1024 * 1024
SHARED_BUDGET = 3 * 1024 * 1024
WORK_BUDGET = 3 * 1024 * 1024
LAYERS = ("DependenciesLayer", "SharedLayer", "WorkLayer")

IMPORT = """
import importlib, os, sys
handler = importlib.import_module(sys.argv[1]).handler
assert callable(handler), "the handler cannot be called"
for name in sys.argv[2:]:
    importlib.import_module(name)
opt = os.environ["PYTHONPATH"].partition(os.pathsep)[0]
modules = [m for m in list(sys.modules.values()) if (getattr(m, "__file__", None) or "").startswith(opt)]
slow = [m.__name__ for m in modules if m.__file__.endswith(".py") and not os.path.exists(m.__cached__)]
assert modules and not slow, f"compiled at every cold start: {slow}"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
USED_WHEN_CALLED = ("shared.aws.files", "shared.aws.metrics", "shared.aws.queues", "shared.aws.secrets")
"""What the webhook makes its ports of."""

ENCRYPTION = "cryptography.hazmat.primitives.ciphers.aead"
"""Compiled for the platform, and imported by the API only when it is needed."""


@dataclass(frozen=True)
class Built:
    folder: Path
    python: Path

    def layer(self, name: str) -> Path:
        return self.folder / name / "python"

    def opt(self, layers: list[str]) -> Path:
        """Layers as Lambda lays them out: one over the other, in one folder."""
        folder = self.folder.parent / "+".join(layers)
        if not folder.exists():
            for layer in layers:
                shutil.copytree(self.layer(layer), folder, dirs_exist_ok=True, copy_function=os.link)
        return folder


Build = Callable[[str], Built]


@pytest.fixture(scope="module")
def build(
    root: Path, lambda_python: Path, tool: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Build:
    here = "x86_64" if platform.machine() in ("x86_64", "AMD64") else "arm64"
    wheels = "manylinux2014_x86_64" if here == "x86_64" else "manylinux2014_aarch64"
    tool("sam", "sam")

    source = tmp_path_factory.mktemp("source")  # once, so that all builds are of the same files
    for name in ("functions", "shared", "requirements", "config"):
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    adapted = source / "template.yaml"
    adapted.write_text((root / "template.yaml").read_text().replace("arm64", here))

    def run(name: str) -> Built:
        place = tmp_path_factory.mktemp(name)
        environment = os.environ | {"HILO_LAYER_PLATFORM": wheels}
        folder = place / "built"
        options = ["-t", str(adapted), "--base-dir", str(source), "--build-dir", str(folder), "--no-cached"]
        command = [str(root / "tests/deploy/build"), *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return Built(folder, lambda_python)

    return run


@pytest.fixture(scope="module")
def built(build: Build) -> Built:
    return build("once")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Lambda's own Python has, and nothing else of what this machine has."""
    folder = tmp_path_factory.mktemp("runtime")
    installed = Path(boto3.__file__).parents[1]
    for name in IN_THE_RUNTIME:
        (folder / name).symlink_to(installed / name)
    return folder


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def differences(one: Path, other: Path) -> list[str]:
    files = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    others = {path.relative_to(other) for path in other.rglob("*") if path.is_file()}
    odd = {path for path in files & others if not filecmp.cmp(one / path, other / path, shallow=False)}
    return sorted(str(path) for path in odd | (files ^ others))


def test_sam_finds_the_template_valid(root: Path, tool: Callable[[str, str], Path]) -> None:
    command = [str(tool("sam", "sam")), "validate", "--lint", "-t", "template.yaml", "--region", "us-east-1"]
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def imported(built: Built, runtime: Path, name: str, function: dict[str, Any], *more: str) -> set[str]:
    """The packages loaded by importing a handler as Lambda does: the working folder is the built function, on the
    path are its own layers, then what the runtime has."""
    properties = function["Properties"]
    opt = built.opt([layer["Ref"] for layer in properties["Layers"] if layer["Ref"] in LAYERS])
    done = subprocess.run(
        [str(built.python), "-S", "-c", IMPORT, properties["Handler"].removesuffix(".handler"), *more],
        cwd=built.folder / name,
        env={"PYTHONPATH": os.pathsep.join(map(str, [opt, runtime]))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{name}: {done.stderr}"
    return set(done.stdout.split())


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers' wheels are for Linux, as Lambda is")


@only_linux
def test_every_handler_imports_as_deployed(built: Built, functions: Resources, runtime: Path) -> None:
    for name, function in functions.items():
        assert "shared" in imported(built, runtime, name, function)


HOOKS = ("shared.aws.lookup", "shared.connectors.generic_webhook.hook", "shared.connectors.request_tracker.hook")
"""What the tools' webhook imports by their names."""


@only_linux
@pytest.mark.parametrize(("name", "more"), [("WhatsappWebhook", ()), ("SocialIngest", ()), ("HelpdeskWebhook", HOOKS)])
def test_a_webhook_needs_the_standard_library_alone(
    built: Built, functions: Resources, runtime: Path, lambda_python: Path, name: str, more: tuple[str, ...]
) -> None:
    command = [str(lambda_python), "-c", "import sys; print(*sys.stdlib_module_names)"]
    standard = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    found = imported(built, runtime, name, functions[name], *USED_WHEN_CALLED, *more)
    assert found - set(standard) == {"functions", "shared", "__main__"} - set(standard)


@only_linux
def test_the_api_carries_what_encrypts_national_ids(built: Built, functions: Resources, runtime: Path) -> None:
    assert ENCRYPTION.partition(".")[0] in imported(built, runtime, "Api", functions["Api"], ENCRYPTION)


BY_NAME = (*CHANNELS.values(), *WAYS_OUT.values(), *MEDIA.values(), *CONNECTORS.values(), "selectolax.lexbor", "nh3")
"""What is imported only when it is needed, by its name."""


@only_linux
@pytest.mark.parametrize("name", ["Intake", "OutboundDispatch", "FetchMedia", "Api"])
def test_what_is_imported_later_is_in_the_layers(built: Built, functions: Resources, runtime: Path, name: str) -> None:
    assert {"shared", "nh3"} <= imported(built, runtime, name, functions[name], *BY_NAME)


def test_a_function_holds_its_own_folder_alone(built: Built, functions: Resources) -> None:
    for name, function in functions.items():
        files = [path.relative_to(built.folder / name) for path in (built.folder / name).rglob("*") if path.is_file()]
        own = Path(function["Properties"]["CodeUri"])
        assert files, name
        assert all(own in path.parents for path in files), name


def test_layers_stay_small(built: Built) -> None:
    assert size(built.layer("DependenciesLayer")) < DEPENDENCIES_BUDGET
    assert size(built.layer("SharedLayer")) < SHARED_BUDGET
    assert size(built.layer("WorkLayer")) < WORK_BUDGET
    assert size(built.folder) < MOST_A_FUNCTION_CAN_CARRY
    assert not (built.layer("DependenciesLayer") / "boto3").exists(), "the runtime has it"


def test_two_layers_hold_our_code_and_share_no_file(root: Path, built: Built) -> None:
    parts = [built.layer(layer) / "shared" for layer in ("SharedLayer", "WorkLayer")]
    held = [path.relative_to(part) for part in parts for path in part.rglob("*.py")]
    ours = root / "shared"
    assert sorted(held) == sorted(path.relative_to(ours) for path in ours.rglob("*.py"))


def test_the_same_commit_builds_the_same_layers(built: Built, build: Build) -> None:
    again = build("again")
    for layer in LAYERS:
        assert differences(built.layer(layer), again.layer(layer)) == []


def test_layers_hold_compiled_code_that_runs_from_opt(built: Built) -> None:
    for layer in LAYERS:
        folder = built.layer(layer)
        sources = list(folder.rglob("*.py"))
        assert sources
        for source in sources:
            compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
            assert compiled.exists(), source
            content = compiled.read_bytes()
            assert content[4:8] == b"\x01\x00\x00\x00", f"{source}: a hash that nobody checks"
            assert f"/opt/python/{source.relative_to(folder)}".encode() in content
