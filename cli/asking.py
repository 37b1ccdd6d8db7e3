"""`hilo kpi`: the figures of a range of days, as a hub tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import click

from cli.hub import Hub
from cli.output import json_document, line, table, text_as_it_is

PATH: Final = "/v1/kpis"
_MARKS: Final = (("hidden", "fewer than 5"), ("greyed", "few answers"))


def ask(hub: Hub, wish: Mapping[str, str | None], form: str) -> None:
    """Ask and print: `form` is table, json or csv."""
    if form == "csv":
        text_as_it_is(hub.text(PATH, **wish, format="csv"))
        return
    told = hub.get(PATH, **wish)
    if form == "json":
        json_document(told)
    else:
        _print(told)


def _print(told: dict[str, Any]) -> None:
    states = [day for day in told["days"] if day["state"] == "restated"]
    line(f"{told['from']} to {told['to']}, as of {told['as_of']}")
    for day in states:
        line(f"  {day['brand']} {day['day']} was corrected: revision {day['revision']}, {day['restated_at']}")
    rows = list(_rows(told))
    if not rows:
        line(_nothing(told["filters"]))
        return
    table((*told["by"], "figure", "value", "n", "p50", "p90", "note"), rows)


def _nothing(filters: Mapping[str, str]) -> str:
    if not filters:
        return "  no data: nothing was counted in these days"
    only = ", ".join(f"{name} {value}" for name, value in filters.items())
    return f"  no data for {only} in these days (hilo kpi --by {','.join(filters)} shows what has some)"


def _rows(told: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Figures that say something: what has no data is left out of the table, not out of --json and --csv."""
    for group in told["groups"]:
        place = tuple(group["by"][part] for part in told["by"])
        for name, figure in {**group["figures"], **group["voice"]}.items():
            if figure["n"] or figure["hidden"]:
                spread = (shown(figure.get(part), figure["unit"]) for part in ("p50", "p90"))
                value = shown(figure["value"], figure["unit"])
                yield *place, name, value, _number(figure), *spread, _note(name, figure, told)


def _number(figure: Mapping[str, Any]) -> str:
    if figure["hidden"]:
        return "<5"
    over, under = figure["numerator"], figure["denominator"]
    is_rate = figure["unit"] in ("percent", "points", "score")
    return f"{over}/{under}" if is_rate else str(figure["n"])


def _note(name: str, figure: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    notes = [text for part, text in _MARKS if figure[part]]
    if figure["mature"] is False:
        notes.append(f"provisional after {date.fromisoformat(told['last_mature_day'][name])}")
    return ", ".join(notes)


def shown(value: float | None, unit: str) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if unit == "seconds":
        return _duration(round(value))
    if unit == "cents":
        return f"{value / 100:.2f}"
    return f"{value:g} %" if unit == "percent" else f"{value:g}"


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def options(command: Any) -> Any:
    """What the figures are asked by."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.option("--from", "first", metavar="DAY", help="First local day, included; else six before the last."),
    click.option("--to", "last", metavar="DAY", help="Last local day, included; else today."),
    click.option("--by", metavar="PARTS", help="Some of day, weekday, slot, hour, brand, channel, team, agent."),
    click.option("--figure", metavar="NAMES", help="Of these figures alone, such as frt_human_business,nps."),
    click.option("--brand", metavar="NAME", help="Of one brand alone."),
    click.option("--channel", metavar="NAME", help="Of one channel alone."),
    click.option("--team", metavar="NAME", help="Of one team alone."),
    click.option("--agent", metavar="NAME", help="Of one agent alone; what fewer than 5 cases say is hidden."),
    click.option("--lang", type=click.Choice(("es", "en", "pt")), help="Of definitions; else es."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    click.option("--csv", "as_csv", is_flag=True, help="Print CSV."),
)  # fmt: skip
