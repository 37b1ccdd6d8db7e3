"""`hilo replay`: stored originals are read again by the parsers of today."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from cli.faults import BadInput, Failed
from cli.hub import Hub, hub_at, hub_options
from cli.output import json_document, line

COUNTS = ("read", "same", "revised", "conflicts", "requeued", "no_parser")

BAR_MOVES_S = 2
"""Who looks on sees something move this often."""

EPILOG = """\b
Dates are days or moments, in UTC; --to is not included.
Examples:
  hilo replay --from 2026-11-01 --to 2026-12-01 --dry-run
  hilo replay --from 2026-11-22T10:00:00Z --to 2026-11-22T11:00:00Z --channel whatsapp
"""


@dataclass
class Total:
    """What all pages say together."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    differences: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[dict[str, Any]] = field(default_factory=list)

    def add(self, page: dict[str, Any]) -> None:
        for name in COUNTS:
            self.counts[name] += page[name]
        self.differences += page["differences"]
        self.unreadable += page["unreadable"]


@click.command(epilog=EPILOG)
@click.option("--from", "since", metavar="DATE", required=True, help="What was received from then on.")
@click.option("--to", "until", metavar="DATE", required=True, help="What was received before then.")
@click.option("--channel", metavar="NAME", help="Only what came on one channel.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def replay(
    since: str, until: str, channel: str | None, dry_run: bool, as_json: bool, url: str | None, data: str
) -> None:
    """Read stored originals again, by the parsers of today.

    What is read as before stays. What is read differently becomes a revision with both versions; what was of no use
    and now is goes back to the queue.
    """
    wish: dict[str, Any] = {"from": since, "to": until, "dry_run": dry_run} | ({"channel": channel} if channel else {})
    if not since or not until:
        raise BadInput("say both: --from DATE --to DATE")
    total = Total()
    steps = _steps(hub_at(url, data), wish, total)
    if sys.stderr.isatty():
        wish["seconds"] = BAR_MOVES_S
        with click.progressbar(steps, label="replay", file=sys.stderr, show_pos=True) as shown:
            for _ in shown:
                pass
    else:
        for _ in steps:
            pass
    _print(total, dry_run, as_json)
    if total.unreadable:
        first = total.unreadable[0]
        raise Failed(f"{len(total.unreadable)} cannot be read again; the first: {_place(first)}: {first['reason']}")


def _steps(hub: Hub, wish: dict[str, Any], total: Total) -> Iterator[int]:
    """Page after page into `total`; one step for each original that was read."""
    cursor: str | None = None
    while True:
        page = hub.post("/v1/replay", wish | ({"cursor": cursor} if cursor else {}))
        total.add(page)
        yield from range(page["read"])
        cursor = page["next"]
        if cursor is None:
            return


def _print(total: Total, dry_run: bool, as_json: bool) -> None:
    if as_json:
        shown = {"dry_run": dry_run, **total.counts}
        json_document({**shown, "differences": total.differences, "unreadable": total.unreadable})
        return
    for one in total.differences:
        judge = f"  for a person to judge: {one['conflict']}" if "conflict" in one else ""
        line(f"{_place(one)}  {', '.join(one['fields'])}{judge}")
    count = total.counts
    would = "would be " if dry_run else ""
    if count["no_parser"]:
        line(f"{count['no_parser']} of no channel that the hub reads, left alone")
    line(
        f"{count['read']} read: {count['same']} as before, {count['revised']} {would}revised,"
        f" {count['requeued']} {would}sent back to the queue, {count['conflicts']} for a person to judge,"
        f" {len(total.unreadable)} that cannot be read"
    )


def _place(one: dict[str, Any]) -> str:
    if "case" in one:
        return f"{one['case']} {one['sequence']}"
    return str(one.get("file") or f"{one.get('customer')} {one.get('record')}")
