"""Questions about figures: every figure of a range of local days, by what is asked. Reads only.

A figure always comes with what it rests on. What is provisional, greyed or hidden says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.application.figures import MOST_DAYS, Counted, Wanted, counted
from shared.application.inquire_days import day_of
from shared.application.inquire_errors import BadQuestion
from shared.application.inquire_parts import check_parts
from shared.domain.figures.definitions import DEFINITIONS, metrics_of
from shared.domain.figures.figure import FEW
from shared.domain.figures.figures import PERCENTILES, figure_of
from shared.domain.figures.grouping import BEHIND, GROUPS, grouped, is_small, place_of
from shared.domain.figures.maturity import WINDOWS, mature_days, state_of
from shared.domain.figures.meanings import definition
from shared.domain.figures.rules import Rules
from shared.domain.figures.thresholds import LIMITS_OF, thresholds
from shared.domain.figures.totals import Cell, Cells, Totals
from shared.domain.moment import utc_text
from shared.ports.table import Table

LANGUAGES: Final = ("es", "en", "pt")
FILTERS: Final = ("brand", "channel", "team", "agent")
PARTS: Final = frozenset({"from", "to", "by", "figure", "lang", "format", *FILTERS})
DAYS: Final = 7
"""Asked where nobody says which."""

MOST: Final = 20_000
"""Figures of one answer, which may hold 6 MB."""

ASKED: Final = frozenset({"fcr_survey"})
"""Beside the family `survey`: what customers were asked."""

_LONGEST: Final = 200
_FEW_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """`first` and `last`: local days, both included. `only`: values that a cell must have, by part. `figures`: names,
    all where none was asked for."""

    first: date
    last: date
    by: tuple[str, ...] = ()
    only: Mapping[str, str] | None = None
    figures: tuple[str, ...] = tuple(DEFINITIONS)
    language: str = "es"

    @property
    def is_of_agents(self) -> bool:
        """Whether it looks below the level of teams."""
        return "agent" in self.by or "agent" in (self.only or {})

    def days(self) -> Iterator[date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def wish_of(query: Mapping[str, str], today: date, brands: Iterable[str]) -> Wish:
    """What a query asks for; without days the last seven. Raises `BadQuestion`, which names the parameter."""
    check_parts(query, PARTS)
    first, last = days_of(query, today)
    only = only_of(query, brands)
    language = query.get("lang", LANGUAGES[0])
    if language not in LANGUAGES:
        raise BadQuestion(f"lang: one of {', '.join(LANGUAGES)}")
    by = _listed(query, "by", GROUPS)
    return Wish(first, last, by, only, _listed(query, "figure", tuple(DEFINITIONS)) or tuple(DEFINITIONS), language)


def only_of(query: Mapping[str, str], brands: Iterable[str]) -> dict[str, str]:
    """The values that cells must have, by part. Raises `BadQuestion`."""
    only = {name: query[name] for name in FILTERS if name in query}
    known = tuple(brands)
    if only.get("brand", known[0]) not in known:
        raise BadQuestion(f"brand: one of {', '.join(known)}")
    if any(len(value) > _LONGEST for value in only.values()):
        raise BadQuestion(f"{', '.join(FILTERS[1:])}: at most {_LONGEST} characters")
    return only


def days_of(query: Mapping[str, str], today: date) -> tuple[date, date]:
    """`from` and `to` of a query. Raises `BadQuestion`."""
    last = day_of(query, "to", today)
    first = day_of(query, "from", last - timedelta(days=DAYS - 1))
    if last < first:
        raise BadQuestion(f"to: {last} lies before from, {first}")
    if (last - first).days >= MOST_DAYS:
        raise BadQuestion(f"from: at most {MOST_DAYS} days to {last}, the last one")
    return first, last


def _listed(query: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in query.get(name, "").split(",") if part.strip()))
    if name in query and not found:
        raise BadQuestion(f"{name}: names nothing: say a value, or leave it out")
    odd = next((one for one in found if one not in known), None)
    if odd is not None:
        raise BadQuestion(f"{name}: {_known(odd, known)}")
    return found


def _known(odd: str, known: tuple[str, ...]) -> str:
    """What may be said instead. Figures are too many to name."""
    if len(known) < _FEW_NAMES:
        return f"some of {', '.join(known)}, separated by commas"
    which = f"{odd} is none; " if odd.isidentifier() and len(odd) < _LONGEST else ""
    word = odd[:_LONGEST].lower()
    near = [one for one in known if word in one][:3] or get_close_matches(word, known, 3, 0.7)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{which}{meant}docs/figures.md has their names, to be separated by commas"


def kpis(table: Table, wish: Wish, rules: Rules, now: datetime, has_time: Callable[[], bool]) -> dict[str, Any]:
    """The figures, in all and by group, in the memory of the answer. Cost of `counted`. Raises `BadQuestion` where they
    are too many, or where it takes longer than there is time."""
    found = counted(table, wish.first, wish.last, _wanted(wish, has_time))
    cells = found.cells
    standing = Standing(wish, rules, found, now)
    groups = grouped(cells, wish.by) if wish.by else {(): _merged(cells)}
    _refuse_many(wish, len(groups))
    return {
        "from": wish.first.isoformat(),
        "to": wish.last.isoformat(),
        "by": list(wish.by),
        "filters": dict(wish.only or {}),
        "as_of": utc_text(now),
        "lang": wish.language,
        "days": standing.days(),
        "last_mature_day": {name: day.isoformat() for name, day in standing.mature.items() if name in wish.figures},
        "definitions": {name: definition(name, wish.language) for name in wish.figures},
        "thresholds": {
            name: thresholds(name, rules.limits, wish.language) for name in wish.figures if name in LIMITS_OF
        },
        "total": _told(_merged(cells), wish, standing, wish.last),
        "groups": [
            _group(dict(zip(wish.by, key, strict=True)), totals, wish, standing) for key, totals in groups.items()
        ],
    }


def _wanted(wish: Wish, has_time: Callable[[], bool]) -> Wanted:
    """Cells with the values that were asked for, added up by what was asked, as long as there is time."""
    only = wish.only or {}

    def place(cell: Cell) -> Cell | None:
        return place_of(cell, wish.by) if all(getattr(cell, part) == only[part] for part in only) else None

    def go_on(cells: int) -> None:
        _refuse_many(wish, cells)
        if not has_time():
            raise BadQuestion("from: more to add up than there is time for; ask for fewer days, or for a brand alone")

    metrics = {name for figure in wish.figures for name in metrics_of(DEFINITIONS[figure])} | BEHIND
    return Wanted(place, frozenset(metrics), go_on)


def _refuse_many(wish: Wish, groups: int) -> None:
    if groups * len(wish.figures) > MOST:
        raise BadQuestion(f"by: more than {MOST} figures; ask for fewer days, fewer parts, or say figure=")


def _merged(cells: Cells) -> Totals:
    merged = Totals()
    for totals in cells.values():
        merged.merge(totals)
    return merged


class Standing:
    """How days stand: open, sealed or restated, and until when figures are mature."""

    def __init__(self, wish: Wish, rules: Rules, found: Counted, now: datetime) -> None:
        only = (wish.only or {}).get("brand")
        self.zones: dict[str, tzinfo] = {
            brand: ZoneInfo(zone) for brand, zone in rules.zones.items() if only in (None, brand)
        }
        self.mature = mature_days(rules.limits, self.zones.values(), now)
        self._days = [self._day(day, brand, found, now) for day in wish.days() for brand in self.zones]

    def _day(self, day: date, brand: str, found: Counted, now: datetime) -> dict[str, Any]:
        restated = next((one for one in found.restated.get(day, ()) if one.brand == brand), None)
        revision = restated.revision if restated else 0
        return {
            "day": day.isoformat(),
            "brand": brand,
            "state": state_of(day, self.zones[brand], now, revision),
            "revision": revision,
            "restated_at": restated.restated_at if restated else None,
        }

    def days(self) -> list[dict[str, Any]]:
        return self._days

    def of(self, by: Mapping[str, Any]) -> dict[str, Any]:
        """Of the days of a group: open while one is, restated where one was; revisions add up."""
        mine = [one for one in self._days if all(one[part] == by[part] for part in ("day", "brand") if part in by)]
        states = {one["state"] for one in mine}
        state = next((state for state in ("open", "restated") if state in states), "sealed")
        return {"state": state, "revision": sum(one["revision"] for one in mine)}


def _group(by: dict[str, Any], totals: Totals, wish: Wish, standing: Standing) -> dict[str, Any]:
    last = date.fromisoformat(by["day"]) if "day" in by else wish.last
    return {"by": by, **standing.of(by), **_told(totals, wish, standing, last)}


def _told(totals: Totals, wish: Wish, standing: Standing, last: date) -> dict[str, Any]:
    """Figures by name; those of voice apart, since an answered call and an answered message do not compare."""
    figures: dict[str, Any] = {}
    voice: dict[str, Any] = {}
    for name in wish.figures:
        of = DEFINITIONS[name]
        matures = last <= standing.mature[name] if name in WINDOWS else None
        (voice if of.family == "voice" else figures)[name] = _figure(name, totals, matures, hides=wish.is_of_agents)
    return {"figures": figures, "voice": voice}


def _figure(name: str, totals: Totals, matures: bool | None, *, hides: bool) -> dict[str, Any]:
    of = DEFINITIONS[name]
    made = figure_of(of, totals)
    is_hidden = hides and is_small(of, made.n, totals)
    return {
        "value": None if is_hidden else made.value,
        "unit": of.unit,
        "n": None if is_hidden else made.n,
        "numerator": None if is_hidden else made.numerator,
        "denominator": None if is_hidden else made.denominator,
        **({part: None if is_hidden else made.percentiles[part] for part in PERCENTILES} if made.percentiles else {}),
        "family": of.family,
        "greyed": not is_hidden and (made.is_uncertain or (name in ASKED and made.n < FEW)),
        "hidden": is_hidden,
        "mature": matures,
    }
