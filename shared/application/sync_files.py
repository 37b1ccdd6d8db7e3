"""The files of an entry, on its way to a tool: waited for a minute, then told without.

Which files the tool is told without is written on its cursor first, and only then are they looked for once more (see
`media_news`). What stands there holds: an entry that may have been told without a file is told so again, should it have
to be told twice, and the file comes as an entry of its own.

Cost: nothing for an entry without files; else 1 RCU, and 1 WRU where the tool is told without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.application.media_trigger import QUEUE, MediaTrigger
from shared.application.retry import now_text
from shared.application.telling import Held, Means
from shared.domain.errors import Transient
from shared.domain.event import Attachment, Entry, StoredFile
from shared.domain.media import PATIENCE_S, STORED, wanted
from shared.ports.table import Item
from shared.store import cursors, keys, media
from shared.store.cursors import Cursor, lacked


class AwaitsFiles(Held):
    """Files of an entry are still on their way, and it is young: nothing was tried."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An entry with what is known of its files, and the cursor that says which of them the tool lacks."""

    entry: Entry
    cursor: Cursor


def carried(item: Item, entry: Entry, cursor: Cursor, means: Means) -> Carried:
    """The entry as it is told now. Raises `AwaitsFiles`; `Transient` when a queue stood in the way. For the owner."""
    if not item.get("files"):
        return Carried(with_files(entry, {}, means), cursor)
    sequence = entry.sequence
    place = media.place_of(item)
    numbers = [number for number, _ in wanted(entry)]
    without = {number for number in numbers if lacked(sequence, number) in cursor.lacks}
    files = _settled(means, place)
    if not without:
        without = {number for number in numbers if number not in files}
        if not without:
            return Carried(with_files(entry, files, means), cursor)
        until = datetime.fromisoformat(item["received_at"]).timestamp() + PATIENCE_S
        if means.clock() < until:
            raise AwaitsFiles("its files are on their way", until=until)
        names = {*cursor.lacks, *(lacked(sequence, number) for number in without)}
        cursor = cursors.lack(means.table, cursor, names)
        means.metrics.count("told_without_files", connector=means.connector.name)
        files = _settled(means, place)
    if without & set(files):
        _have_it_told(item, means)  # whoever settled it may have read the cursor before it said so
    return Carried(with_files(entry, {n: one for n, one in files.items() if n not in without}, means), cursor)


def as_it_is(item: Item, entry: Entry, means: Means) -> Entry:
    """The entry with what is known of its files. Nothing for one without files, else 1 RCU."""
    files = _settled(means, media.place_of(item)) if item.get("files") else {}
    return with_files(entry, files, means)


def with_files(entry: Entry, files: Mapping[int, StoredFile], means: Means) -> Entry:
    """The entry whose attachments say what became of their files, and where those that are there may be had."""
    if not entry.attachments:
        return entry
    told = [_told(one, files.get(number) or one.stored, means) for number, one in enumerate(entry.attachments)]
    return entry.model_copy(update={"attachments": told})


def _told(attachment: Attachment, stored: StoredFile | None, means: Means) -> Attachment:
    if stored is None:
        return attachment
    if stored.state == "fetched" and stored.key and means.link:
        url, expires_at = means.link(stored.key)
        stored = stored.model_copy(update={"url": url, "expires_at": expires_at})
    return attachment.model_copy(update={"stored": stored})


def is_late_file(entry: Entry) -> bool:
    """Whether the entry is the hub's own, and tells of a file that settled late."""
    return entry.kind == "edit" and STORED in entry.flags


def name_of_late_file(item: Item, entry: Entry) -> str:
    """How the cursor of a tool that lacks it names the file of which an entry tells."""
    number = entry.message_id.rpartition(":")[2]
    return lacked(int(item.get("target", 0)), int(number) if number.isdigit() else 0)


def _settled(means: Means, place: tuple[str, int]) -> dict[int, StoredFile]:
    found = media.of_entry(means.table, *place)
    return {number: file.view() for number, file in found.items() if file.is_settled}


def _have_it_told(item: Item, means: Means) -> None:
    case = item["pk"].removeprefix(keys.case("")[0])
    trigger = MediaTrigger(case, int(item["sequence"]), told=now_text(means.clock()))
    if means.queues.send(QUEUE, [trigger.message]):
        raise Transient("the media queue refused a trigger")
