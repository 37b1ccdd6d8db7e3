"""Cases that go on in another: what was said in them belongs to that one's figures.

Nothing is moved when two cases become one: the one that ends keeps its log, and the other notes it by its reference.
Which cases go on in a case, at any remove, and how far their logs are counted there, is said on its item
(`figures_joined`), so that what it contributes follows from that and from logs that only grow. The clock writes it
when a case was joined or parted, or when something came to the log of one that had ended: it reads how things stand
then, in whatever order they happened.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.domain.figures.from_log import events_of
from shared.domain.figures.model import KpiEvent
from shared.domain.figures.vocabulary import CREATED, MERGED
from shared.ports.table import Item, Table
from shared.store import keys

JOINED: Final = "figures_joined"
"""Of a case's item: by the id of each case that goes on in it, the last entry of that one's log that counts here."""

NO_MERGE: Final = frozenset({"stayed", "refused", "late"})


def read_entries(table: Table, case_id: str, last: int) -> list[Item]:
    """A case's own entries up to one of them, in order. 1 RCU for each 4 KB."""
    found: list[Item] = []
    until = keys.entry(case_id, last)[1]
    after: str | None = "ENT#"
    while after is not None:
        page = table.query(keys.case(case_id)[0], after=after, until=until)
        found += page.items
        after = page.next
    return found


def entries_of(log: Iterable[Item], case_id: str, last: int) -> list[Item]:
    """The entries of one case in a log of several, up to one of them."""
    pk = keys.case(case_id)[0]
    return [entry for entry in log if entry["pk"] == pk and int(entry["sequence"]) <= last]


def joined_events(case: Item, log: Sequence[Item]) -> Iterator[KpiEvent]:
    """The events of the cases that go on in this one, each named by its case; not that they began, nor ended there."""
    joined: Mapping[str, int] = case.get(JOINED, {})
    for other, last in sorted(joined.items()):
        entries = entries_of(log, other, int(last))
        if not entries:
            continue
        first = entries[0]
        stands = {"state": "new", "channels": [_said(first).get("channel", "-")], "opened_at": first["received_at"]}
        for event in events_of(stands, entries):
            if event.type not in (CREATED, MERGED):
                target = f"{other}:{event.target}" if event.target else None
                yield replace(event, id=f"{other}:{event.id}", target=target)


def joined_now(table: Table, case: Item) -> dict[str, int]:
    """Which cases go on in this one by now, at any remove, each with the last entry of its log.

    1 RCU for each 4 KB of the log of each of them, and 2 for each case that was ever joined.
    """
    found: dict[str, int] = {}
    _add_joined(table, case, found, {case["id"]})
    return found


def _add_joined(table: Table, case: Item, found: dict[str, int], seen: set[str]) -> None:
    for reference in _noted(read_entries(table, case["id"], int(case["sequence"]))):
        other = (table.get(keys.reference(reference)).item or {}).get("case")
        if other is None or other in seen:
            continue
        item = table.get(keys.case(other)).item
        # What was parted since goes on in it no more; it may have been joined to another.
        if item is None or item.get("merged_into") != case["id"]:
            continue
        seen.add(other)
        if not item.get("imported"):
            found[other] = int(item["sequence"])
        _add_joined(table, item, found, seen)


def _noted(log: Iterable[Item]) -> dict[str, None]:
    """The references of cases that were joined to the one of this log, in order."""
    found = (_said(entry) for entry in log if entry["kind"] == "state_change")
    return dict.fromkeys(said["reason"] for said in found if _is_note(said))


def _is_note(said: Mapping[str, Any]) -> bool:
    if said["provider_type"] != "merge" or said.get("text") or NO_MERGE.intersection(said.get("flags", ())):
        return False
    return bool(said.get("reason"))


def surviving_case(table: Table, case_id: str) -> Item | None:
    """The case in which this one goes on at last; itself where it stands alone. 1 RCU for each on the way."""
    seen: set[str] = set()
    case = table.get(keys.case(case_id)).item
    while case is not None and case.get("merged_into") and case["id"] not in seen:
        seen.add(case["id"])
        case = table.get(keys.case(case["merged_into"])).item
    return case


def _said(entry: Item) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(entry["event"] if "event" in entry else zlib.decompress(entry["event_z"]))
    return said
