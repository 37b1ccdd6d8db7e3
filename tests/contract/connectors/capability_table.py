"""Writes the table in `docs/connectors/README.md` from what the conformance suite ran and passed:

.venv/bin/python -m tests.contract.connectors.capability_table
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "connectors" / "README.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"

Table = dict[str, set[str]]
"""Capability to the connectors that have it."""


def connector_of(item: pytest.Item) -> str:
    return Path(item.path).stem.removeprefix("test_")


def capability_of(item: pytest.Item) -> str | None:
    """What a test is a proof of; None for one that is no part of the suite."""
    return getattr(getattr(item, "function", None), "capability", None)


class Ran:
    """A pytest plugin that keeps what passed. A capability holds when every test of it did."""

    def __init__(self) -> None:
        self._items: dict[str, pytest.Item] = {}
        self._passed: dict[tuple[str, str], list[bool]] = defaultdict(list)
        self.order: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if capability_of(item)]
        self._items = {item.nodeid: item for item in items}
        self.order = list(dict.fromkeys(capability for item in items if (capability := capability_of(item))))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            item = self._items[report.nodeid]
            self._passed[capability_of(item) or "", connector_of(item)].append(report.passed)

    def table(self) -> Table:
        held: Table = {capability: set() for capability in self.order}
        for (capability, connector), passed in self._passed.items():
            if all(passed):
                held[capability].add(connector)
        return held


def lines_of(table: Table) -> str:
    """The table as Markdown, a row for each capability, in alphabetical order."""
    connectors = sorted({connector for having in table.values() for connector in having})
    rows = [f"| | {' | '.join(f'[{name}]({name}.md)' for name in connectors)} |"]
    rows.append("| --- |" + " --- |" * len(connectors))
    for capability in sorted(table):
        cells = ["yes" if name in table[capability] else "–" for name in connectors]
        rows.append(f"| {capability} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def written() -> str:
    """The table that the page holds."""
    return PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]


def main() -> int:
    ran = Ran()
    arguments: list[Any] = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", str(HERE)]
    if pytest.main(arguments, plugins=[ran]) != 0:
        return 1
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + lines_of(ran.table()) + END + rest.split(END)[1], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
