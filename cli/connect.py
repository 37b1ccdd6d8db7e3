"""`hilo connect`: how the hub stands with the other side, and setting it up where its API lets us."""

from __future__ import annotations

from typing import Any, Final

import click

from cli.faults import Failed
from cli.hub import hub_at, hub_options, segment
from cli.output import json_document, line

EPILOG: Final = """\b
NAME is a connector's, or channel:account of a channel.
Examples:
  hilo connect soporte
  hilo connect whatsapp:200000000000001
"""

MARKS: Final = {True: "ok  ", False: "FAIL", None: "?   "}


@click.command("connect", epilog=EPILOG, short_help="Set up and check the other side.")
@click.argument("name", metavar="NAME")
@click.option("--look", is_flag=True, help="Only look: change nothing there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def connect(name: str, look: bool, as_json: bool, url: str | None, data: str) -> None:
    """Check what the hub needs at the other side, and set up what its API lets us.

    ok: it is well. FAIL: it is not, and what to do. ?: it cannot be found out from here, and how to see for yourself.
    """
    found = hub_at(url, data).post(f"/v1/connectors/{segment(name)}/connect", {"look": look})
    if as_json:
        json_document(found)
    else:
        for check in found["checks"]:
            show(check)
    failed = [check["what"] for check in found["checks"] if check["ok"] is False]
    if failed:
        raise Failed(f"{name}: {len(failed)} to do: {', '.join(failed)}")


def show(check: dict[str, Any], indent: str = "") -> None:
    """One check for people: mark, what, detail, and beneath it what to do."""
    detail = f": {check['detail']}" if check["detail"] else ""
    line(f"{indent}{MARKS[check['ok']]} {check['what']}{detail}")
    if check["todo"]:
        line(f"{indent}     -> {check['todo']}")
