"""`hilo import`: what a CRM or helpdesk held before the hub is brought in."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import click

from cli.faults import Failed
from cli.hub import Hub, hub_at, hub_options, segment
from cli.output import json_document, line

EPILOG: Final = """\b
It goes on where it stopped: run it again after an interruption. Run again after its end it brings in what is new.
Examples:
  hilo import soporte --dry-run
  hilo import soporte
"""

WORDS: Final = {
    "linked": "linked to a customer whom the hub knew",
    "claimed": "as customers of their own, until their first message proves the number",
    "candidate": "the same, and perhaps somebody the hub knows: see hilo customer candidates",
    "known": "brought in before",
    "ours": "made by the hub",
    "colleague": "of people who work there",
    "conflict": "not brought in: a person must look",
    "unusable": "without a phone or e-mail that is a person's",
    "adopted": "tickets made cases",
    "ticket_known": "tickets that are the hub's already",
    "ticket_of_nobody_known": "tickets of nobody whom the import brought in",
}


@dataclass
class Total:
    """What all pages say together. `before`: what an earlier run had done, of which this one is the rest."""

    counts: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, page: dict[str, Any]) -> None:
        self.counts.update(page["counts"])
        self.before.update(page["before"])
        self.notes += page["notes"]


@click.command("import", epilog=EPILOG, short_help="Bring in what a tool held before the hub.")
@click.argument("connector", metavar="CONNECTOR")
@click.option("--dry-run", is_flag=True, help="Say what would become of each, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def bring_in(connector: str, dry_run: bool, as_json: bool, url: str | None, data: str) -> None:
    """Bring in the contacts of a connector, and its open tickets where the configuration says adopt_tickets.

    A contact whose number or mailbox a channel attested is linked to that customer. Any other is claimed: the first
    message from its number finds it. Nobody is merged, and nothing is written in the tool.
    """
    total = Total()
    hub = hub_at(url, data)
    for what in _parts(hub, connector, dry_run, total):
        _run(what)
    _print(total, dry_run, as_json)
    if total.counts["conflict"]:
        raise Failed(f"{total.counts['conflict']} contacts need a person: see the lines that say conflict")


@dataclass
class _Part:
    """The pages of one kind of thing; one step for each thing."""

    hub: Hub
    connector: str
    wish: dict[str, Any]
    total: Total
    first: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        self.first = self._page(None)

    def __iter__(self) -> Iterator[int]:
        page = self.first
        while True:
            yield from range(page["counts"].get("read", page["counts"].get("tickets_read", 0)))
            if page["next"] is None:
                return
            page = self._page(page["next"])

    def _page(self, cursor: str | None) -> dict[str, Any]:
        wish = self.wish | ({"cursor": cursor} if cursor else {})
        page: dict[str, Any] = self.hub.post(f"/v1/connectors/{segment(self.connector)}/import", wish)
        self.total.add(page)
        return page


def _parts(hub: Hub, connector: str, dry_run: bool, total: Total) -> Iterator[_Part]:
    what: str | None = "contacts"
    while what is not None:
        part = _Part(hub, connector, {"what": what, "dry_run": dry_run}, total)
        part.begin()
        what = part.first["then"]
        yield part


def _run(part: _Part) -> None:
    if not sys.stderr.isatty():
        for _ in part:
            pass
        return
    what = part.wish["what"]
    with click.progressbar(part, part.first["left"], what, file=sys.stderr, show_pos=True) as shown:
        for _ in shown:
            pass


def _print(total: Total, dry_run: bool, as_json: bool) -> None:
    if as_json:
        json_document(
            {"dry_run": dry_run, "counts": dict(total.counts), "before": dict(total.before), "notes": total.notes}
        )
        return
    for note in total.notes:
        line(_note(note))
    if total.before:
        line(f"went on from an earlier run that had read {total.before['read'] + total.before['tickets_read']}")
    would = "would come in" if dry_run else "read"
    line(f"{total.counts['read']} contacts {would}")
    for name, words in WORDS.items():
        if total.counts[name]:
            line(f"{total.counts[name]:>7} {words}")
    if total.counts["unusable_values"]:
        line(f"{total.counts['unusable_values']:>7} phones or e-mails that find nobody, left out of matching")


def _note(note: dict[str, Any]) -> str:
    values = [f"{one['kind']} {one['value']}: {one['reason']}" for one in note.get("values", ())]
    said = [part for part in (note.get("reason"), *values) if part]
    return f"contact {note['contact']}  {note['outcome']}  {'; '.join(said)}"
