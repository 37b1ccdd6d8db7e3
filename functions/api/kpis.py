"""Figures over the API: every figure of a period as JSON or CSV, and the cases behind one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from functions.api.answers import Answer, data
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_kpi_cases import cases_behind, cases_wish_of
from shared.application.inquire_kpis import kpis, wish_of
from shared.application.inquire_paging import limit_of
from shared.application.kpis_csv import CONTENT_TYPE, csv_of

if TYPE_CHECKING:
    from shared.application.figures_of_case import Making
    from shared.configuration import Config
    from shared.ports.surroundings import Clock
    from shared.ports.table import Table

CASES_S: Final = 12.0
"""Seconds that one page of cases may take, of the 20 that the function has."""

FIGURES_S: Final = 15.0
"""The same of figures: who asks for more is told to ask for less, not left without an answer."""

MOST_CASES: Final = 200


def shown(table: Table, config: Config, making: Making, query: Mapping[str, str], clock: Clock) -> Answer:
    """`?from=&to=&by=channel,hour&figure=&brand=&channel=&team=&agent=&lang=&format=csv`. Raises `BadQuestion`."""
    now = _now(clock)
    wish = wish_of(query, _today(config, now), _brands(config))
    form = query.get("format", "json")
    if form not in ("json", "csv"):
        raise BadQuestion("format: json or csv")
    end = clock() + FIGURES_S
    told = kpis(table, wish, making.rules, now, lambda: clock() < end)
    if form == "json":
        return data(told)
    headers = {
        "content-type": CONTENT_TYPE,
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="kpis-{told["from"]}-{told["to"]}.csv"',
    }
    return Answer(200, csv_of(told).encode(), headers)


def outside(table: Table, config: Config, query: Mapping[str, str], clock: Clock) -> dict[str, Any]:
    """`?from=&to=&brand=&lang=`: figures with the numbers that are configured. Raises `BadQuestion`."""
    from shared.application import inquire_outside

    wish = inquire_outside.outside_wish_of(query, _today(config, _now(clock)), _brands(config))
    end = clock() + FIGURES_S
    return inquire_outside.outside(table, wish, config.outside_numbers, lambda: clock() < end)


def cases(table: Table, config: Config, making: Making, query: Mapping[str, str], clock: Clock) -> dict[str, Any]:
    """`?figure=&from=&to=&brand=&channel=&team=&agent=&cursor=&limit=`. Raises `BadQuestion`."""
    wish = cases_wish_of(query, _today(config, _now(clock)), _brands(config))
    end = clock() + CASES_S
    return cases_behind(table, making, wish, limit_of(query, 50, MOST_CASES), lambda: clock() < end)


def _brands(config: Config) -> list[str]:
    return [brand.name for brand in config.brands]


def _now(clock: Clock) -> datetime:
    return datetime.fromtimestamp(int(clock()), UTC)


def _today(config: Config, now: datetime) -> date:
    """The first brand's."""
    return now.astimezone(ZoneInfo(config.brands[0].time_zone)).date()
