"""The table of connectors shows what the suite runs: no more, no less."""

from __future__ import annotations

import inspect

from tests.contract.connectors import test_generic_webhook, test_request_tracker
from tests.contract.connectors.capability_table import Table, lines_of, written

SUITES = {
    "generic_webhook": [test_generic_webhook.TestGenericWebhook, test_generic_webhook.TestGenericWebhookBack],
    "request_tracker": [test_request_tracker.TestRequestTracker, test_request_tracker.TestRequestTrackerBack],
}


def test_the_page_shows_what_the_suite_runs() -> None:
    assert written() == lines_of(_run_by_the_suites())


def _run_by_the_suites() -> Table:
    table: Table = {}
    for connector, suites in SUITES.items():
        for name, test in [member for suite in suites for member in inspect.getmembers(suite, inspect.isfunction)]:
            if name.startswith("test_") and (capability := getattr(test, "capability", None)):
                table.setdefault(capability, set()).add(connector)
    return table
