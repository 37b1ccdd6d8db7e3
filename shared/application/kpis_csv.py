"""Figures as CSV (RFC 4180, UTF-8): one row for each figure of each group. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.domain.figures.figures import PERCENTILES
from shared.domain.spreadsheet import harmless

CONTENT_TYPE: Final = "text/csv; charset=utf-8"

_FIGURE: Final = ("value", "unit", "n", "numerator", "denominator", *PERCENTILES)
_NOTES: Final = ("greyed", "hidden", "mature")


def csv_of(told: Mapping[str, Any]) -> str:
    """What `inquire_kpis.kpis` answered, as CSV. No data is an empty field; true and false are words.

    A name that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text)  # RFC 4180 is its default
    writer.writerow(
        ("from", "to", *told["by"], "state", "revision", "figure", *_FIGURE, *_NOTES, "definition", "threshold")
    )
    for group in told["groups"]:
        place = (told["from"], told["to"], *(harmless(group["by"][part]) for part in told["by"]))
        for name, figure in _figures(group):
            values = (_field(figure.get(part)) for part in (*_FIGURE, *_NOTES))
            row = (
                *place,
                group["state"],
                group["revision"],
                name,
                *values,
                told["definitions"][name],
                told["thresholds"].get(name),
            )
            writer.writerow(row)
    return text.getvalue()


def _figures(group: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from group["figures"].items()
    yield from group["voice"].items()


def _field(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
