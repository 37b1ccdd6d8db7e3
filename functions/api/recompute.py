"""`POST /v1/kpis/recompute`: figures compared with the logs, or counted anew, one step of one page at a time. What is
asked is read without trust."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from functions.api.question import seconds_of
from shared.application.figures import MOST_DAYS, counted
from shared.application.inquire_errors import BadQuestion, NotPossible
from shared.application.recompute import Page, Recompute
from shared.domain.errors import Conflict
from shared.store.figures_text import cells_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.application.figures_of_case import Making
    from shared.application.record import Context

PAGE_S: Final = 12.0
"""Seconds that one page may take, of the 20 that the function has."""

_LONGEST: Final = 20_000
"""Characters of a cursor: a key of the table as JSON."""


def answer(context: Context, making: Making, asked: dict[str, Any]) -> dict[str, Any]:
    """One step. `{"step": "compute", "from", "to", "cursor"?}`: what the next cases contribute to these local days by
    their logs; `stored` what the figures say of them. `begin`: a new generation of figures; then with its number
    `mark` (pages), `verify` (pages), `counted`, `take_over`; at last `clear` (pages) of what nobody asks any more.

    Raises `BadQuestion`, and `NotPossible` where another generation is being made.
    """
    step = asked.get("step")
    known = _STEPS.get(step) if isinstance(step, str) else None
    if known is None:
        raise BadQuestion(f"step: one of {', '.join(_STEPS)}")
    unknown = set(asked) - {"step", "from", "to", "cursor", "generation", "seconds"}
    if unknown:
        raise BadQuestion("body: only step, from, to, cursor, generation, seconds")
    end = context.clock() + seconds_of(asked.get("seconds"), PAGE_S)
    try:
        return known(Recompute(context, making, lambda: context.clock() < end), asked)
    except Conflict as other:
        raise NotPossible("another generation of figures is being made: begin again") from other


def _compute(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    page = work.contributions(*_days(asked), _cursor(asked))
    return {"cases": page.cases, "cells": cells_plain(page.cells), "next": page.next}


def _stored(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    return {"cells": cells_plain(counted(work.context.table, *_days(asked)).cells)}


def _begin(work: Recompute, _: dict[str, Any]) -> dict[str, Any]:
    return {"generation": work.begin()}


def _mark(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    return _marked(work.mark(_generation(asked), _cursor(asked)))


def _verify(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    return _marked(work.marked(_cursor(asked), _generation(asked)))


def _marked(page: Page) -> dict[str, Any]:
    return {"cases": page.cases, "marked": page.marked, "next": page.next}


def _counted(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    return {"counted": work.counted(_generation(asked))}


def _take_over(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    work.take_over(_generation(asked))
    return {"generation": _generation(asked)}


def _clear(work: Recompute, asked: dict[str, Any]) -> dict[str, Any]:
    page = work.clear(_cursor(asked))
    return {"removed": page.removed, "next": page.next}


_STEPS: Final[dict[str, Callable[[Recompute, dict[str, Any]], dict[str, Any]]]] = {
    "compute": _compute,
    "stored": _stored,
    "begin": _begin,
    "mark": _mark,
    "verify": _verify,
    "counted": _counted,
    "take_over": _take_over,
    "clear": _clear,
}


def _days(asked: dict[str, Any]) -> tuple[date, date]:
    first, last = _day(asked, "from"), _day(asked, "to")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadQuestion(f"to: a day from `from` on, and a range of at most {MOST_DAYS} days")
    return first, last


def _day(asked: dict[str, Any], part: str) -> date:
    text, refused = asked.get(part), BadQuestion(f"{part}: a local day (2026-11-22)")
    if not isinstance(text, str) or len(text) != len("2026-11-22"):
        raise refused
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refused from None


def _cursor(asked: dict[str, Any]) -> str | None:
    cursor = asked.get("cursor")
    if cursor is None or (isinstance(cursor, str) and 0 < len(cursor) <= _LONGEST):
        return cursor
    raise BadQuestion("cursor: not one that was given out")


def _generation(asked: dict[str, Any]) -> int:
    number = asked.get("generation")
    if type(number) is not int or number < 1:
        raise BadQuestion("generation: the number that `begin` gave out")
    return number
