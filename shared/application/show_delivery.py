"""That an answer was delivered or read, shown in a tool that can.

It is a courtesy: what could not be shown is counted and let be, so that it never stands in the way of what was said.
The entry is read anew, so a late trigger shows what holds now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.application.slots import within_cap
from shared.application.telling import Held, Means, Refused, Run, tell, understood
from shared.ports.connectors import ShowsDelivery
from shared.store import cursors, keys
from shared.store.views import case_view, entry_view

if TYPE_CHECKING:
    from shared.application.sync_contact import Outcome
    from shared.application.trigger import Trigger


def show_delivery(trigger: Trigger, sequence: int, means: Means, run: Run) -> Outcome:
    """Nothing where the tool cannot show it; else 3 RCU and one call, without any write. Never raises what the tool
    does."""
    connector = means.connector
    if not isinstance(connector, ShowsDelivery):
        return "level"
    if means.breaker.closed_until() is not None:
        return _not_shown(means)
    try:
        cursor = cursors.of_case(means.table, trigger.case or "", connector.name)
        stored = means.table.get(keys.entry(trigger.case or "", sequence)).item
        found = means.table.get(keys.case(trigger.case or "")).item
        if cursor.remote is None or stored is None or found is None:
            return "level"  # the tool does not know of it
        case, entry = understood(lambda: case_view(found)), understood(lambda: entry_view(stored))
        with within_cap(means, run):
            tell(lambda _: connector.show_delivery(case, entry), retry=True, means=means)
    except (Held, Refused):
        return _not_shown(means)
    return "pushed"


def _not_shown(means: Means) -> Outcome:
    means.metrics.count("delivery_not_shown", connector=means.connector.name)
    return "waiting"
