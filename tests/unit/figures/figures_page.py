"""Writes the tables of `docs/figures.md` from the definitions that the figures are made by:

.venv/bin/python -m tests.unit.figures.figures_page
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.metrics import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "figures.md"

HEADS = {
    "figures": ("figure", "unit", "what it means", "cómo se calcula"),
    "facts": ("fact", "kept as", "what one says", "qué dice"),
}


def table(name: str) -> str:
    """One of the page's tables, as Markdown."""
    rows: Iterable[tuple[str, ...]]
    if name == "figures":
        rows = ((f"`{one.name}`", one.unit, one.en, one.es) for one in DEFINITIONS.values())
    else:
        rows = ((f"`{one.name}`", f"{one.metric_class}, {one.unit}", one.en, one.es) for one in METRICS.values())
    head = HEADS[name]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"


def written(name: str) -> str:
    """The table that the page holds."""
    begin, end = _marks(name)
    return PAGE.read_text("utf-8").split(begin)[1].split(end)[0]


def main() -> int:
    for name in HEADS:
        begin, end = _marks(name)
        before, rest = PAGE.read_text("utf-8").split(begin)
        PAGE.write_text(before + begin + table(name) + end + rest.split(end)[1], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
