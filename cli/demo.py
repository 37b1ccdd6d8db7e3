"""`hilo demo`: a story with invented people, played to the hub that runs here."""

from __future__ import annotations

import click

from cli.faults import BadInput
from cli.hub import hub_at
from cli.output import json_line, line

EXAMPLES = """\b
Examples:
  hilo demo
  hilo demo --speed 5
"""


@click.command("demo", epilog=EXAMPLES, short_help="Play a story with invented people, to look at.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1, show_default=True, help="1 takes 20 seconds.")
@click.option("--real-tools", is_flag=True, help="Though a connected tool is not the demonstration's own.")
@click.option("--json", "as_json", is_flag=True, help='Print {"title", "seconds", "steps", "console"}.')
@click.option("--data", metavar="DIR", default=".hilo", show_default=True, help="Of the hub running here.")
def demo(speed: float, real_tools: bool, as_json: bool, data: str) -> None:
    """Play a story to the hub that runs here: people write on WhatsApp, by e-mail and on Instagram, one sends a photo,
    an agent answers in the demonstration's tool, and they get it on their phones. Watch it on the console.

    Deliveries are signed and go through the webhooks as Meta's do, mails through the hub's port for them, the tool's
    through its own. Play it as often as
    you like: the people are the same, and the hub knows them again.
    """
    hub = hub_at(None, data)
    console = hub.local.get("console")
    if not isinstance(console, str):
        raise BadInput(f"{data}/run.json does not say where the console is")
    told = hub.post("/local/scenario", {"speed": speed, "real_tools": real_tools})
    if as_json:
        json_line({**told, "console": console})
    else:
        line(f"{told['title']}: {told['steps']} steps in {told['seconds']:g} s. See it happen:")
        line(f"  {console}")
