"""A file that came with a message, for whoever has a link that the hub gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from functions.api.answers import Answer
from shared.application.file_links import FOLDER, is_good
from shared.application.inquire_errors import NotFound
from shared.domain.media_danger import shown_as
from shared.store import keys, media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.ports.files import Files
    from shared.ports.surroundings import Clock
    from shared.ports.table import Table

LINK_S: Final = 120
"""So long the storage's own link is good, to which ours leads on."""

_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "x-robots-tag": "noindex",
}
"""What a customer sent is shown as nothing that could act in the hub's name."""

GONE: Final = "there is no such file, or the link has ended"


def file(
    place: tuple[str, str, str],
    expires: str,
    signature: str,
    *,
    signing_keys: Sequence[bytes],
    table: Table,
    files: Files,
    clock: Clock,
) -> Answer:
    """The file, or where it is to be had for a moment. 1 RCU. Raises `NotFound`, which does not say why."""
    case, sequence, number = place
    if not is_good(signing_keys, FOLDER + "/".join(place), expires, signature, clock()):
        raise NotFound(GONE)
    item = table.get(keys.file(case, int(sequence), int(number))).item
    found = media.file_of(item) if item else None
    if found is None or found.state != "fetched":
        raise NotFound(GONE)
    said = found.view()
    mime_type, shown = shown_as(said.mime_type, dangerous=said.dangerous is not None)
    disposition = f"{shown}; filename*=UTF-8''{quote(said.filename, safe='')}"
    key = str(said.key)
    link = files.link(key, LINK_S, mime_type, disposition)
    if link is not None:
        return Answer(302, b"", {**_HEADERS, "location": link})
    content = files.get(key)
    if content is None:
        raise NotFound(GONE)
    return Answer(200, content, {**_HEADERS, "content-type": mime_type, "content-disposition": disposition})
