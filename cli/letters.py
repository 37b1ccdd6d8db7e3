"""`hilo dlq`: dead letters, with the reason of each, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import click

from cli.faults import BadInput, Failed
from cli.hub import Hub, hub_at, hub_options, segment
from cli.output import json_document, line, table

BAR_MOVES_S = 4
"""Who looks on sees something move this often; each time the letters are listed anew."""

COLUMNS = ("id", "last_at", "attempts", "error", "reason")


@click.group("dlq")
def dlq() -> None:
    """Dead letters: what could not be brought to its end."""


@dlq.command("list", epilog="\b\nExamples:\n  hilo dlq list\n  hilo dlq list --origin crm_sync --json\n")
@click.option("--origin", metavar="FUNCTION", help="Only those of one function, such as intake or crm_sync.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def list_letters(origin: str | None, limit: int | None, as_json: bool, url: str | None, data: str) -> None:
    """List dead letters, the newest day first."""
    hub = hub_at(url, data)
    found = list(islice(hub.pages("/v1/dead-letters", "dead_letters", origin=origin, limit=200), limit))
    if as_json:
        json_document({"dead_letters": found})
    elif found:
        table(COLUMNS, [[one[column] for column in COLUMNS] for one in found])
    else:
        line("no dead letters")


@dlq.command("show", epilog="\b\nExample:\n  hilo dlq show 2026-11-22~intake~0f3a…\n")
@click.argument("letter_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def show(letter_id: str, as_json: bool, url: str | None, data: str) -> None:
    """Show one dead letter with what it carried."""
    letter = hub_at(url, data).get(f"/v1/dead-letters/{segment(letter_id)}")
    if as_json:
        json_document(letter)
        return
    for part, value in letter.items():
        line(f"{part}: {'' if value is None else value}")


@dlq.command("redrive", epilog="\b\nExamples:\n  hilo dlq redrive 2026-11-22~intake~0f3a…\n  hilo dlq redrive --all\n")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--reason", metavar="TEXT", help="All with exactly this reason, or this class of error.")
@click.option("--all", "everything", is_flag=True, help="All.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def redrive(
    ids: Sequence[str], reason: str | None, everything: bool, as_json: bool, url: str | None, data: str
) -> None:
    """Send dead letters back to the queue they came from, once the cause is cured."""
    wish = _wish(ids, reason, everything)
    hub = hub_at(url, data)
    steps = _Steps(hub, wish)
    if sys.stderr.isatty():
        steps.wish = wish | {"seconds": BAR_MOVES_S}
        with click.progressbar(steps, _expected(hub, wish), "redrive", file=sys.stderr, show_pos=True) as shown:
            for _ in shown:
                pass
    else:
        for _ in steps:
            pass
    total, refused = steps.redriven, steps.refused
    if as_json:
        json_document({"redriven": total, "refused": refused})
    else:
        line(f"{total} redriven")
    if refused:
        raise Failed(f"{len(refused)} stay; the first: {refused[0]['id']}: {refused[0]['reason']}")


@dataclass
class _Steps:
    """One step for each letter that was sent back, request after request, until all are or none moves any more."""

    hub: Hub
    wish: dict[str, Any]
    redriven: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[int]:
        wish = self.wish
        while True:
            outcome = self.hub.post("/v1/dead-letters/redrive", wish)
            self.redriven += outcome["redriven"]
            self.refused = outcome["refused"]
            yield from range(outcome["redriven"])
            if not (outcome["more"] and outcome["redriven"]):
                return
            wish = self.wish | {"began": outcome["began"]}  # what fails again meanwhile is another redrive's


def _expected(hub: Hub, wish: dict[str, Any]) -> int:
    """How many letters it is about, for the bar."""
    if "ids" in wish:
        return len(wish["ids"])
    count: int = hub.get("/v1/dead-letters/count", reason=wish.get("reason"))["count"]
    return count


def _wish(ids: Sequence[str], reason: str | None, everything: bool) -> dict[str, Any]:
    given: list[dict[str, Any]] = []
    if ids:
        given.append({"ids": list(dict.fromkeys(ids))})
    if reason is not None:
        given.append({"reason": reason})
    if everything:
        given.append({"all": True})
    if len(given) != 1:
        raise BadInput("say which: IDs, --reason TEXT or --all")
    return given[0]
