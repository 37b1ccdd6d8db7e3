"""`hilo review`: a daily or weekly review, as its mail would say it now."""

from __future__ import annotations

from pathlib import Path

import click

from cli.faults import Failed
from cli.hub import hub_at, hub_options, segment
from cli.output import line, text_as_it_is

EPILOG = """\b
Examples:
  hilo review daily --out review.html
  hilo review weekly --date 2026-11-22 --lang en --out review.html
  hilo review daily --csv
"""


@click.command("review", epilog=EPILOG)
@click.argument("kind", type=click.Choice(("daily", "weekly")))
@click.option("--date", "day", metavar="DAY", help="Its last local day; else yesterday.")
@click.option("--brand", metavar="NAME", help="Of this brand; else of the first.")
@click.option("--lang", type=click.Choice(("es", "en", "pt")), help="Else as the brand's reviews are configured.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV instead of a page.")
@click.option("--out", metavar="FILE", help="Write it there; else it is printed.")
@hub_options
def review(
    *,
    kind: str,
    day: str | None,
    brand: str | None,
    lang: str | None,
    as_csv: bool,
    out: str | None,
    url: str | None,
    data: str,
) -> None:
    """Show the figures of a day or a week against what is usual. Nothing is sent."""
    form = "csv" if as_csv else "html"
    text = hub_at(url, data).text(f"/v1/reviews/{segment(kind)}", date=day, brand=brand, lang=lang, format=form)
    if out is None:
        text_as_it_is(text)
        return
    try:
        Path(out).write_bytes(text.encode())
    except OSError as fault:
        raise Failed(f"{out} cannot be written: {fault.strerror}") from fault
    line(f"{out} written")
