"""Rest days of countries and towns: a reviewed table per year, not a calculation.

Libraries that compute holidays give both the civil date and the day that is taken off in its place; here stand the days
off alone. A holiday that was moved leaves its civil date an ordinary day. What no source settles is left out and said
(`doubts`); a year that is not in a table is not covered, which is said too, and never means "no holidays".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off. `civil`: the date that it stands for, where it was moved."""

    day: date
    name: str
    civil: date | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A day that may be off: `why` says what to look up. It counts as an ordinary day until it is configured."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class HolidayTable:
    """The days off of one place. `years`: those that are covered, each whole. `source`, `reviewed`: what they were
    taken from, and when."""

    code: str
    place: str
    source: str
    reviewed: date
    years: tuple[int, ...]
    days: tuple[Holiday, ...]
    doubts: tuple[Doubt, ...] = ()

    def between(self, start: date, stop: date) -> Iterator[Holiday]:
        """The days off from `start` until just before `stop`."""
        return (holiday for holiday in self.days if start <= holiday.day < stop)

    def uncovered(self, years: Iterable[int]) -> list[int]:
        """Those of some years that the table knows nothing of."""
        return [year for year in years if year not in self.years]


def _days(*rows: tuple[str, str] | tuple[str, str, str]) -> tuple[Holiday, ...]:
    return tuple(
        Holiday(date.fromisoformat(row[0]), row[1], date.fromisoformat(row[2]) if len(row) == 3 else None)
        for row in rows
    )


_ECUADOR: Final = HolidayTable(
    "ec",
    "Ecuador",
    "Ley de feriados (2016); calendario de feriados 2026-2030 of the Viceministerio de Turismo (2025-09-01)",
    date(2026, 11, 23),
    (2026, 2027),
    _days(
        ("2026-01-01", "Año Nuevo"),
        ("2026-02-16", "Lunes de Carnaval"),
        ("2026-02-17", "Martes de Carnaval"),
        ("2026-04-03", "Viernes Santo"),
        ("2026-05-01", "Día del Trabajo"),
        ("2026-05-25", "Batalla del Pichincha", "2026-05-24"),
        ("2026-08-10", "Primer Grito de Independencia"),
        ("2026-10-09", "Independencia de Guayaquil"),
        ("2026-11-02", "Día de los Difuntos"),
        ("2026-11-03", "Independencia de Cuenca"),
        ("2026-12-25", "Navidad"),
        ("2027-01-01", "Año Nuevo"),
        ("2027-02-08", "Lunes de Carnaval"),
        ("2027-02-09", "Martes de Carnaval"),
        ("2027-03-26", "Viernes Santo"),
        ("2027-04-30", "Día del Trabajo", "2027-05-01"),
        ("2027-05-24", "Batalla del Pichincha"),
        ("2027-08-09", "Primer Grito de Independencia", "2027-08-10"),
        ("2027-10-08", "Independencia de Guayaquil", "2027-10-09"),
        ("2027-11-01", "Independencia de Cuenca", "2027-11-03"),
        ("2027-11-02", "Día de los Difuntos"),
        ("2027-12-25", "Navidad"),
    ),
    (
        Doubt(date(2026, 1, 2), "a decree gave it as a bridge that was made up for: close it if you did not work"),
        Doubt(date(2027, 12, 24), "Christmas is a Saturday, sources disagree on the Friday: see the official calendar"),
    ),
)

_QUITO: Final = HolidayTable(
    "ec-quito",
    "Quito",
    "Ley de feriados (2016): 6 December, moved to Monday from a Sunday",
    date(2026, 11, 23),
    (2026, 2027),
    _days(("2026-12-07", "Fundación de Quito", "2026-12-06"), ("2027-12-06", "Fundación de Quito")),
)

TABLES: Final[Mapping[str, HolidayTable]] = {table.code: table for table in (_ECUADOR, _QUITO)}
"""The tables that come with the hub, by code. Other places' days are configured."""
