"""A channel's fixtures and the table of what must come of them: one row for each event, in order.

A row names the fields that matter; null means that the field must be absent.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2]
Rows = list[dict[str, Any]]


def expected(channel: str) -> dict[str, Rows]:
    table: dict[str, Rows] = json.loads((TESTS / "contract" / channel / "expected.json").read_text("utf-8"))
    return table


def fixtures(channel: str) -> dict[str, bytes]:
    """By name, the bytes of each."""
    return {path.stem: path.read_bytes() for path in sorted((TESTS / "fixtures" / channel).glob("*.json"))}


def events(channel: str, body: bytes) -> Rows:
    """What comes of a delivery, as JSON objects."""
    module = f"shared.channels.{channel}"
    split, parse = import_module(f"{module}.webhook").split, import_module(f"{module}.parse").parse
    return [parse(element.raw).dump() for element in split(body)]


def differences(event: dict[str, Any], row: dict[str, Any]) -> list[str]:
    return [f"{key}: {event.get(key)!r}, not {row[key]!r}" for key in row if event.get(key) != row[key]]
