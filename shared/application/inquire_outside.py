"""Questions about figures that need a number from outside the hub: contact rate, retention, deflection, value per
customer, cost per contact. Reads only.

Whoever gave the number said where it comes from and of when; both are told with each figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from shared.application.figures import Wanted, counted
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_kpis import LANGUAGES, days_of, only_of
from shared.application.inquire_parts import check_parts
from shared.configuration.outside import OutsideNumbers
from shared.domain.figures.figure import Figure
from shared.domain.figures.grouping import place_of
from shared.domain.figures.outside import (
    PT,
    contact_rate,
    cost_by_channel,
    cost_per_contact,
    deflection,
    retention,
    value_per_customer,
)
from shared.domain.figures.totals import Cell, Totals
from shared.ports.table import Table

PARTS: Final = frozenset({"from", "to", "brand", "lang"})
_WORK: Final = ("handle_time", "aht_voice")
_METRICS: Final = frozenset(
    {"contacts_offered", "contacts_short", "contacts_handled", "revenue_cents", "refund_cents", *_WORK}
)


@dataclass(frozen=True, slots=True)
class OutsideWish:
    """Numbers whose whole period lies within these days, both included."""

    first: date
    last: date
    brand: str | None = None
    language: str = "es"


def outside_wish_of(query: Mapping[str, str], today: date, brands: Iterable[str]) -> OutsideWish:
    """What a query asks for. Raises `BadQuestion`, which names the parameter."""
    check_parts(query, PARTS)
    first, last = days_of(query, today)
    language = query.get("lang", LANGUAGES[0])
    if language not in LANGUAGES:
        raise BadQuestion(f"lang: one of {', '.join(LANGUAGES)}")
    return OutsideWish(first, last, only_of(query, brands).get("brand"), language)


def outside(
    table: Table, wish: OutsideWish, numbers: Iterable[OutsideNumbers], has_time: Callable[[], bool]
) -> dict[str, Any]:
    """The figures of each entry, of its own period. The cost of `counted` for the days of each. Raises `BadQuestion`
    where that takes longer than there is time."""
    meant = [
        one for one in numbers if wish.first <= one.first and one.last <= wish.last and wish.brand in (None, one.brand)
    ]
    return {
        "from": wish.first.isoformat(),
        "to": wish.last.isoformat(),
        "lang": wish.language,
        "periods": [_told(one, _by_channel(table, one, has_time), wish.language) for one in meant],
    }


def figures_with(numbers: OutsideNumbers, by_channel: Mapping[str, Totals]) -> list[Figure]:
    """The figures for which there are numbers."""

    def total(*names: str) -> int:
        return sum(totals.counters.get(name, 0) for name in names for totals in by_channel.values())

    found: list[Figure] = []
    contacts = total("contacts_offered") - total("contacts_short")
    if numbers.active_customers is not None:
        found.append(contact_rate(contacts, numbers.active_customers))
    if numbers.customers_at_start is not None:
        gained, end = numbers.customers_gained or 0, numbers.customers_at_end or 0
        found.append(retention(numbers.customers_at_start, gained, end))
    if numbers.help_visits is not None:
        found.append(deflection(numbers.help_visits, numbers.help_visits_without_contact or 0))
    if numbers.customers_contacted is not None:
        money = total("revenue_cents"), total("refund_cents")
        found.append(value_per_customer(*money, numbers.customers_contacted))
    if numbers.cost_cents is not None:
        found.append(cost_per_contact(numbers.cost_cents, total("contacts_handled")))
        found += _costs(numbers.cost_cents, by_channel)
    return found


def _costs(cents: int, by_channel: Mapping[str, Totals]) -> Iterator[Figure]:
    work = {
        channel: (_worked_s(totals), totals.counters.get("contacts_handled", 0))
        for channel, totals in sorted(by_channel.items())
    }
    for channel, figure in cost_by_channel(cents, work).items():
        yield replace(figure, name=f"{figure.name}:{channel}")


def _worked_s(totals: Totals) -> int:
    return sum(held.total for name, held in totals.distributions.items() if name in _WORK)


def _by_channel(table: Table, numbers: OutsideNumbers, has_time: Callable[[], bool]) -> dict[str, Totals]:
    def place(cell: Cell) -> Cell | None:
        return place_of(cell, ("channel",)) if cell.brand == numbers.brand else None

    def go_on(_: int) -> None:
        if not has_time():
            raise BadQuestion("from: more to add up than there is time for; ask for fewer days, or for a brand alone")

    cells = counted(table, numbers.first, numbers.last, Wanted(place, _METRICS, go_on)).cells
    return {cell.channel: totals for cell, totals in cells.items()}


def _told(numbers: OutsideNumbers, by_channel: Mapping[str, Totals], language: str) -> dict[str, Any]:
    figures = figures_with(numbers, by_channel)
    return {
        "brand": numbers.brand,
        "from": numbers.first.isoformat(),
        "to": numbers.last.isoformat(),
        "source": numbers.source,
        "taken": numbers.taken.isoformat(),
        "figures": {one.name: _figure(one, language) for one in figures},
    }


def _figure(one: Figure, language: str) -> dict[str, Any]:
    name = one.name.partition(":")[0]
    return {
        "value": one.value,
        "unit": one.unit,
        "n": one.n,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "definition": PT[name] if language == "pt" else one.definition[language],
    }
