"""Local days in questions: one that somebody names, and a range of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from shared.application.inquire_errors import BadQuestion


def day_of(query: Mapping[str, str], name: str, otherwise: date) -> date:
    """The day under this name; `otherwise` where none is said. Raises `BadQuestion`, which names the parameter."""
    text = query.get(name)
    if text is None:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 9000:
        raise BadQuestion(f"{name}: a day such as 2026-11-22")
    return found


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day, both included; none where the last lies before the first."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
