"""Journeys over the API: measures and paths of a period, and deriving all of them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from functions.api.question import seconds_of
from shared.application import inquire_journeys
from shared.application.inquire_errors import BadQuestion
from shared.application.journeys_mark import mark_all

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.surroundings import Clock
    from shared.ports.table import Table

DERIVE_S: Final = 12.0
"""Seconds that one request may mark customers, of the 20 that the function has."""

_PARTS: Final = frozenset({"cursor", "seconds"})
_MAX_CURSOR: Final = 4096


def shown(table: Table, config: Config, query: Mapping[str, str], clock: Clock) -> dict[str, Any]:
    """`?from=&to=&type=&brand=&by=channel|stage&language=&diagram=true`. Raises `BadQuestion`."""
    zones = {brand.name: brand.time_zone for brand in config.brands}
    as_of = inquire_journeys.now_of(clock())
    today = as_of.astimezone(ZoneInfo(config.brands[0].time_zone)).date()
    wish = inquire_journeys.wish_of(query, today, config.journeys, zones)
    return inquire_journeys.journeys(table, wish, config.journeys, zones, as_of)


def marked(table: Table, asked: dict[str, Any], clock: Clock) -> dict[str, Any]:
    """`{"cursor"?, "seconds"?}`: put every customer on the clock. `next` is the cursor for the rest, None at the end.
    Raises `BadQuestion`."""
    if set(asked) - _PARTS:
        raise BadQuestion(f"body: only {', '.join(sorted(_PARTS))}")
    cursor = asked.get("cursor")
    if cursor is not None and not (isinstance(cursor, str) and 0 < len(cursor) <= _MAX_CURSOR):
        raise BadQuestion("cursor: not one that this list gave out")
    try:
        done = mark_all(table, cursor, clock, clock() + seconds_of(asked.get("seconds"), DERIVE_S))
    except ValueError as fault:
        raise BadQuestion("cursor: not one that this list gave out") from fault
    return {"marked": done.marked, "next": done.next}
