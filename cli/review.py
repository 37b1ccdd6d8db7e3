"""`hilo review`: a daily or weekly review, as its mail would say it now."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cli.faults import BadInput, Failed
from cli.hub import hub_at, hub_options, segment
from cli.output import json_document, line, text_as_it_is

EPILOG = """\b
Examples:
  hilo review daily --out review.html
  hilo review weekly --date 2026-11-22 --lang en --out review.html
  hilo review daily --csv
  hilo review weekly --json
"""


@click.command("review", epilog=EPILOG)
@click.argument("kind", type=click.Choice(("daily", "weekly")))
@click.option("--date", "day", metavar="DAY", help="Its last local day; else yesterday.")
@click.option("--brand", metavar="NAME", help="Of this brand; else of the first.")
@click.option("--lang", type=click.Choice(("es", "en", "pt")), help="Else as the brand's reviews are configured.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV instead of a page.")
@click.option("--json", "as_json", is_flag=True, help="As JSON instead of a page.")
@click.option("--out", metavar="FILE", help="Write it there; else it is printed.")
@hub_options
def review(
    *,
    kind: str,
    day: str | None,
    brand: str | None,
    lang: str | None,
    as_csv: bool,
    as_json: bool,
    out: str | None,
    url: str | None,
    data: str,
) -> None:
    """Show the figures of a day or a week against what is usual. Nothing is sent."""
    if as_csv and as_json:
        raise BadInput("--csv, --json: one of the two")
    hub, path = hub_at(url, data), f"/v1/reviews/{segment(kind)}"
    wish = {"date": day, "brand": brand, "lang": lang}
    if as_json:
        told = hub.get(path, **wish, format="json")
        if out is None:
            json_document(told)
        else:
            _write(out, json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    text = hub.text(path, **wish, format="csv" if as_csv else "html")
    if out is None:
        text_as_it_is(text)
    else:
        _write(out, text)


def _write(out: str, text: str) -> None:
    try:
        Path(out).write_bytes(text.encode())
    except OSError as fault:
        raise Failed(f"{out} cannot be written: {fault.strerror}") from fault
    line(f"{out} written")
