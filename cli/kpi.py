"""`hilo kpi`: the service's figures."""

from __future__ import annotations

import click

from cli import asking
from cli.computing import compute
from cli.faults import BadInput
from cli.hub import hub_at, hub_options
from cli.journeys import journeys
from cli.recompute import recompute

EPILOG = """\b
Days are local ones of each brand, both included. What each figure means: docs/figures.md.
Examples:
  hilo kpi
  hilo kpi --from 2026-11-01 --to 2026-11-30 --by channel,hour
  hilo kpi --by day --figure frt_human_business,sla_first_response --csv
"""


@click.group("kpi", invoke_without_command=True, epilog=EPILOG)
@asking.options
@hub_options
@click.pass_context
def kpi(
    context: click.Context, /, *, as_json: bool, as_csv: bool, url: str | None, data: str, **wish: str | None
) -> None:
    """Figures of a range of days: response times, service levels, resolution, surveys and more."""
    if context.invoked_subcommand is not None:
        _refuse_before(context, context.invoked_subcommand)
        return
    if as_json and as_csv:
        raise BadInput("--json, --csv: one of the two")
    days = {"from": wish.pop("first"), "to": wish.pop("last")}
    asking.ask(hub_at(url, data), days | wish, "json" if as_json else "csv" if as_csv else "table")


def _refuse_before(context: click.Context, command: str) -> None:
    """Options before a subcommand are this command's, which does not run then. Raises `BadInput`, drops none."""
    told = ", ".join(one.opts[0] for one in context.command.params if _was_said(context, one))
    if told:
        raise BadInput(f"{told}: options go after {command}: hilo kpi {command} --help lists those it takes")


def _was_said(context: click.Context, one: click.Parameter) -> bool:
    return context.get_parameter_source(str(one.name)) is click.core.ParameterSource.COMMANDLINE


kpi.add_command(compute)
kpi.add_command(journeys)
kpi.add_command(recompute)
