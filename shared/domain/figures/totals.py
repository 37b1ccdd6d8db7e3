"""What facts add up to: counters and distributions, by cell. A change of figures has the same shape, with minus signs.

Adding and taking away are exact inverses, and the order does not matter: what a case contributes can be replaced by
adding the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import NamedTuple, TypeVar

from shared.domain.figures.metrics import METRICS
from shared.domain.figures.model import UNKNOWN, Fact
from shared.domain.figures.sketch import bucket_of

_Key = TypeVar("_Key", int, str)


class Cell(NamedTuple):
    """By what figures are stored: the smallest part that can be asked for. `day` and `hour` are the brand's own."""

    brand: str
    day: date
    hour: int
    channel: str = UNKNOWN
    team: str = UNKNOWN
    agent: str = UNKNOWN


@dataclass(slots=True)
class Distribution:
    """How many durations, their sum in seconds, and the sketch of them. Counts of zero vanish."""

    n: int = 0
    total: int = 0
    buckets: dict[int, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing was added, or all of it was taken away again."""
        return not (self.n or self.total or self.buckets)

    def put(self, seconds: int, times: int = 1) -> None:
        """`times` more of this duration; fewer where it is below zero."""
        self.n += times
        self.total += times * seconds
        _count(self.buckets, bucket_of(seconds), times)

    def merge(self, other: Distribution, times: int = 1) -> None:
        """With the other's counts added; taken away with `times` −1."""
        self.n += times * other.n
        self.total += times * other.total
        for bucket, count in other.buckets.items():
            _count(self.buckets, bucket, times * count)


@dataclass(slots=True)
class Totals:
    """Sums by metric. What has come to nothing is not held, so that equal figures are equal objects."""

    counters: dict[str, int] = field(default_factory=dict)
    distributions: dict[str, Distribution] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """No metric has anything."""
        return not (self.counters or self.distributions)

    def only(self, metrics: Collection[str]) -> Totals:
        """What of it is of these metrics, in the same objects."""
        return Totals(
            {name: amount for name, amount in self.counters.items() if name in metrics},
            {name: held for name, held in self.distributions.items() if name in metrics},
        )

    def add(self, fact: Fact) -> None:
        """With one fact more. Raises KeyError for a metric that nobody has named."""
        self._put(fact, 1)

    def subtract(self, fact: Fact) -> None:
        """With one fact less."""
        self._put(fact, -1)

    def merge(self, other: Totals, times: int = 1) -> None:
        """With all of the other's added; taken away with `times` −1."""
        for metric, amount in other.counters.items():
            _count(self.counters, metric, times * amount)
        for metric, distribution in other.distributions.items():
            self._distribution(metric).merge(distribution, times)
            self._drop_empty(metric)

    def _put(self, fact: Fact, times: int) -> None:
        if METRICS[fact.metric].metric_class == "counter":
            _count(self.counters, fact.metric, times * fact.amount)
            return
        self._distribution(fact.metric).put(fact.amount, times)
        self._drop_empty(fact.metric)

    def _distribution(self, metric: str) -> Distribution:
        return self.distributions.setdefault(metric, Distribution())

    def _drop_empty(self, metric: str) -> None:
        if self.distributions[metric].is_empty:
            del self.distributions[metric]


Cells = dict[Cell, Totals]
"""Figures by cell. A cell whose totals are empty is not held."""


def cell_of(fact: Fact, zone_of_brand: Callable[[str], tzinfo]) -> Cell:
    """Where a fact counts: by the local day and hour of its instant, in its brand's zone."""
    by = fact.dimensions
    local = fact.at.astimezone(zone_of_brand(by.brand))
    return Cell(by.brand, local.date(), local.hour, by.channel, by.team, by.agent)


def cells_of(facts: Iterable[Fact], zone_of_brand: Callable[[str], tzinfo]) -> Cells:
    """What facts add up to, by cell."""
    cells: Cells = {}
    for fact in facts:
        cells.setdefault(cell_of(fact, zone_of_brand), Totals()).add(fact)
    return {cell: totals for cell, totals in cells.items() if not totals.is_empty}


def merge_into(cells: Cells, others: Mapping[Cell, Totals], times: int = 1) -> None:
    """Add the others, cell by cell, to the first; take them away with `times` −1."""
    for cell, totals in others.items():
        mine = cells.setdefault(cell, Totals())
        mine.merge(totals, times)
        if mine.is_empty:
            del cells[cell]


def _count(counts: dict[_Key, int], key: _Key, times: int) -> None:
    now = counts.get(key, 0) + times
    if now:
        counts[key] = now
    else:
        counts.pop(key, None)
