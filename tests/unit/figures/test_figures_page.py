"""docs/figures.md says of every figure and fact what the code says, and its configuration is the defaults."""

from __future__ import annotations

import re

import pytest

from shared.configuration import parse
from shared.configuration.kpi import DURATIONS, LATER
from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.metrics import METRICS
from shared.domain.figures.rules import Limits
from shared.domain.figures.vocabulary import TYPES
from tests.unit.figures.figures_page import HEADS, PAGE, table, written

BRAND = "brands:\n- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"


@pytest.mark.parametrize("name", HEADS)
def test_the_tables_are_level_with_the_code(name: str) -> None:
    assert written(name) == table(name), "write them anew: .venv/bin/python -m tests.unit.figures.figures_page"


def test_every_fact_is_part_of_a_figure_and_no_figure_is_of_nothing() -> None:
    used = {metric for one in DEFINITIONS.values() for metric, _ in one.over}
    used |= {term.removeprefix("-") for one in DEFINITIONS.values() for term in one.under}
    assert used == set(METRICS)


def test_every_definition_is_in_both_languages() -> None:
    for one in (*DEFINITIONS.values(), *METRICS.values()):
        assert one.en
        assert one.es
        assert one.en != one.es
        assert "|" not in one.en + one.es


def test_every_type_of_event_is_listed() -> None:
    listed = set(re.findall(r"`([a-z]+\.[a-z_]+)`", PAGE.read_text("utf-8").split("## Events")[1]))
    assert TYPES - {"journey.stage_entered", "journey.stage_left"} <= listed


def test_the_configuration_shown_is_the_defaults() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    limits = parse(BRAND + example, "hub.yaml", {}).kpi
    assert limits == Limits(later_topics=frozenset({"visit"}))
    assert all(f"{key}:" in example for key in (*DURATIONS, LATER))
