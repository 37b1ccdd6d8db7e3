"""Totals of cells by what people ask: days, hours, slots, channels and so on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from shared.domain.business_time.calendars import WEEKDAYS
from shared.domain.figures.definitions import Definition
from shared.domain.figures.model import UNKNOWN
from shared.domain.figures.totals import Cell, Totals

GROUPS: Final = ("day", "weekday", "slot", "hour", "brand", "channel", "team", "agent")
"""By what figures can be asked, in the order in which the parts of a group are told."""

SLOTS: Final = ("00-05", "06-11", "12-17", "18-23")
"""Slots of a day by their local hours, both included: madrugada, mañana, tarde, noche."""

FEWEST: Final = 5
"""Cases. What fewer say of one agent is not told: it would be about persons."""

_MONDAY: Final = date(2001, 1, 1)

_SALES: Final = "conversion_yes"
BEHIND: Final = frozenset({_SALES})
"""What `is_small` looks at beside the figure's own metrics."""

Part = str | int
Group = tuple[Part, ...]
"""The values of a group, in the order that was asked."""


def part_of(cell: Cell, part: str) -> Part:
    """One part of a cell. Raises AttributeError for what is none of `GROUPS`."""
    if part == "day":
        return cell.day.isoformat()
    if part == "weekday":
        return WEEKDAYS[cell.day.weekday()]
    if part == "slot":
        return slot_of(cell.hour)
    value: Part = getattr(cell, part)
    return value


def slot_of(hour: int) -> str:
    """The slot of a local hour."""
    return SLOTS[hour // 6]


def place_of(cell: Cell, by: Collection[str]) -> Cell:
    """The cell in which one is added up where only these parts are asked: what they leave out is the same for all."""
    day = cell.day if "day" in by else _MONDAY + timedelta(days=cell.day.weekday() if "weekday" in by else 0)
    hour = cell.hour if "hour" in by else cell.hour // 6 * 6 if "slot" in by else 0
    names = (getattr(cell, part) if part in by else UNKNOWN for part in ("channel", "team", "agent"))
    return Cell(cell.brand if "brand" in by else UNKNOWN, day, hour, *names)


def grouped(cells: Mapping[Cell, Totals], by: Iterable[str]) -> dict[Group, Totals]:
    """Merged totals by group, in order: days and hours as they pass, weekdays from Monday, names by letter."""
    parts = tuple(by)
    found: dict[Group, Totals] = {}
    for cell, totals in cells.items():
        found.setdefault(tuple(part_of(cell, part) for part in parts), Totals()).merge(totals)
    return dict(sorted(found.items(), key=lambda one: tuple(_order(value) for value in one[0])))


def _order(value: Part) -> tuple[int, str]:
    if isinstance(value, int):
        return value, ""
    return (WEEKDAYS.index(value), "") if value in WEEKDAYS else (0, value)


def is_small(definition: Definition, n: int, totals: Totals) -> bool:
    """Whether a figure rests on some cases, but on fewer than `FEWEST`. Of money: on so few sales."""
    behind = totals.counters.get(_SALES, 0) if definition.unit == "cents" else n
    is_any = bool(n) if definition.unit == "cents" else n > 0
    return is_any and behind < FEWEST
