"""How far the import of what a tool had is: `CON#…/IMPORT`, so that it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.ports.table import Key, Table, Update
from shared.store import keys

What = Literal["contacts", "tickets"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`cursor`: from where to go on; None before the beginning, and after the end. `counts`: by outcome, so far."""

    cursor: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    ended_at: str | None = None


def key_of(connector: str) -> Key:
    return keys.connector_state(connector)[0], "IMPORT"


def read(table: Table, connector: str, what: What) -> Progress:
    """How far it is. 1 RCU."""
    item = table.get(key_of(connector)).item or {}
    kept = item.get(what)
    if kept is None:
        return Progress()
    counts = {name: int(number) for name, number in kept["counts"].items()}
    return Progress(kept.get("cursor"), counts, kept.get("ended_at"))


def save(table: Table, connector: str, what: What, progress: Progress) -> None:
    """Write it down. 1 WRU."""
    kept: dict[str, object] = {"counts": dict(progress.counts)}
    kept |= {"cursor": progress.cursor} if progress.cursor is not None else {}
    kept |= {"ended_at": progress.ended_at} if progress.ended_at is not None else {}
    table.transact([Update(key_of(connector), set={what: kept})])
