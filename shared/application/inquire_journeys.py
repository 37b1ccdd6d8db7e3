"""Questions about journeys: measures and paths of a period, from the journeys that are kept. Reads only.

A journey belongs to the local day on which it was over: resolved, continued as another, or left for its idle limit.
One that is still active is counted where the period has not ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from shared.application.inquire_days import day_of, days_between
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_parts import check_parts
from shared.domain.journeys.drawing import diagram
from shared.domain.journeys.measures import measures_of
from shared.domain.journeys.model import UNKNOWN_TYPE, Journey
from shared.domain.journeys.rules import JourneyRules
from shared.domain.journeys.sankey import SMALLEST, By, sankey_of
from shared.domain.journeys.words import LANGUAGES
from shared.domain.moment import utc_text
from shared.ports.table import Table
from shared.store import keys
from shared.store.journeys import journey_in
from shared.store.paging import every_item

MAX_DAYS: Final = 92
MAX_JOURNEYS: Final = 30_000
"""Of one answer: about 13 MB read, and two seconds of CPU."""

PARTS: Final = frozenset({"from", "to", "type", "brand", "by", "language", "diagram"})


class TooManyJourneys(BadQuestion):
    """There are more than `MAX_JOURNEYS` on the days that were asked for, of all brands."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which journeys: over on one of these local days, both included; of a type, of a brand. `by`: what a node of the
    paths is. `is_drawn`: with the diagram as HTML."""

    since: date
    until: date
    type: str | None = None
    brand: str | None = None
    by: By = "channel"
    language: str = "es"
    is_drawn: bool = False


def wish_of(query: Mapping[str, str], today: date, rules: JourneyRules, brands: Mapping[str, str]) -> Wish:
    """What a query asks for; without days the 28 until today. Raises `BadQuestion`, which names the parameter."""
    check_parts(query, PARTS)
    until = day_of(query, "to", today)
    since = day_of(query, "from", until - timedelta(days=27))
    if until < since:
        raise BadQuestion(f"to: {until} lies before from, {since}")
    if (until - since).days >= MAX_DAYS:
        raise BadQuestion(f"from: at most {MAX_DAYS} days to {until}, the last one")
    types = (*(one.name for one in rules.types), UNKNOWN_TYPE)
    by = _one_of(query, "by", get_args(By)) or "channel"
    return Wish(
        since,
        until,
        _one_of(query, "type", types),
        _one_of(query, "brand", tuple(brands)),
        "stage" if by == "stage" else "channel",
        _one_of(query, "language", LANGUAGES) or LANGUAGES[0],
        _one_of(query, "diagram", ("true", "false")) == "true",
    )


def _one_of(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    text = query.get(name)
    if text is not None and text not in known:
        raise BadQuestion(f"{name}: one of {', '.join(known)}")
    return text


def journeys(
    table: Table, wish: Wish, rules: JourneyRules, brands: Mapping[str, str], as_of: datetime
) -> dict[str, Any]:
    """Measures and paths of these journeys. `brands`: the time zone of each.

    `revision` counts how often days of the period were changed after they were settled, `restated_at` says when last.
    Links of fewer than five journeys are folded; transitions and links of stages left out and counted. 1 RCU for each
    4 KB of journeys (about nine), at least 1 for each day, and for each day ahead that active journeys may lie on.
    Raises `TooManyJourneys`.
    """
    found = [one for one in _kept(table, wish, rules, brands, as_of) if _is_wanted(one, wish)]
    drawn = sankey_of(found, as_of, wish.by)
    revision, restated_at = _revision(table, wish)
    filters = {"type": wish.type, "brand": wish.brand, "by": wish.by}
    return {
        "from": wish.since.isoformat(),
        "to": wish.until.isoformat(),
        "filters": {name: value for name, value in filters.items() if value},
        "as_of": utc_text(as_of),
        "revision": revision,
        "restated_at": restated_at,
        **drawn.dump(wish.language),
        "measures": measures_of(found, as_of, rules).dump(SMALLEST),
        **({"diagram": diagram(drawn, wish.language)} if wish.is_drawn else {}),
    }


def _is_wanted(journey: Journey, wish: Wish) -> bool:
    return wish.type in (None, journey.type) and wish.brand in (None, journey.brand)


def _kept(
    table: Table, wish: Wish, rules: JourneyRules, brands: Mapping[str, str], as_of: datetime
) -> Iterator[Journey]:
    """Journeys that are over within the period, and, where it has not ended, those that are active."""
    last = wish.until
    # The brand whose day ends last decides whether the period has ended.
    today = min((as_of.astimezone(ZoneInfo(zone)).date() for zone in brands.values()), default=as_of.date())
    if wish.until >= today:
        last = max(last, (as_of + rules.longest).date() + timedelta(days=1))
    read = 0
    for day in days_between(wish.since, last):
        for journey in _of_day(table, day):
            is_over = journey.outcome(as_of) != "active"
            if is_over and day > wish.until:
                continue
            read += 1
            if read > MAX_JOURNEYS:
                raise TooManyJourneys(f"from: more than {MAX_JOURNEYS} journeys, ask for fewer days")
            yield journey


def _of_day(table: Table, day: date) -> Iterator[Journey]:
    return map(journey_in, every_item(table, keys.journey(day.isoformat(), "", "")[0], keys.JOURNEYS))


def _revision(table: Table, wish: Wish) -> tuple[int, str | None]:
    """1 RCU for each day."""
    number, latest = 0, None
    for day in days_between(wish.since, wish.until):
        item = table.get(keys.journeys_restated(day.isoformat())).item
        if item is not None:
            number += int(item["revision"])
            latest = max(latest or "", item["restated_at"])
    return number, latest


def now_of(seconds: float) -> datetime:
    """An instant of our clock."""
    return datetime.fromtimestamp(int(seconds), UTC)
