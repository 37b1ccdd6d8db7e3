"""Cases told in a few lines, and the golden data set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.configuration import load
from shared.configuration.kpi import rules_of
from shared.domain.figures.batch import histories_of
from shared.domain.figures.compute import Computed, computed
from shared.domain.figures.figure import Figure
from shared.domain.figures.figures import figures_of
from shared.domain.figures.reading import read_lines
from shared.domain.figures.rules import Limits, Rules

KPI = Path(__file__).parents[2] / "fixtures" / "kpi"
SNAPSHOT = datetime.fromisoformat("2026-11-20T18:00:00-05:00").astimezone(UTC)

Line = dict[str, Any]


def compute(lines: Iterable[Line], rules: Rules, as_of: datetime = SNAPSHOT) -> Computed:
    """Figures of lines as they would stand in a file."""
    reading = read_lines(json.dumps(line) for line in lines)
    return computed(histories_of(reading.told, "acme"), rules, as_of)


def figures(result: Computed, channels: str = "all") -> dict[str, Figure]:
    """Figures by name, of a group of channels or of one channel."""
    totals = {**result.by_channel, **result.totals}.get(channels)
    return {figure.name: figure for figure in figures_of(totals)} if totals else {}


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Calendar C and the golden set's targets."""
    return rules_of(load(str(KPI / "g1.yaml"), {}))


@pytest.fixture
def g1() -> list[Line]:
    """The golden data set, a line each."""
    return [json.loads(line) for line in (KPI / "g1.jsonl").read_text("utf-8").splitlines()]


class Told:
    """A case told line by line; times are local: `11-11 10:00[:00]`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.lines: list[Line] = []

    def __call__(self, at: str, type_: str, **more: Any) -> Told:
        day, _, clock = at.partition(" ")
        clock = clock if clock.count(":") == 2 else f"{clock}:00"
        line = {"id": f"e{len(self.lines)}", "case": "c", "customer": "p", "channel": "whatsapp", "type": type_}
        self.lines.append({**line, "occurred_at": f"2026-{day}T{clock}-05:00", **more})
        return self

    def asked(self, at: str, **more: Any) -> Told:
        return self(at, "message.in", **more)

    def answered(self, at: str, **more: Any) -> Told:
        return self(at, "message.out", **{"actor_type": "agent", "agent": "ana", **more})

    def state(self, at: str, state: str, **more: Any) -> Told:
        return self(at, "case.state_changed", state=state, **{"actor_type": "agent", "agent": "ana", **more})

    def limits(self, **changed: Any) -> Told:
        self.rules = replace(self.rules, limits=replace(self.rules.limits or Limits(), **changed))
        return self

    def computed(self, as_of: str = "12-31 00:00") -> Computed:
        day, _, clock = as_of.partition(" ")
        return compute(self.lines, self.rules, datetime.fromisoformat(f"2026-{day}T{clock}:00-05:00").astimezone(UTC))

    def facts(self, as_of: str = "12-31 00:00") -> dict[str, list[int]]:
        """Amounts of the facts of all cases, by metric."""
        found: dict[str, list[int]] = {}
        for facts in self.computed(as_of).facts.values():
            for fact in facts:
                found.setdefault(fact.metric, []).append(fact.amount)
        return {metric: sorted(amounts) for metric, amounts in found.items()}


@pytest.fixture
def told(rules: Rules) -> Told:
    return Told(rules)


Compute = Callable[..., Computed]


@pytest.fixture
def compute_lines(rules: Rules) -> Compute:
    """Figures of lines by the golden set's rules."""
    return lambda lines, as_of=SNAPSHOT: compute(lines, rules, as_of)


@pytest.fixture
def figures_by_name() -> Callable[..., dict[str, Figure]]:
    return figures
