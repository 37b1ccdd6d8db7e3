"""Files that go into a ticket itself: those that harm nobody and are not too long. All else is a link in the text."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.connectors.request_tracker.mapping import Note
    from shared.domain.event import Entry, StoredFile
    from shared.ports.files import Files

MOST_BYTES: Final = 5 * 1024 * 1024
"""Of all files of one note: RT's own limit is often ten, and they go in base64, within the time of one thing told."""


def with_files(note: Note, entry: Entry, files: Callable[[], Files] | None) -> Note:
    """The note with the files that go into it. One request to Files for each. Raises `Transient`."""
    chosen = attached(entry) if files is not None else []
    if not chosen or files is None:
        return note
    shelf = files()
    found = [(one, shelf.get(str(one.key))) for one in chosen]
    return replace(note, attachments=tuple(_told(one, content) for one, content in found if content))


def attached(entry: Entry) -> list[StoredFile]:
    """Those of an entry's files that go into its ticket, in order, as long as there is room."""
    chosen, room = [], MOST_BYTES
    for attachment in entry.attachments:
        stored = attachment.stored
        if stored is None or stored.state != "fetched" or stored.dangerous or not stored.size or not stored.key:
            continue
        if stored.size <= room:
            chosen.append(stored)
            room -= stored.size
    return chosen


def _told(stored: StoredFile, content: bytes) -> dict[str, str]:
    return {
        "FileName": stored.filename,
        "FileType": stored.mime_type or "application/octet-stream",
        "FileContent": b64encode(content).decode("ascii"),
    }
