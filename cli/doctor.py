"""`hilo doctor`: what is wrong, per channel and connector."""

from __future__ import annotations

from typing import Any, Final

import click

from cli.connect import show
from cli.faults import Failed
from cli.hub import Hub, hub_at, hub_options, segment
from cli.output import json_document, line, table

EPILOG: Final = """\b
Examples:
  hilo doctor
  hilo doctor --offline
"""

COLUMNS: Final = ("name", "kind", "state", "behind", "next_try", "to_read", "swept_at")


@click.command("doctor", epilog=EPILOG, short_help="Say what is wrong, per channel and connector.")
@click.option("--offline", is_flag=True, help="Ask the hub alone, not the tools and channels.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def doctor(offline: bool, as_json: bool, url: str | None, data: str) -> None:
    """Say per channel and connector whether it is subscribed, authorised and reachable, and how far behind."""
    hub = hub_at(url, data)
    found = hub.get("/v1/doctor")
    names = [one["name"] for one in (*found["connectors"], *found["channels"])]
    found["checks"] = {} if offline else {name: checks for name in names if (checks := _checked(hub, name))}
    failed = [
        f"{name}: {one['what']}" for name, checks in found["checks"].items() for one in checks if one["ok"] is False
    ]
    found["wrong"] += failed
    if as_json:
        json_document(found)
    else:
        _print(found)
    if found["wrong"]:
        raise Failed(f"{len(found['wrong'])} wrong; the first: {found['wrong'][0]}")


def _checked(hub: Hub, name: str) -> list[dict[str, Any]]:
    """How the hub stands with it; nothing for a channel that has no way out."""
    try:
        checks: list[dict[str, Any]] = hub.post(f"/v1/connectors/{segment(name)}/connect", {"look": True})["checks"]
    except Failed as failed:
        if "neither a connector nor an account" in str(failed):
            return []
        return [{"what": "asking it", "ok": False, "detail": str(failed), "todo": ""}]
    return checks


def _print(found: dict[str, Any]) -> None:
    if found["connectors"]:
        table(COLUMNS, [[one[column] for column in COLUMNS] for one in found["connectors"]])
    for name, checks in found["checks"].items():
        line(name)
        for check in checks:
            show(check, "  ")
    full = [f"{one['name']} {one['waiting']}+{one['in_flight']}" for one in found["queues"]]
    line(f"queues (waiting+in flight): {', '.join(full)}")
    line(f"dead letters: {found['dead_letters']}")
    for fault in found["wrong"]:
        line(f"WRONG {fault}")
    if not found["wrong"]:
        line("nothing is wrong")
