"""Figures as bytes: cells and looks, compressed. Pure."""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Any, NamedTuple

from shared.domain.figures.totals import Cell, Cells, Distribution, Totals


class Look(NamedTuple):
    """Something to look at again: at `at` (UTC text) a case, whose figures time may have changed; a customer, whose
    cases say something of each other; a case with which others go on (`joined`); or a case that a generation of figures
    does not count yet (`count`). `of`: how the case stood that time may change (`mark_of`); empty: not known."""

    at: str
    kind: str
    id: str
    of: str = ""


def packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode(), 9)


def unpacked(raw: bytes) -> Any:
    return json.loads(zlib.decompress(bytes(raw)))


def totals_plain(totals: Totals) -> list[Any]:
    """`[counters, {metric: [n, total, bucket, count, bucket, count, …]}]`."""
    spread = {
        metric: [held.n, held.total, *(part for pair in sorted(held.buckets.items()) for part in pair)]
        for metric, held in totals.distributions.items()
    }
    return [totals.counters, spread]


def plain_totals(plain: list[Any]) -> Totals:
    counters, spread = plain
    found = {
        metric: Distribution(n, total, dict(zip(pairs[::2], pairs[1::2], strict=True)))
        for metric, (n, total, *pairs) in spread.items()
    }
    return Totals(dict(counters), found)


def cells_plain(cells: Cells) -> list[Any]:
    """Sorted, so that like stands beside like: it compresses better."""
    return [
        [cell.brand, cell.day.isoformat(), cell.hour, cell.channel, cell.team, cell.agent, *totals_plain(totals)]
        for cell, totals in sorted(cells.items())
    ]


def plain_cells(plain: list[Any]) -> Cells:
    return {
        Cell(brand, date.fromisoformat(day), hour, channel, team, agent): plain_totals(totals)
        for brand, day, hour, channel, team, agent, *totals in plain
    }
