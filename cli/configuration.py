"""`hilo config`: is the configuration right? Asks no hub."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click

from cli.calendars import DATE, shown_notice
from cli.faults import BadInput
from cli.output import json_document, line


@click.group("config")
def config() -> None:
    """The configuration."""


@config.command("check", epilog="\b\nExamples:\n  hilo config check\n  hilo config check config/demo.yaml --json\n")
@click.argument("file", default="config/hub.yaml", metavar="[FILE]")
@click.option("--on", type=DATE, metavar="DATE", help="Warn of holidays as on this date. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(file: str, on: date | None, as_json: bool) -> None:
    """Check FILE (config/hub.yaml) and name file, line and key of every fault. Exit code 2 when there are any.

    Warns, without failing, of years that a calendar's table of holidays does not cover: this one and the next.
    """
    from shared.bootstrap import connector_options
    from shared.configuration import ConfigurationFault, load
    from shared.configuration.notices import notices

    try:
        found = load(file, connector_options())
    except ConfigurationFault as wrong:
        if as_json:
            json_document({"faults": [_shown(fault) for fault in wrong.faults]})
        else:
            for fault in wrong.faults:
                line(str(fault))
        count = len(wrong.faults)
        raise BadInput(f"{file}: {count} {'fault' if count == 1 else 'faults'}") from wrong
    today = on or datetime.now(UTC).date()
    told = notices(found.holiday_uses, today, date(today.year + 1, 12, 31))
    if as_json:
        json_document({"faults": [], "warnings": [shown_notice(notice) for notice in told]})
    else:
        for notice in told:
            line(f"warning: {notice.at} ({notice.name})")
        counts = f"brands: {len(found.brands)}, accounts: {len(found.accounts)}, connectors: {len(found.connectors)}"
        line(f"{file}: right ({counts})")


def _shown(fault: Any) -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "key": fault.key, "message": fault.message}
