"""`hilo kpi recompute`: the figures against the cases' logs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import click

from cli.faults import BadInput, Failed
from cli.hub import Hub, hub_at, hub_options
from cli.output import json_document, line

PATH = "/v1/kpis/recompute"
SHOWN = 20
"""Differences that are told one by one; --json has them all."""
LOOK_AGAIN_S = 2.0

EPILOG = """\b
Days are local ones of each brand, both included.
Examples:
  hilo kpi recompute --check
  hilo kpi recompute --check --from 2026-11-01 --to 2026-11-30
  hilo kpi recompute
"""


@click.command("recompute", epilog=EPILOG)
@click.option("--check", is_flag=True, help="Only compare; change nothing.")
@click.option("--from", "since", metavar="DAY", help="With --check: the first day; else 34 days back.")
@click.option("--to", "until", metavar="DAY", help="With --check: the last day; else today.")
@click.option("--wait", "wait_s", metavar="SECONDS", type=click.IntRange(0, 86_400), default=600, show_default=True,
              help="How long to wait until all is counted anew.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def recompute(
    *, check: bool, since: str | None, until: str | None, wait_s: int, as_json: bool, url: str | None, data: str
) -> None:
    """Compute all figures again from the cases' logs.

    With --check they are compared with those that were counted as messages came in; on a hub at rest the difference is
    none. Without it everything is counted anew beside the figures that are asked, and then takes their place: after a
    change of calendars, targets or windows that reaches back, or after changes that could not be counted.
    """
    if not check and (since or until):
        raise BadInput("--from, --to: only with --check; what is counted anew is counted whole")
    hub = hub_at(url, data)
    if check:
        _compare(hub, *_days(since, until), as_json=as_json)
    else:
        _anew(hub, wait_s, as_json=as_json)


def _days(since: str | None, until: str | None) -> tuple[date, date]:
    last = _day("--to", until) if until else date.today() + timedelta(days=1)  # noqa: DTZ011 some zone is ahead of ours
    first = _day("--from", since) if since else last - timedelta(days=35)
    if last < first:
        raise BadInput("--to: not before --from")
    return first, last


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option}: a day, such as 2026-11-22") from None


def _pages(hub: Hub, wish: dict[str, Any]) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page: dict[str, Any] = hub.post(PATH, wish | ({"cursor": cursor} if cursor else {}))
        yield page
        cursor = page["next"]
        if cursor is None:
            return


def _compare(hub: Hub, first: date, last: date, *, as_json: bool) -> None:
    from shared.domain.figures.totals import Cells, merge_into
    from shared.store.figures_text import cells_plain, plain_cells

    difference: Cells = {}
    cases = cells = 0
    days = {"from": first.isoformat(), "to": last.isoformat()}
    for page in _pages(hub, {"step": "compute", **days}):
        cases += page["cases"]
        merge_into(difference, plain_cells(page["cells"]), -1)
    for number in range((last - first).days + 1):
        day = (first + timedelta(days=number)).isoformat()
        stored = hub.post(PATH, {"step": "stored", "from": day, "to": day})["cells"]
        cells += len(stored)
        merge_into(difference, plain_cells(stored))
    found = cells_plain(difference)
    if as_json:
        json_document({"cases": cases, "cells": cells, "difference": found})
    else:
        _tell(cases, cells, found)
    if found:
        raise Failed(f"{len(found)} cells differ; on a busy hub ask again, else count anew: hilo kpi recompute")


def _tell(cases: int, cells: int, found: list[Any]) -> None:
    line(f"{cases} cases computed anew, {cells} cells of figures compared")
    line(f"difference: {'none' if not found else f'{len(found)} cells'}")
    for brand, day, hour, channel, team, agent, counters, spread in found[:SHOWN]:
        parts = [f"{name} {more:+d}" for name, more in sorted(counters.items())]
        parts += [f"{name} n {held[0]:+d} sum {held[1]:+d}" for name, held in sorted(spread.items())]
        line(f"  {brand} {day} {hour:02d} h {channel} {team} {agent}: {', '.join(parts)}")


def _anew(hub: Hub, wait_s: int, *, as_json: bool) -> None:
    number = hub.post(PATH, {"step": "begin"})["generation"]
    of = {"generation": number}
    for _ in _pages(hub, {"step": "mark", **of}):
        pass
    marked = sum(page["marked"] for page in _pages(hub, {"step": "verify", **of}))
    _until(lambda: int(hub.post(PATH, {"step": "counted", **of})["counted"]) >= marked, wait_s)
    hub.post(PATH, {"step": "take_over", **of})
    removed = sum(page["removed"] for page in _pages(hub, {"step": "clear"}))
    if as_json:
        json_document({"generation": number, "cases": marked, "rows_removed": removed})
    else:
        line(f"{marked} cases counted anew; {removed} rows of before removed")


def _until(is_done: Callable[[], bool], wait_s: int) -> None:
    end = time.monotonic() + wait_s
    while not is_done():
        if time.monotonic() >= end:
            raise Failed("not all is counted yet; the same command goes on from here (is the stream's reader behind?)")
        if sys.stderr.isatty():
            click.echo(".", nl=False, err=True)
        time.sleep(LOOK_AGAIN_S)
