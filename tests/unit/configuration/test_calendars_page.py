"""Each example of docs/calendars.md is a configuration that the hub takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.configuration import Config
from shared.domain.business_time.holidays import TABLES
from tests.unit.configuration.one_brand import BRAND

PAGE = (Path(__file__).parents[3] / "docs" / "calendars.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_right(parsed: Callable[[str], Config], example: str) -> None:
    levels = parsed(BRAND + example).service_levels
    assert levels.calendars
    assert bool(levels.policies) is ("sla:" in example)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4


def test_the_page_lists_every_table_with_its_years() -> None:
    for table in TABLES.values():
        assert f"| `{table.code}` |" in PAGE
        assert f"| {', '.join(map(str, table.years))} |" in PAGE
