"""`hilo kpi journeys`: where customers' journeys go and where they end."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.asking import shown
from cli.faults import BadInput, Failed
from cli.hub import Hub, hub_at, hub_options
from cli.output import json_document, line, table
from cli.reading import file_bytes

EPILOG = """\b
Examples:
  hilo kpi journeys --from 2026-11-01 --to 2026-11-28
  hilo kpi journeys --type returns --by stage --html journeys.html
  hilo kpi journeys --events steps.jsonl --as-of 2026-11-12T16:00:00Z
  hilo kpi journeys --again
"""


@click.command("journeys", epilog=EPILOG)
@click.option("--from", "since", metavar="DAY", help="First local day, included; else 28 days back.")
@click.option("--to", "until", metavar="DAY", help="Last local day, included; else today.")
@click.option("--type", "kind", metavar="TYPE", help="Of one type alone, such as returns.")
@click.option("--brand", metavar="NAME", help="Of one brand alone.")
@click.option("--by", type=click.Choice(("channel", "stage")), default="channel", show_default=True)
@click.option("--language", type=click.Choice(("es", "pt", "en")), default="es", show_default=True, help="Of labels.")
@click.option("--html", "page", metavar="FILE", help="Write the diagram with its table there.")
@click.option(
    "--events", metavar="FILE", help="Of these steps, one JSON object a line, instead of a hub's; - is stdin."
)
@click.option("--as-of", metavar="MOMENT", help="With --events: as things stood then; else now.")
@click.option("--again", is_flag=True, help="Have all journeys derived again, after their rules were changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def journeys(*, again: bool, events: str | None, as_of: str | None, url: str | None, data: str, **wish: Any) -> None:
    """Show where customers' journeys go, by channel or stage, and where they end."""
    if again:
        _only_again(events, as_of, wish)
        _derive_again(hub_at(url, data), as_json=wish["as_json"])
        return
    _fits(events, as_of, wish)
    told = _of_events(events, as_of, wish) if events is not None else _of_hub(hub_at(url, data), wish)
    if wish["page"]:
        _write_page(wish["page"], told.pop("diagram"), wish["language"])
    if wish["as_json"]:
        json_document(told)
    else:
        _print(told)


def _only_again(events: str | None, as_of: str | None, wish: dict[str, Any]) -> None:
    """What would narrow it has no meaning there. Raises `BadInput`."""
    also = {"--events": events, "--as-of": as_of, "--html": wish["page"]}
    also |= {"--from": wish["since"], "--to": wish["until"], "--type": wish["kind"], "--brand": wish["brand"]}
    if said := [name for name, value in also.items() if value is not None]:
        raise BadInput(f"{', '.join(said)}: not with --again, which is about all journeys of all customers")


def _fits(events: str | None, as_of: str | None, wish: dict[str, Any]) -> None:
    """Raises `BadInput` for options that have no meaning beside each other."""
    if as_of is not None and events is None:
        raise BadInput("--as-of: only with --events")
    if events is not None and (wish["since"] is not None or wish["until"] is not None):
        raise BadInput("--from, --to: not with --events, of which every journey is shown")


def _of_hub(hub: Hub, wish: dict[str, Any]) -> dict[str, Any]:
    asked = {"from": wish["since"], "to": wish["until"], "type": wish["kind"], "brand": wish["brand"]}
    more = {"by": wish["by"], "language": wish["language"], "diagram": "true" if wish["page"] else None}
    found: dict[str, Any] = hub.get("/v1/journeys", **asked, **more)
    return found


def _of_events(name: str, as_of: str | None, wish: dict[str, Any]) -> dict[str, Any]:
    """As the hub would tell it, of every journey in the steps; nothing is folded, since they are one's own."""
    from shared.domain.journeys.derive import journeys_of
    from shared.domain.journeys.drawing import diagram
    from shared.domain.journeys.measures import measures_of
    from shared.domain.journeys.model import JourneyEvent
    from shared.domain.journeys.reading import Unreadable, events_in
    from shared.domain.journeys.rules import JourneyRules
    from shared.domain.journeys.sankey import sankey_of

    rules, now = JourneyRules(), _moment(as_of)
    by_profile: dict[str, list[JourneyEvent]] = defaultdict(list)
    try:
        for event in events_in(file_bytes(name).decode("utf-8-sig").split("\n")):
            by_profile[event.profile].append(event)
    except (Unreadable, UnicodeDecodeError) as fault:
        raise BadInput(f"{name}: {fault if isinstance(fault, Unreadable) else 'not UTF-8'}") from fault
    found = [one for profile in sorted(by_profile) for one in journeys_of(by_profile[profile], rules)]
    found = [one for one in found if wish["kind"] in (None, one.type) and wish["brand"] in (None, one.brand)]
    drawn = sankey_of(found, now, wish["by"], least=0)
    told = drawn.dump(wish["language"]) | {"measures": measures_of(found, now, rules).dump()}
    return told | ({"diagram": diagram(drawn, wish["language"])} if wish["page"] else {})


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("--as-of: a moment such as 2026-11-12T16:00:00Z") from None
    if moment.tzinfo is None:
        raise BadInput("--as-of: a moment needs its zone: 2026-11-12T16:00:00Z, or -05:00 in place of Z")
    return moment


def _derive_again(hub: Hub, *, as_json: bool) -> None:
    marked, cursor = 0, None
    while True:
        done = hub.post("/v1/journeys/derive", {"cursor": cursor} if cursor else {})
        marked, cursor = marked + done["marked"], done["next"]
        if cursor is None:
            break
    if as_json:
        json_document({"marked": marked})
        return
    line(f"{marked} customers put on the clock; who was on it already stays. It takes some six minutes")


def _write_page(name: str, figure: str, language: str) -> None:
    head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Hilo</title>'
    try:
        Path(name).write_text(f"{head}<body>{figure}</body></html>\n", "utf-8")
    except OSError as fault:
        raise Failed(f"{name} cannot be written: {fault.strerror}") from fault


def _print(told: dict[str, Any]) -> None:
    found = told["measures"]
    period = f"  {told['from']} to {told['to']}, revision {told['revision']}" if "from" in told else ""
    line(f"{told['journeys']} journeys{period}")
    if not told["journeys"]:
        line(
            "  nothing to show: journeys follow what is said within some six minutes" if period else "  nothing to show"
        )
        return
    line("  " + ", ".join(f"{name} {number}" for name, number in found["outcomes"].items()))
    line(f"  time to resolve, median: {_lasted(found['median_to_resolve_s'])}")
    line(f"  channel switch: {_rate(found['channel_switch'])}, {found['channel_switch']['forced']} of them forced")
    helped = found["first_contact_resolution"]
    line(f"  resolved by people in the first contact: {_rate(helped)}, {helped['provisional']} still provisional")
    line(f"  self-served: {found['self_served']}, abandoned unanswered: {found['abandoned_unanswered']}")
    line("")
    columns = ("stage", "entered", "progressed", "active", "abandoned")
    rows = [(*(row[name] for name in columns), _percent(row["rate"]["percent"])) for row in found["stages"]]
    table((*columns, "rate"), rows)
    line("")
    steps = [(f"{row['source']} > {row['target']}", row["n"], _lasted(row["median_s"])) for row in found["transitions"]]
    table(("transition", "n", "median"), steps)
    if found["transitions_left_out"]:
        line(f"(transitions left out, which fewer than 5 journeys made: {found['transitions_left_out']})")
    line("")
    table(("from", "to", "journeys"), [(one["source"], one["target"], one["value"]) for one in told["links"]])


def _rate(rate: dict[str, Any]) -> str:
    return f"{rate['numerator']}/{rate['denominator']} ({_percent(rate['percent'])})"


def _percent(number: float | None) -> str:
    return "no data" if number is None else f"{number} %"


def _lasted(seconds: float | None) -> str:
    return "no data" if seconds is None else shown(seconds, "seconds")
