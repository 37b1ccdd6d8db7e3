"""`hilo run`: the embedded hub."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  hilo run
  hilo run --port 9000 --data /var/tmp/hub --config config/hub.yaml
"""


@click.command("run", epilog=EXAMPLES, short_help="The embedded hub, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="On 127.0.0.1.")
@click.option("--data", metavar="DIR", default=".hilo", show_default=True, help="Where what it holds stays.")
@click.option("--config", "config_path", metavar="FILE", default="config/demo.yaml", show_default=True)
@click.option("--clock-every", type=click.FloatRange(min=0.01), hidden=True, help="Seconds between ticks, for tests.")
def run(port: int, data: str, config_path: str, clock_every: float | None) -> int:
    """Run the whole hub on this machine until Ctrl-C. What it holds stays in DIR and survives a kill."""
    from local.run import run as run_hub

    return run_hub(port, data, config_path, clock_every=clock_every)
