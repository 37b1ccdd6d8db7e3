"""A review from what was counted: of a day against the same weekday of four weeks, a week against four. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

from shared.domain.figures.definitions import DEFINITIONS
from shared.domain.figures.figure import SHARES, ratio
from shared.domain.figures.figures import figure_of
from shared.domain.figures.grouping import SLOTS, slot_of
from shared.domain.figures.maturity import WINDOWS
from shared.domain.figures.rules import Limits
from shared.domain.figures.totals import Cells, Totals
from shared.domain.reviews.model import Correction, Kind, Language, Line, Review, Stage, Volume

WEEKS: Final = 4
"""Before the period, whose median is what is usual."""

DAYS: Final[Mapping[Kind, int]] = {"daily": 1, "weekly": 7}

DAILY: Final = (
    ("contacts_offered", "value"),
    ("frt_human_business", "p50"),
    ("frt_human_business", "p90"),
    ("frt_unanswered", "value"),
    ("sla_first_response", "value"),
    ("sla_next_response", "value"),
    ("sla_resolution", "value"),
    ("cases_resolved", "value"),
    ("backlog_entered", "value"),
    ("backlog_left", "value"),
    ("chat_abandonment", "value"),
    ("abandonment", "value"),
    ("asa", "value"),
)
WEEKLY: Final = (
    ("contacts_handled", "value"),
    ("fcr", "value"),
    ("fcr_repeat_contact", "value"),
    ("reopen_rate", "value"),
    ("csat", "value"),
    ("csat_mean", "value"),
    ("nps", "value"),
    ("ces_mean", "value"),
    ("survey_response", "value"),
    ("containment", "value"),
    ("containment_verified", "value"),
)
LINES: Final[Mapping[Kind, tuple[tuple[str, str], ...]]] = {"daily": DAILY, "weekly": WEEKLY}

BACKLOG: Final = "backlog"
COST: Final = "cost_per_contact"
"""Figures that a review alone has."""

BACKLOG_DAYS: Final = 92
"""Of which pending cases are counted: those that became pending before are not."""

LEAST: Final = 5
"""Cases, contacts or answers behind a figure that has moved."""
POINTS: Final = 5.0
SHARE: Final = 0.25
"""How far from the usual a percentage, or any other figure, has moved."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which review. `last`: its last day. `mature`: the last mature day of figures that have one. `cost_cents`: what a
    week costs, where that is configured."""

    kind: Kind
    brand: str
    last: date
    language: Language
    as_of: datetime
    mature: Mapping[str, date]
    cost_cents: int | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def first(self) -> date:
        return self.last - timedelta(days=DAYS[self.kind] - 1)

    @property
    def earliest(self) -> date:
        """The first day that is read."""
        return min([self.last, *self.mature.values()]) - timedelta(days=7 * WEEKS + DAYS[self.kind] - 1)


def review_of(
    asked: Asked,
    cells: Cells,
    backlog: Mapping[date, int],
    corrections: tuple[Correction, ...] = (),
    topics: tuple[tuple[str, int], ...] = (),
    stages: tuple[Stage, ...] = (),
) -> Review:
    """The review. `cells`: of its brand, from `asked.earliest` on, and of some day before where there was a hub by
    then. `backlog`: cases pending at the end of a day."""
    by_day = _by_day(cells)
    begun = min([*by_day, *backlog], default=asked.last)
    lines = [_line(asked, by_day, begun, figure, part) for figure, part in LINES[asked.kind]]
    if backlog:
        lines.append(_backlog(asked, backlog))
    if asked.kind == "weekly" and asked.cost_cents is not None:
        lines.append(_cost(asked, asked.cost_cents, by_day, begun))
    volumes = tuple(_volumes(asked, cells, begun)) if asked.kind == "daily" else ()
    return Review(
        asked.kind, asked.brand, asked.first, asked.last, asked.language, asked.as_of,
        tuple(lines), volumes, corrections, topics, stages, asked.limits,
    )  # fmt: skip


def backlog_at(cells: Cells, days: Iterator[date]) -> dict[date, int]:
    """How many cases are pending at the end of each day: of those that became pending within `BACKLOG_DAYS`."""
    net: dict[date, int] = {}
    for cell, totals in cells.items():
        change = totals.counters.get("backlog_entered", 0) - totals.counters.get("backlog_left", 0)
        net[cell.day] = net.get(cell.day, 0) + change
    return {day: max(0, sum(net.get(day - timedelta(days=back), 0) for back in range(BACKLOG_DAYS))) for day in days}


def periods(asked: Asked, last: date) -> list[tuple[date, date]]:
    """The period that ends on a day, and the four before it."""
    length = timedelta(days=DAYS[asked.kind] - 1)
    ends = [last - timedelta(days=7 * back) for back in range(WEEKS + 1)]
    return [(end - length, end) for end in ends]


def _by_day(cells: Cells) -> dict[date, Totals]:
    found: dict[date, Totals] = {}
    for cell, totals in cells.items():
        found.setdefault(cell.day, Totals()).merge(totals)
    return found


def _between(by_day: Mapping[date, Totals], first: date, last: date) -> Totals:
    merged = Totals()
    for day, totals in by_day.items():
        if first <= day <= last:
            merged.merge(totals)
    return merged


def _line(asked: Asked, by_day: Mapping[date, Totals], begun: date, figure: str, part: str) -> Line:
    """A figure that matures is of the latest period whose days are mature, in a weekly review. `begun`: the first day
    of which anything is known. A later period without data was quiet: its counts are zeros, which are part of what is
    usual; before that day there was no hub, and half a week of one is no week to compare with."""
    last = min(asked.last, asked.mature.get(figure, asked.last)) if figure in WINDOWS else asked.last
    now, *before = periods(asked, last)
    of = DEFINITIONS[figure]
    made = figure_of(of, _between(by_day, *now))
    earlier = [figure_of(of, _between(by_day, *one)) for one in before if begun <= one[0]]
    value = made.value if part == "value" else made.percentiles[part]
    values = [one.value if part == "value" else one.percentiles[part] for one in earlier]
    usual = _median([one for one in values if one is not None])
    greyed = made.is_uncertain
    behind = max(made.n, round(usual or 0)) if of.form == "count" else made.n
    moved = not greyed and behind >= LEAST and _has_moved(value, usual, is_percent=of.unit in SHARES)
    return Line(figure, part, of.unit, value, made.n, usual, greyed, moved, last if last != asked.last else None)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _has_moved(value: float | None, usual: float | None, *, is_percent: bool) -> bool:
    if value is None or usual is None:
        return False
    if is_percent:
        return abs(value - usual) >= POINTS
    return abs(value - usual) >= SHARE * abs(usual) and value != usual


def _backlog(asked: Asked, backlog: Mapping[date, int]) -> Line:
    number = backlog.get(asked.last, 0)
    before = [float(backlog[end]) for _, end in periods(asked, asked.last)[1:] if end in backlog]
    usual = _median(before)
    moved = max(number, usual or 0) >= LEAST and _has_moved(float(number), usual, is_percent=False)
    return Line(BACKLOG, "value", "count", float(number), number, usual, has_moved=moved)


def _cost(asked: Asked, cents: int, by_day: Mapping[date, Totals], begun: date) -> Line:
    def of(first: date, last: date) -> tuple[float | None, int]:
        handled = _between(by_day, first, last).counters.get("contacts_handled", 0)
        return ratio(cents, handled, "cents"), handled

    now, *before = periods(asked, asked.last)
    value, n = of(*now)
    usual = _median([one for one, _ in (of(*period) for period in before if begun <= period[0]) if one is not None])
    moved = n >= LEAST and _has_moved(value, usual, is_percent=False)
    return Line(COST, "value", "cents", value, n, usual, has_moved=moved)


def _volumes(asked: Asked, cells: Cells, begun: date) -> Iterator[Volume]:
    counts: dict[tuple[date, str, str], int] = {}
    for cell, totals in cells.items():
        key = cell.day, cell.channel, slot_of(cell.hour)
        counts[key] = counts.get(key, 0) + totals.counters.get("contacts_offered", 0)
    before = [end for _, end in periods(asked, asked.last)[1:] if begun <= end]
    days = {asked.last, *before}
    for channel in sorted({channel for (day, channel, _), count in counts.items() if count and day in days}):
        yield Volume(
            channel,
            tuple(
                (
                    counts.get((asked.last, channel, slot), 0),
                    _median([float(counts.get((day, channel, slot), 0)) for day in before]),
                )
                for slot in SLOTS
            ),
        )
