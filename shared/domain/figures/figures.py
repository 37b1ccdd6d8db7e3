"""Totals to figures. The same for one hour of one agent and for a year: totals merge, figures never do."""

from __future__ import annotations

from shared.domain.figures.definitions import DEFINITIONS, MINUS, Definition
from shared.domain.figures.figure import PLACES, Figure, ratio, rounded
from shared.domain.figures.sketch import quantile
from shared.domain.figures.totals import Distribution, Totals

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
"""Of durations, by name."""


def figures_of(totals: Totals) -> list[Figure]:
    """Every figure that totals give, in the order of their definitions; empty ones with the value None."""
    return [figure_of(definition, totals) for definition in DEFINITIONS.values()]


def figure_of(definition: Definition, totals: Totals) -> Figure:
    """One figure."""
    if definition.form == "mean":
        return _mean(definition, totals)
    over = sum(weight * totals.counters.get(metric, 0) for metric, weight in definition.over)
    if definition.form == "count":
        return _made(definition, over, over, over, None)
    under = sum(_signed(term, totals) for term in definition.under)
    return _made(definition, ratio(over, under, definition.unit), under, over, under)


def _mean(definition: Definition, totals: Totals) -> Figure:
    found = Distribution()
    for metric, times in definition.over:
        found.merge(totals.distributions.get(metric, Distribution()), times)
    if not found.n:
        return _made(definition, None, 0, 0, 0, dict.fromkeys(PERCENTILES))
    percentiles = {name: _estimate(found.buckets, q) for name, q in PERCENTILES.items()}
    return _made(definition, ratio(found.total, found.n, "seconds"), found.n, found.total, found.n, percentiles)


def _estimate(buckets: dict[int, int], q: float) -> float | None:
    value = quantile(buckets, q)
    return None if value is None else rounded(value, PLACES["seconds"])


def _signed(term: str, totals: Totals) -> int:
    count = totals.counters.get(term.removeprefix(MINUS), 0)
    return -count if term.startswith(MINUS) else count


def _made(
    definition: Definition,
    value: float | None,
    n: int,
    numerator: int,
    denominator: int | None,
    percentiles: dict[str, float | None] | None = None,
) -> Figure:
    return Figure(
        definition.name,
        definition.family,
        definition.unit,
        value,
        n,
        numerator,
        denominator,
        {"en": definition.en, "es": definition.es},
        percentiles or {},
    )
