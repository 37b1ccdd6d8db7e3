"""The files of an answer on their way out: waited for a minute, then said without.

Which of them an answer goes without is written on its send before anything of it goes out, and holds: an answer in
parts is rendered anew for each, and must be the same each time. A file that settles later does not go; the agent was
told which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from shared.domain.answer import Stored
from shared.domain.media import BYTES, PATIENCE_S, wanted
from shared.store import media, sends

if TYPE_CHECKING:
    from shared.domain.event import Attachment, Entry
    from shared.ports.table import Item, Table
    from shared.store.media import File
    from shared.store.sends import Send

Link = Callable[[str], tuple[str, datetime]]
"""By a file's key, where people may get it, and until when."""

_FAMILIES: Final = frozenset({"image", "audio", "video"})


@dataclass(frozen=True, slots=True)
class Going:
    """What of an answer's files goes out. `stored`: those that the hub keeps, by their place among `attachments`.
    `without`: those that do not go, by their place in the entry, and how each is called. `until`: not yet: files are on
    their way (epoch seconds)."""

    attachments: tuple[Attachment, ...] = ()
    stored: Mapping[int, Stored] = field(default_factory=dict)
    without: Mapping[int, str] = field(default_factory=dict)
    until: float | None = None


def patience_ends(entry: Item) -> float:
    """Until when an entry's files are waited for (epoch seconds)."""
    return datetime.fromisoformat(entry["received_at"]).timestamp() + PATIENCE_S


def going(table: Table, send: Send, item: Item, entry: Entry, now: float, link: Link | None) -> Going:
    """What goes of the files of an entry. Nothing for one without files; else 1 RCU per 4 KB of their items."""
    if not entry.attachments:
        return Going()
    found = media.of_entry(table, *media.place_of(item))
    numbers = [number for number, _ in wanted(entry)]
    is_fixed = send.without is not None or send.part > 0
    if item.get("files") and not is_fixed and not all(n in found and found[n].is_settled for n in numbers):
        until = patience_ends(item)
        if now < until:
            return Going(until=until)
    kept = {n: one for n, file in found.items() if n not in (send.without or ()) and (one := stored_of(file))}
    return _sorted_out(entry, kept, link)


def _sorted_out(entry: Entry, kept: Mapping[int, Stored], link: Link | None) -> Going:
    attachments: list[Attachment] = []
    stored: dict[int, Stored] = {}
    without: dict[int, str] = {}
    for number, attachment in enumerate(entry.attachments):
        if number in kept:
            stored[len(attachments)] = kept[number]
            attachments.append(_shown(attachment, kept[number], link))
        elif attachment.kind in BYTES or not attachment.url:
            without[number] = attachment.filename or f"{attachment.kind} {number + 1}"
        else:
            attachments.append(attachment)  # what is shared by its address alone
    return Going(tuple(attachments), stored, without)


def _shown(attachment: Attachment, kept: Stored, link: Link | None) -> Attachment:
    """As it goes out: what it is by its content, where people get it. Nothing of where the tool has it."""
    family = (kept.mime_type or "").partition("/")[0]
    kind = attachment.kind if attachment.kind == "sticker" else family if family in _FAMILIES else "document"
    about = {"kind": kind, "mime_type": kept.mime_type, "filename": kept.filename, "size": kept.size}
    return attachment.model_copy(update={**about, "provider_id": None, "url": link(kept.key)[0] if link else None})


def stored_of(file: File) -> Stored | None:
    """A file that the hub keeps and that harms nobody."""
    said = file.said
    if file.state != "fetched" or said.get("dangerous"):
        return None
    return Stored(said["key"], int(said["size"]), said.get("mime_type"), said.get("filename"))


def decided(table: Table, send: Send, found: Going) -> Send:
    """The send that says which files it goes without, where it goes without any. 1 WRU where it did not yet."""
    if not found.without or send.without is not None:
        return send
    return sends.go_without(table, send, tuple(found.without))
