"""What a review is made of, read from the store. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.application import inquire_journeys
from shared.application.figures import counted
from shared.configuration import Config
from shared.configuration.kpi import rules_of
from shared.domain.figures.maturity import WINDOWS, mature_days
from shared.domain.figures.totals import Cells
from shared.domain.journeys.model import UNKNOWN_TYPE
from shared.domain.reviews.make import BACKLOG_DAYS, LINES, Asked, backlog_at, periods, review_of
from shared.domain.reviews.model import Correction, Kind, Language, Review, Stage
from shared.ports.table import Table
from shared.store import keys
from shared.store.journeys import journey_in
from shared.store.paging import every_item

TOPICS: Final = 5
AT_ONCE: Final = 14
"""Days whose figures are in memory at once."""

_KEPT: Final = frozenset({"backlog_entered", "backlog_left"})


@dataclass(frozen=True, slots=True)
class Reading:
    """Which review of which brand. `last`: its last day. `cost_cents`: of a week, where configured."""

    kind: Kind
    brand: str
    last: date
    language: Language
    cost_cents: int | None = None


def read_review(table: Table, config: Config, reading: Reading, now: datetime) -> Review:
    """The review as things stand. The cost of `counted` for the days of five weeks (of six where a weekly one begins
    with a quiet day) and, of a daily one, for those of the backlog; 1 RCU for each 4 KB of the days' journeys. A weekly
    one of more journeys than an answer may have goes without them, and says so. Raises KeyError for a brand that is not
    configured."""
    zone = ZoneInfo(config.brand(reading.brand).time_zone)
    figures = {figure for figure, _ in LINES[reading.kind] if figure in WINDOWS}
    limits = rules_of(config).limits
    mature = {name: day for name, day in mature_days(limits, [zone], now).items() if name in figures}
    asked = Asked(reading.kind, reading.brand, reading.last, reading.language, now, mature, reading.cost_cents, limits)
    cells: Cells = {}
    corrections: list[Correction] = []
    for first, last in _pieces(asked.earliest, asked.last):
        found = counted(table, first, last)
        cells |= _of_brand(found.cells, reading.brand)
        corrections += [
            Correction(day, one.revision, one.restated_at)
            for day, ones in found.restated.items()
            for one in ones
            if one.brand == reading.brand
        ]
    if reading.kind == "weekly":
        cells |= _before(table, asked, cells)
        try:
            stages = tuple(_stages(table, config, asked, now))
        except inquire_journeys.TooManyJourneys:
            review = review_of(asked, cells, {}, tuple(corrections))
            return replace(review, most_journeys=inquire_journeys.MAX_JOURNEYS)
        return review_of(asked, cells, {}, tuple(corrections), (), stages)
    backlog = _backlog(table, asked)
    return review_of(asked, cells, backlog, tuple(corrections), tuple(_topics(table, asked)))


def _before(table: Table, asked: Asked, cells: Cells) -> Cells:
    """The week before the first that is read, where that one begins with a quiet day: a shop that is closed then was
    there, a hub that is set up later in the week was not."""
    if any(cell.day == asked.earliest for cell in cells):
        return {}
    found = counted(table, asked.earliest - timedelta(days=7), asked.earliest - timedelta(days=1))
    return _of_brand(found.cells, asked.brand)


def _of_brand(cells: Cells, brand: str) -> Cells:
    return {cell: totals for cell, totals in cells.items() if cell.brand == brand}


def _pieces(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        until = min(last, first + timedelta(days=AT_ONCE - 1))
        yield first, until
        first = until + timedelta(days=1)


def _backlog(table: Table, asked: Asked) -> dict[date, int]:
    """Only what makes the backlog is kept of so many days."""
    ends = [end for _, end in periods(asked, asked.last)]
    cells: Cells = {}
    for first, last in _pieces(min(ends) - timedelta(days=BACKLOG_DAYS - 1), asked.last):
        for cell, totals in _of_brand(counted(table, first, last).cells, asked.brand).items():
            if _KEPT & totals.counters.keys():
                totals.distributions.clear()
                cells[cell] = totals
    if not cells:
        return {}
    known = min(cell.day for cell in cells)
    return backlog_at(cells, iter([end for end in ends if end >= known]))


def _topics(table: Table, asked: Asked) -> list[tuple[str, int]]:
    """Types of the journeys that were over on the day, the most frequent first; those without a type left out."""
    pk = keys.journey(asked.last.isoformat(), "", "")[0]
    found = (journey_in(item) for item in every_item(table, pk, keys.JOURNEYS))
    types = Counter(one.type for one in found if one.brand == asked.brand and one.type != UNKNOWN_TYPE)
    return sorted(types.items(), key=lambda one: (-one[1], one[0]))[:TOPICS]


def _stages(table: Table, config: Config, asked: Asked, now: datetime) -> Iterator[Stage]:
    wish = inquire_journeys.Wish(asked.first, asked.last, brand=asked.brand, language=asked.language)
    zones = {brand.name: brand.time_zone for brand in config.brands}
    told = inquire_journeys.journeys(table, wish, config.journeys, zones, now)
    for row in told["measures"]["stages"]:
        if row["entered"]:
            yield Stage(row["stage"], row["entered"], row["abandoned"], row["rate"]["percent"])
