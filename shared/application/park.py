"""Parking: what cannot go on becomes a dead letter that a person finds, with an alarm and a way back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.ports.surroundings import Metrics
from shared.ports.table import Table
from shared.store import dead_letters
from shared.store.dead_letters import DeadLetter


def park(table: Table, metrics: Metrics, letter: DeadLetter) -> None:
    """Write the letter (or update it, when the same message failed before) and count it for the alarm.

    A message that was redriven says of itself since when, and how often, it has failed. Raises `Transient` when the
    table is unreachable: the message then stays on its queue.
    """
    dead_letters.put(table, _as_first_parked(letter))
    metrics.count("dead_letters", origin=letter.origin, error=letter.error)


def with_attempt(body: str, attempt: int, first_at: str) -> str:
    """A message on its way back, with the attempt this is and when it first failed. No JSON object: as it came."""
    message = _object(body)
    return body if message is None else _text(message | {"attempt": attempt, "first_at": first_at})


def _as_first_parked(letter: DeadLetter) -> DeadLetter:
    """The letter of the message as it was before anybody redrove it: what makes it that message."""
    message = _object(letter.body)
    if message is None or "attempt" not in message:
        return letter
    attempt, first_at = message.pop("attempt"), message.pop("first_at", None)
    counted = attempt if type(attempt) is int and attempt > 1 else None
    since = first_at if counted and _is_moment(first_at) else letter.first_at
    return replace(letter, body=_text(message), attempts=counted, first_at=since)


def _object(body: str) -> dict[str, Any] | None:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _text(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _is_moment(said: object) -> bool:
    try:
        return isinstance(said, str) and datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False
