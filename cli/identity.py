"""`hilo identity`: an identity in its one form. Asks no hub."""

from __future__ import annotations

from typing import Any

import click

from cli.faults import BadInput
from cli.output import json_line, one_line
from cli.reading import input_lines

EXAMPLES = """\b
Examples:
  hilo identity phone "099 123 4567" --country EC
  hilo identity email Ana@Example.com
  printf 'phone\\t0991234567\\tEC\\n' | hilo identity --batch
"""


@click.command("identity", epilog=EXAMPLES, short_help="An identity in its one form.")
@click.argument("kind", required=False)
@click.argument("value", required=False)
@click.option("--country", metavar="EC", help="Where a phone without + was written (ISO 3166, two letters).")
@click.option("--batch", is_flag=True, help="Lines of kind<TAB>value<TAB>country on standard input, one line out each.")
@click.option("--json", "_json", is_flag=True, help="The output is JSON in any case.")
def identity(kind: str | None, value: str | None, country: str | None, batch: bool, _json: bool) -> None:
    """Print an identity as the hub keeps it: {"kind", "value", "aliases", "flags"}.

    What cannot be an identity ends the command with exit code 2 and the reason; with --batch it gets a line {"error"}.
    """
    if batch:
        if kind is not None:
            raise BadInput("--batch reads standard input: leave KIND and VALUE out")
        for line in input_lines():
            json_line(_outcome(line, country))
        return
    if kind is None or value is None:
        raise BadInput("say KIND and VALUE, as in: hilo identity phone 0991234567 --country EC")
    try:
        json_line(_canonical(kind, value, country))
    except ValueError as fault:
        raise BadInput(one_line(str(fault))) from fault


def _outcome(line: bytes, country: str | None) -> dict[str, Any]:
    try:
        kind, value, where = _columns(line.decode("utf-8"))
        return _canonical(kind, value, where or country)
    except UnicodeDecodeError:
        return {"error": "not UTF-8"}
    except ValueError as fault:
        return {"error": str(fault)}
    except Exception as fault:  # noqa: BLE001 - one value that trips us must not stop the others; its line says so
        return {"error": f"Defect: {type(fault).__name__}"}


def _columns(line: str) -> tuple[str, str, str]:
    parts = line.split("\t")
    if not 2 <= len(parts) <= 3:  # kind and value, and perhaps the country
        raise ValueError("say kind<TAB>value<TAB>country")
    kind, value = parts[:2]
    return kind.strip(), value, parts[2].strip() if len(parts) > 2 else ""


def _canonical(kind: str, value: str, country: str | None) -> dict[str, Any]:
    """Raises ValueError with the reason."""
    from shared.domain.errors import HubError
    from shared.domain.identity import canonical

    try:
        one = canonical(kind, value, country or None)
    except HubError as fault:
        raise ValueError(fault.reason) from fault
    return {"kind": one.kind, "value": one.value, "aliases": list(one.aliases), "flags": list(one.flags)}
