"""Variables and names that the template gives and the code takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

Resources = dict[str, dict[str, Any]]

READ = re.compile(r'environ(?:\.get\(|\[)\s*"([A-Z_]+)"')
THE_RUNTIMES_OWN = re.compile(r"AWS_")
FUNCTION_FOLDERS = sorted(path.parent.name for path in Path(__file__).parents[2].glob("functions/*/app.py"))


def sources(root: Path) -> Iterator[str]:
    for folder in ("functions", "shared"):
        for path in (root / folder).rglob("*.py"):
            yield path.read_text(encoding="utf-8")


def given(functions: Resources) -> set[str]:
    return {name for function in functions.values() for name in function["Properties"]["Environment"]["Variables"]}


def test_every_variable_the_code_reads_is_given_and_every_one_given_is_read(functions: Resources, root: Path) -> None:
    read = {name for source in sources(root) for name in READ.findall(source) if not THE_RUNTIMES_OWN.match(name)}
    queue_addresses = {name for name in given(functions) if name.endswith("_QUEUE_URL")}
    assert given(functions) == read | queue_addresses
    assert queue_addresses == {
        f"{queue}_QUEUE_URL" for queue in ("INBOUND", "SYNC", "TOOLS", "MAIL", "OUTBOUND", "MEDIA")
    }


def test_every_queue_address_is_that_of_the_queue_of_its_name(functions: Resources, template: dict[str, Any]) -> None:
    for function in functions.values():
        for name, value in function["Properties"]["Environment"]["Variables"].items():
            if name.endswith("_QUEUE_URL"):
                queue = template["Resources"][value["Ref"]]["Properties"]
                end = ".fifo" if queue.get("FifoQueue") else ""
                assert (
                    queue["QueueName"]["Fn::Sub"] == f"hilo-${{Stage}}-{name.removesuffix('_QUEUE_URL').lower()}{end}"
                )


@pytest.mark.parametrize("folder", FUNCTION_FOLDERS)
def test_every_handler_can_be_called(folder: str) -> None:
    assert callable(import_module(f"functions.{folder}.app").handler)
