"""The cases behind a figure: those whose facts it is made of. Reads only.

Nothing is stored by figure and case. The cases are read, and what each contributes is computed again from its log, by
the code that counted it; so what is listed is what the figure is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from shared.application.figures_of_case import Making, as_of, history_of, read_log
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_kpis import FILTERS, days_of, only_of
from shared.application.inquire_parts import check_parts
from shared.domain.figures.definitions import DEFINITIONS, metrics_of
from shared.domain.figures.model import Fact
from shared.domain.figures.totals import cell_of
from shared.domain.moment import utc_text
from shared.ports.table import Item, Page, Table

PARTS: Final = frozenset({"figure", "from", "to", "cursor", "limit", *FILTERS})
SCANNED: Final = 200
"""Items read at once."""

AHEAD: Final = timedelta(days=1)
"""No zone is further ahead of or behind UTC: what began later has no facts in these days."""

_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class CasesWish:
    """Whose facts of these local days (both included) are made of `metrics`, in cells with these values."""

    metrics: frozenset[str]
    first: date
    last: date
    only: Mapping[str, str]
    cursor: str | None = None


def cases_wish_of(query: Mapping[str, str], today: date, brands: Iterable[str]) -> CasesWish:
    """What a query asks for. Raises `BadQuestion`, which names the parameter."""
    check_parts(query, PARTS)
    of = DEFINITIONS.get(query.get("figure", ""))
    if of is None:
        raise BadQuestion("figure: the name of one figure, as docs/figures.md has them")
    first, last = days_of(query, today)
    cursor = query.get("cursor")
    if cursor is not None and not 0 < len(cursor) <= _LONGEST:
        raise BadQuestion("cursor: not one that this list gave out")
    return CasesWish(metrics_of(of), first, last, only_of(query, brands), cursor)


def cases_behind(
    table: Table, making: Making, wish: CasesWish, limit: int, has_time: Callable[[], bool]
) -> dict[str, Any]:
    """The next cases, with the facts of theirs that count: by metric, how much, and since when.

    `limit`: after so many no further page of the table is read, so that a few more may come. 0.5 RCU for each 4 KB of
    the table that is read, and 1 for each 4 KB of the log of each case that was opened before the last day's end.
    """
    found: list[dict[str, Any]] = []
    after = wish.cursor
    while True:
        page = _scanned(table, after)
        found += _listed(table, making, wish, page.items)
        after = page.next
        if after is None or len(found) >= limit or not has_time():
            return {"cases": found, "next": after}


def _scanned(table: Table, after: str | None) -> Page:
    try:
        return table.scan(after=after, limit=SCANNED)
    except ValueError as wrong:
        raise BadQuestion("cursor: not one that this list gave out") from wrong


def _listed(table: Table, making: Making, wish: CasesWish, items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    end = utc_text(datetime.combine(wish.last, time(), UTC) + 2 * AHEAD)
    for item in items:
        if item["sk"] != "CASE" or item.get("imported") or str(item.get("opened_at", "")) > end:
            continue
        facts = [_told(fact) for fact in _facts(table, making, item) if _counts(fact, making, wish)]
        if facts:
            yield {"case": item["id"], "reference": item.get("reference"), "state": item["state"], "facts": facts}


def _facts(table: Table, making: Making, case: Item) -> list[Fact]:
    history = history_of(case, read_log(table, case))
    if not history.events:
        return []
    return list(making.facts_of(history, making.rules, as_of(case, history)))


def _counts(fact: Fact, making: Making, wish: CasesWish) -> bool:
    if fact.metric not in wish.metrics:
        return False
    cell = cell_of(fact, making.zone_of)
    is_of_these_days = wish.first <= cell.day <= wish.last
    return is_of_these_days and all(getattr(cell, part) == value for part, value in wish.only.items())


def _told(fact: Fact) -> dict[str, Any]:
    return {"metric": fact.metric, "amount": fact.amount, "at": utc_text(fact.at)}
