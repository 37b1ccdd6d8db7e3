"""`hilo kpi`: the service's figures."""

from __future__ import annotations

import click

from cli.computing import compute
from cli.journeys import journeys


@click.group("kpi")
def kpi() -> None:
    """Figures: how customers are served."""


kpi.add_command(compute)
kpi.add_command(journeys)
