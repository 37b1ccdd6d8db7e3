"""What lies in the folder of a hub that has been stopped."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from local.sqlite.attributes import from_text, unmarshal_item
from shared.ports.table import Item
from shared.store.views import entry_view


@dataclass
class Found:
    """`recorded`: how often each message is an entry. `gaps`: cases whose sequence has one."""

    recorded: Counter[str] = field(default_factory=Counter)
    customers: int = 0
    cases: int = 0
    gaps: int = 0
    dead_letters: int = 0
    queued: int = 0


def look(folder: Path) -> Found:
    """Everything in the table, read past the ports, and how many messages are still queued."""
    found = Found()
    sequences: dict[str, list[int]] = defaultdict(list)
    last: dict[str, int] = {}
    with closing(sqlite3.connect(folder / "hub.db")) as connection:
        for (body,) in connection.execute("SELECT body FROM items ORDER BY pk, sk"):
            _note(unmarshal_item(from_text(body)), found, sequences, last)
        found.queued = connection.execute("SELECT COUNT(*) FROM messages").fetchone()[0]
    found.gaps = sum(sequences[case] != list(range(1, end + 1)) for case, end in last.items())
    return found


def _note(item: Item, found: Found, sequences: dict[str, list[int]], last: dict[str, int]) -> None:
    pk, sk = item["pk"], item["sk"]
    if sk == "PROFILE":
        found.customers += not item.get("merged_into")
    elif sk == "CASE":
        found.cases += 1
        last[pk] = item["sequence"]
    elif sk.startswith("ENT#"):
        sequences[pk].append(item["sequence"])
        entry = entry_view(item)
        found.recorded[entry.message_id] += entry.kind == "message"
    elif pk.startswith("DLQ#"):
        found.dead_letters += 1
