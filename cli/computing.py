"""`hilo kpi compute`: figures of events in a file. Asks no hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from cli.faults import BadInput
from cli.output import json_document, line, one_line, table
from cli.reading import file_bytes

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.domain.business_time.clocks import Outcome
    from shared.domain.figures.compute import Computed
    from shared.domain.figures.figure import Figure
    from shared.domain.figures.model import CaseHistory, Fact
    from shared.domain.figures.reading import Reading
    from shared.domain.figures.service_levels import Running

EXAMPLES = """\b
Examples:
  hilo kpi compute events.jsonl
  hilo kpi compute events.jsonl --config config/hub.yaml --as-of 2026-11-20T23:00:00Z
  cat events.jsonl | hilo kpi compute --json
"""

MOST_ODD_TYPES = 5


@click.command("compute", epilog=EXAMPLES, short_help="Events in, facts and figures out.")
@click.argument("file", default="-", metavar="[FILE]")
@click.option(
    "--config",
    "config",
    metavar="FILE",
    help="Calendars, targets and windows; else open at every hour, and no targets.",
)
@click.option("--as-of", "as_of", metavar="INSTANT", help="How things stood then, instead of now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compute(file: str, config: str | None, as_of: str | None, as_json: bool) -> None:
    """Read events, one JSON object a line, from FILE or standard input, and print the facts of each case and the
    figures that they add up to. docs/figures.md lists the events and says what each figure means.

    A line that cannot be read ends the command with exit code 2 and names line and key.
    """
    from shared.configuration.kpi import rules_of
    from shared.domain.figures.compute import computed

    settings = _settings(config)
    reading, histories = _read(file, settings.brands[0].name)
    at = _instant(as_of) if as_of else _now(reading)
    result = computed(histories, rules_of(settings), at)
    _warn(reading, file)
    if as_json:
        json_document(_shown(result, reading))
    else:
        _print(result)


def _settings(config: str | None) -> Config:
    from local.simulation.settings import DEMO, home
    from shared.bootstrap import connector_options
    from shared.configuration import ConfigurationFault, load, parse_mapping

    try:
        return load(config, connector_options()) if config else parse_mapping(home(), str(DEMO), connector_options())
    except ConfigurationFault as wrong:
        more = f" (and {len(wrong.faults) - 1} more)" if len(wrong.faults) > 1 else ""
        raise BadInput(one_line(str(wrong.faults[0])) + more) from wrong


def _read(file: str, brand: str) -> tuple[Reading, list[CaseHistory]]:
    """`brand`: of cases that name none."""
    from shared.domain.figures.batch import histories_of
    from shared.domain.figures.reading import BadLine, read_lines

    where = "standard input" if file == "-" else one_line(file)
    try:
        reading = read_lines(file_bytes(file).split(b"\n"))
        return reading, histories_of(reading.told, brand)
    except BadLine as fault:
        raise BadInput(f"{where}: {fault}") from fault


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("--as-of: not a time: write it as 2026-11-20T23:00:00Z") from None
    if at.tzinfo is None:
        raise BadInput("--as-of: a time needs its zone: 2026-11-20T23:00:00Z, or -05:00 in place of Z")
    return at.astimezone(UTC)


def _now(reading: Reading) -> datetime:
    """Now, or the last event where that lies ahead of this machine's clock."""
    return max([datetime.now(UTC), *(told.event.occurred_at for told in reading.told)])


def _warn(reading: Reading, file: str) -> None:
    if not reading.told and not reading.unknown:
        click.echo(f"hilo: {'standard input' if file == '-' else one_line(file)}: no events", err=True)
    for word, lines in list(reading.unknown.items())[:MOST_ODD_TYPES]:
        text = f"line {lines[0]}: type {word} is not known and counts for nothing ({len(lines)} of it)"
        click.echo(f"hilo: {one_line(text)}", err=True)


def _shown(result: Computed, reading: Reading) -> dict[str, Any]:
    from shared.domain.event import utc_text
    from shared.domain.figures.backlog import aging
    from shared.domain.figures.definitions import DEFINITIONS
    from shared.domain.figures.figures import figures_of

    return {
        "as_of": utc_text(result.as_of),
        "facts": [_fact(fact) for facts in result.facts.values() for fact in facts],
        "figures": {name: _figures(figures_of(totals)) for name, totals in result.totals.items()},
        "by_channel": {name: _figures(figures_of(totals)) for name, totals in result.by_channel.items()},
        "backlog": {
            "count": len(result.pending),
            "cases": [
                {
                    "case": age.case,
                    "age_s": age.calendar_s,
                    "age_business_s": age.business_s,
                    "since_reopened_s": age.since_reopened_s,
                    "since_reopened_business_s": age.since_reopened_business_s,
                }
                for age in result.pending
            ],
            "aging": aging(age.calendar_s for age in result.pending),
            "aging_business": aging(age.business_s for age in result.pending),
        },
        "clocks": [_clock(case, *one) for case, clocks in result.clocks.items() for one in clocks],
        "customers": result.customers,
        "unknown_types": reading.unknown,
        "definitions": {name: {"en": one.en, "es": one.es} for name, one in DEFINITIONS.items()},
    }


def _clock(case: str, running: Running, found: Outcome) -> dict[str, Any]:
    return {
        "case": case,
        "clock": running.name,
        "since": _moment(running.clock.start),
        "state": found.state,
        "due": _moment(found.due),
        "used_s": found.used_s,
        "rest_s": found.rest_s,
        "met_at": _moment(found.met_at),
        "breached_at": _moment(found.breached_at),
        "reason": found.reason,
        "warnings": [{"percent": warned.percent, "at": _moment(warned.at)} for warned in found.warnings],
        "next_at": _moment(found.next_at),
    }


def _moment(at: datetime | None) -> str | None:
    from shared.domain.event import utc_text

    return utc_text(at) if at else None


def _fact(fact: Fact) -> dict[str, Any]:
    from shared.domain.figures.metrics import METRICS

    by = fact.dimensions
    return {
        "case": fact.case,
        "metric": fact.metric,
        "amount": fact.amount,
        "unit": METRICS[fact.metric].unit,
        "at": _moment(fact.at),
        "also_at": _moment(fact.also_at),
        "channel": by.channel,
        "brand": by.brand,
        "team": by.team,
        "agent": by.agent,
        "first_channel": by.first_channel,
        "in_hours": by.in_hours,
        "flags": sorted(fact.flags),
    }


def _figures(figures: Iterable[Figure]) -> Mapping[str, Any]:
    return {
        figure.name: {
            "value": figure.value,
            "unit": figure.unit,
            "n": figure.n,
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            **figure.percentiles,
        }
        for figure in figures
    }


def _print(result: Computed) -> None:
    from shared.domain.event import utc_text
    from shared.domain.figures.figures import figures_of

    line("facts")
    rows = [_row(fact) for facts in result.facts.values() for fact in facts]
    table(("case", "metric", "amount", "at", "channel", "agent", "flags"), rows)
    line("")
    line(f"figures as of {utc_text(result.as_of)}")
    columns = ("channels", "figure", "value", "unit", "n", "numerator", "denominator", "p50", "p90", "p95")
    said = [
        (group, figure.name, figure.value, figure.unit, figure.n, figure.numerator, figure.denominator,
         *(figure.percentiles.get(name) for name in ("p50", "p90", "p95")))
        for group, totals in {**result.totals, **result.by_channel}.items()
        for figure in figures_of(totals)
        if figure.n or figure.numerator
    ]  # fmt: skip
    table(columns, said)
    line("")
    line(f"pending: {len(result.pending)}")
    table(
        ("case", "age_s", "age_business_s", "since_reopened_s"),
        [(age.case, age.calendar_s, age.business_s, age.since_reopened_s) for age in result.pending],
    )


def _row(fact: Fact) -> tuple[object, ...]:
    from shared.domain.event import utc_text

    by = fact.dimensions
    return fact.case, fact.metric, fact.amount, utc_text(fact.at), by.channel, by.agent, " ".join(sorted(fact.flags))
