"""Questions about cases: a customer's timeline and one case with its entries. Reads only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from shared.application.inquire import is_id, profile_of
from shared.application.inquire_errors import BadQuestion, NotFound
from shared.application.inquire_paging import cursor_of, position_of
from shared.application.inquire_revisions import Logged, interactions
from shared.domain.merging import family_of
from shared.domain.surveys.timing import LOOKED
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.media import File, file_of
from shared.store.paging import every_item
from shared.store.views import case_view, customer_view, entry_view, reading_in

Link: TypeAlias = Callable[[str], tuple[str, datetime] | None]
"""The key of a stored file to a link and when it ends; None where nothing signs links."""

MAX_CASES: Final = 100
MAX_ENTRIES: Final = 1000

PAGE_BYTES: Final = 4_000_000
"""A page ends before it is larger, so that it fits an answer of 6 MB."""


@dataclass(slots=True)
class Record:
    """All that is stored of one case: its fold, its log in order, and one cursor for each connector."""

    case: Item
    log: list[Logged] = field(default_factory=list)
    cursors: dict[str, Item] = field(default_factory=dict)

    @property
    def remote(self) -> dict[str, dict[str, Any]]:
        """Where the case lives in each tool, and how far it was told. `pushed` is the last sequence told."""
        return {
            connector: {
                "id": cursor.get("remote_id"),
                "url": cursor.get("url"),
                "pushed": max(int(cursor.get("pushed", 0)), 0),
                "error": cursor.get("error"),
            }
            for connector, cursor in sorted(self.cursors.items())
        }


def read_case(table: Table, case_id: str, link: Link | None = None) -> Record:
    """The whole case; `link` leads to its files. Raises `NotFound`. 1 RCU per 4 KB of its log, originals included."""
    record: Record | None = None
    for item in _items(table, case_id):
        if item["sk"] == "CASE":
            record = Record(item)
        elif record is None:
            break
        elif item["sk"].startswith("ENT#"):
            target = item.get("target")
            reading = reading_in(item) if "reading" in item else None
            record.log.append(Logged(entry_view(item), None if target is None else int(target), reading))
        elif item["sk"].startswith(keys.FILES):
            _note_file(record.log, file_of(item), link)
        elif item["sk"].startswith("SYNC#"):
            record.cursors[item["sk"].removeprefix("SYNC#")] = item
    if record is None:
        raise NotFound("there is no such case")
    return record


def _note_file(log: list[Logged], file: File, link: Link | None) -> None:
    """What became of a file, with the message that it came with. Where it lies is the hub's own affair."""
    at = next((n for n, one in enumerate(log) if one.entry.sequence == file.sequence), None)
    if at is None or not file.is_settled:
        return
    entry = log[at].entry
    stored = file.view()
    url, until = (link(stored.key) if link and stored.key else None) or (None, None)
    view = stored.model_copy(update={"key": None, "url": url, "expires_at": until})
    told = [
        one.model_copy(update={"stored": view}) if number == file.number else one
        for number, one in enumerate(entry.attachments)
    ]
    log[at] = replace(log[at], entry=entry.model_copy(update={"attachments": told}))


def case(
    table: Table, case_id: str, *, cursor: str | None = None, limit: int = MAX_ENTRIES, link: Link | None = None
) -> dict[str, Any]:
    """One case with a page of its interactions, revisions applied. Raises `NotFound`, `BadQuestion`."""
    after = _sequence(cursor)
    record = read_case(table, case_id, link)
    page = _page(interactions(record.log), after, limit)
    return _shown(record) | {"interactions": page.entries, "next": page.next}


def case_log(
    table: Table, case_id: str, *, cursor: str | None = None, limit: int = MAX_ENTRIES, link: Link | None = None
) -> dict[str, Any]:
    """One case with a page of every entry of its log, as recorded, in `entries`; `interactions` of the same stretch.

    Raises `NotFound`, `BadQuestion`.
    """
    after = _sequence(cursor)
    record = read_case(table, case_id, link)
    page = _page((one.entry.dump() for one in record.log), after, limit)
    listed = {entry["sequence"] for entry in page.entries}
    said = [entry for entry in interactions(record.log) if entry["sequence"] in listed]
    return _shown(record) | {"entries": page.entries, "interactions": said, "next": page.next}


def timeline(table: Table, customer_id: str, *, cursor: str | None = None, limit: int = 20) -> dict[str, Any]:
    """A customer's cases, newest first, each with what people and bots said, revisions applied.

    A page holds `limit` cases, or fewer when they are large. A case too large for a page of its own ends with
    `"more"`: the cursor with which `case` goes on. Raises `NotFound`, `BadQuestion`.
    0.5 RCU per 40 cases for their ids, for each customer merged into this one too, and the cost of `read_case` for
    each case.
    """
    position = position_of(cursor, "before")
    profile = profile_of(table, customer_id)
    before = position["before"] if position else None
    ids = sorted((one for one in _case_ids(table, profile) if before is None or one < before), reverse=True)
    cases: list[dict[str, Any]] = []
    size = 0
    for case_id in ids:
        one = _whole(read_case(table, case_id))
        size += _bytes(one)
        if cases and size > PAGE_BYTES:
            break
        cases.append(one)
        if len(cases) == limit:
            break
    following = cursor_of(before=cases[-1]["id"]) if len(cases) < len(ids) else None
    return {"customer": customer_view(profile).dump(), "cases": cases, "next": following}


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[dict[str, Any]]
    next: str | None


def _page(entries: Iterable[dict[str, Any]], after: int, limit: int) -> _Page:
    taken: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        if entry["sequence"] <= after:
            continue
        size += _bytes(entry)
        if taken and (len(taken) == limit or size > PAGE_BYTES):
            return _Page(taken, cursor_of(after=str(taken[-1]["sequence"])))
        taken.append(entry)
    return _Page(taken, None)


def _whole(record: Record) -> dict[str, Any]:
    page = _page(interactions(record.log), 0, MAX_ENTRIES)
    more = {"more": page.next} if page.next else {}
    return _shown(record) | {"interactions": page.entries} | more


def _shown(record: Record) -> dict[str, Any]:
    return case_view(record.case).dump() | {"remote": record.remote} | _survey(record.case)


def _survey(case: Item) -> dict[str, Any]:
    """What came of asking its customer, where their time to be asked has come: when, and why they were not, or until
    when it waits."""
    looked = case.get(LOOKED)
    if looked is None:
        return {}
    result = "not_asked" if looked.get("why") else "waits" if looked.get("until") else "asked"
    return {"survey": {"result": result, **{part: looked[part] for part in ("at", "why", "until") if part in looked}}}


def _sequence(cursor: str | None) -> int:
    position = position_of(cursor, "after")
    if position is None:
        return 0
    text = position["after"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise BadQuestion("cursor: not one that this list gave out")
    return int(text)


def _case_ids(table: Table, profile: Item) -> set[str]:
    """Of the customer and everybody merged into them. The index may lag behind by a moment; the profile knows the
    cases that are active or can be reopened."""
    ids = set(profile.get("cases", {}))
    for member in family_of(profile):
        listed = every_item(table, keys.customer(member)[0], index="cases")
        ids |= {item["pk"].removeprefix("CAS#") for item in listed}
    return ids


def _items(table: Table, case_id: str) -> Iterable[Item]:
    return every_item(table, keys.case(case_id)[0]) if is_id(case_id) else ()


def _bytes(shown: dict[str, Any]) -> int:
    return len(json.dumps(shown, ensure_ascii=False).encode("utf-8", "surrogatepass"))
