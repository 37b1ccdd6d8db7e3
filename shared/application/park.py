"""Parking: what cannot go on becomes a dead letter that a person finds, with an alarm and a way back."""

from __future__ import annotations

import json
from dataclasses import replace

from shared.ports import Metrics, Table
from shared.store import dead_letters
from shared.store.dead_letters import DeadLetter


def park(table: Table, metrics: Metrics, letter: DeadLetter) -> None:
    """Write the letter (or update it, when the same message failed before) and count it for the alarm.

    Raises `Transient` when the table is unreachable: the message then stays on its queue.
    """
    dead_letters.put(table, replace(letter, body=without_attempt(letter.body)))
    metrics.count("dead_letters", origin=letter.origin, error=letter.error)


def without_attempt(body: str) -> str:
    """The message as it was before anybody redrove it: what makes it that message."""
    try:
        message = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict) or "attempt" not in message:
        return body
    del message["attempt"]
    return json.dumps(message, separators=(",", ":"))
