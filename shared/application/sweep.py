"""The sweep: every few minutes each tool is asked which tickets changed, so that a lost webhook loses nothing.

The clock only announces it: asking a tool takes time and secrets, which `helpdesk_pull` has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from shared.application.pull import Pulling
from shared.application.retry import now_text
from shared.application.tool_hint import ToolHint, send
from shared.domain.errors import Misconfigured, Transient
from shared.ports.queues import Queues
from shared.store import back as places

MOST_TICKETS: Final = 500
"""In one sweep; the rest is the next one's."""


def announce(queues: Queues, minutes_of: Mapping[str, int], now: float) -> None:
    """Ask for a sweep of each connector, so many minutes after the last, five at most. Every minute the same one: the
    queue drops copies for five minutes."""
    send(queues, [ToolHint(name, f"{minutes}-{now // (60 * minutes):.0f}") for name, minutes in minutes_of.items()])


def sweep(hint: ToolHint, pulling: Pulling) -> int:
    """Send a hint for each ticket that changed; how many. 0.5 RCU and 1 WRU, and what the tool is asked.

    A tool that cannot be asked is swept in its next turn, from the same cursor on.
    """
    if pulling.breaker.closed_until() is not None:
        return 0
    was = places.sweep_cursor(pulling.table, hint.connector)
    try:
        changed = pulling.back.changed_since(was, MOST_TICKETS)
    except Misconfigured as error:
        pulling.breaker.stop(error.reason)
        return 0
    except Transient as error:
        pulling.breaker.failed(error.reason, error.retry_after_s)
        pulling.metrics.count("pull_failed", connector=hint.connector, error=type(error).__name__)
        return 0
    pulling.breaker.succeeded()
    hints = [ToolHint(hint.connector, mark, ticket, swept=True) for ticket, mark in changed.tickets.items()]
    if changed.more:
        hints.append(replace(hint, id=f"{hint.id}+{changed.cursor}"))
    send(pulling.queues, hints)
    if changed.cursor:
        places.sweep_reached(pulling.table, hint.connector, was, changed.cursor, now_text(pulling.clock()))
    return len(changed.tickets)
