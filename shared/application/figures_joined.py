"""Cases that go on in another: what was said in them belongs to that one's figures.

Nothing is moved when two cases become one: the one that ends keeps its log, which then does not grow, and the other
notes it by its reference. So who reads the one that goes on reads the log of the other up to there; until people part
them again, which its item says.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import KpiEvent
from shared.domain.figures.vocabulary import CREATED, MERGED
from shared.ports.table import Item, Table
from shared.store import keys

JOINED: Final = "joined"
"""Beside an entry that notes such a case, in memory alone: `{"id", "log"}`."""

NO_MERGE: Final = frozenset({"stayed", "refused", "late"})


def read_entries(table: Table, case: Item) -> list[Item]:
    """A case's own entries up to its last, in order. 1 RCU for each 4 KB."""
    found: list[Item] = []
    last = keys.entry(case["id"], int(case["sequence"]))[1]
    after: str | None = "ENT#"
    while after is not None:
        page = table.query(keys.case(case["id"])[0], after=after, until=last)
        found += page.items
        after = page.next
    return found


def with_joined(table: Table, case_id: str, log: list[Item], seen: frozenset[str] = frozenset()) -> list[Item]:
    """The log, with that of each case that it notes to go on in this one. 2 RCU for each, and its log."""
    for entry in log:
        reference = _noted(entry)
        found = table.get(keys.reference(reference)).item if reference else None
        other = found["case"] if found else None
        if other is None or other in (case_id, *seen):
            continue
        item = table.get(keys.case(other)).item
        if item is not None:
            whole = with_joined(table, other, read_entries(table, item), seen | {case_id})
            entry[JOINED] = {"id": other, "log": _until_merged(whole, entry["received_at"])}
    return log


def _said(entry: Item) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(entry["event"] if "event" in entry else zlib.decompress(entry["event_z"]))
    return said


def _noted(entry: Item) -> str | None:
    """The reference of a case that went on here with this entry."""
    if entry["kind"] != "state_change":
        return None
    said = _said(entry)
    if said["provider_type"] != "merge" or said.get("text") or NO_MERGE.intersection(said.get("flags", ())):
        return None
    return said.get("reason")


def _until_merged(log: Sequence[Item], at: str) -> list[Item]:
    """The entries before the one that was written with the note."""
    for place, entry in enumerate(log):
        if entry["kind"] == "state_change" and entry["received_at"] == at and _said(entry).get("text") == "merged":
            return list(log[:place])
    return []


def joined_events(case: Item, log: Sequence[Item]) -> Iterator[KpiEvent]:
    """The events of the cases that go on in this one, each named by its case; not that they began, nor ended there."""
    parted = {own["case"]: int(own["since"]) for own in case.get("parted", {}).values()}
    for entry in log:
        joined = entry.get(JOINED)
        # What was noted after people had parted them joined them again.
        if joined is None or not joined["log"] or int(entry["sequence"]) <= parted.get(joined["id"], 0):
            continue
        first = joined["log"][0]
        stands = {"state": "new", "channels": [_said(first).get("channel", "-")], "opened_at": first["received_at"]}
        events = (*events_of(stands, joined["log"]), *joined_events({}, joined["log"]))
        for event in events:
            if event.type not in (CREATED, MERGED):
                target = f"{joined['id']}:{event.target}" if event.target else None
                yield replace(event, id=f"{joined['id']}:{event.id}", target=target)
