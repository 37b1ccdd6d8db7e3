"""`hilo simulate`: a story, played into an empty hub in memory. Asks no hub."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from cli.faults import BadInput, Failed
from cli.output import json_document, one_line

EXAMPLES = """\b
Examples:
  hilo simulate tests/stories/first_message.yaml
  hilo simulate story.yaml --seed 7
  hilo simulate story.yaml --config config/hub.yaml
"""


@click.command("simulate", epilog=EXAMPLES, short_help="Play a story into an empty hub in memory.")
@click.argument("story", metavar="STORY.yaml")
@click.option("--config", "config", metavar="FILE", help="Instead of the brand, accounts and tool of config/demo.yaml.")
@click.option("--seed", type=int, default=0, show_default=True, help="In which order workers take turns in `parallel`.")
@click.option("--json", "_json", is_flag=True, help="The output is JSON in any case.")
def simulate(story: str, config: str | None, seed: int, _json: bool) -> None:
    """Play a story by its own clock and print what came of it: customers, cases with entries, candidates, what each
    connector was told, what was sent, dead letters.

    A story that cannot be played ends the command with exit code 2 and names file, line and step. Where the story says
    what it expects and that is not so, the exit code is 1. See docs/stories.md.
    """
    from local.simulation.play import simulate as played
    from shared.configuration import ConfigurationFault

    logging.getLogger("hilo").addHandler(logging.NullHandler())  # the outcome says it all
    try:
        outcome = played(Path(story), Path(config) if config else None, seed)
    except ConfigurationFault as wrong:
        more = f" (and {len(wrong.faults) - 1} more)" if len(wrong.faults) > 1 else ""
        raise BadInput(one_line(str(wrong.faults[0])) + more) from wrong
    json_document(outcome.report)
    if outcome.unmet:
        raise Failed("; ".join(f"{story}: {one}" for one in outcome.unmet))
