"""Files that come with messages: which are fetched, how much of them, where they lie. Pure, standard library.

Sources: the channels' sheets, "Media" and "Attachment types".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from shared.domain.errors import HubError
from shared.domain.event import HUB
from shared.domain.tool_events import is_reply

if TYPE_CHECKING:
    from shared.domain.event import Attachment, Event

State = Literal["queued", "fetched", "gone", "refused", "too_large", "failed"]
EndState = Literal["gone", "refused", "too_large", "failed"]

STORED: Final = "stored_file"
"""Flag of the entry that tells of a file which settled after its message had been told."""

CHANNELS: Final = frozenset({"whatsapp", "email", "messenger", "instagram"})
"""Channels whose files are fetched. Of a tool those of its agents' answers are, which go on to the customer."""

KINDS: Final = frozenset({"message", "postback", "comment", "survey", "bounce", "auto_reply", "unsupported", "edit"})
"""Kinds of event that bring files of their own."""

BYTES: Final = frozenset({"image", "audio", "video", "document", "sticker"})
"""Kinds of attachment that are files. A share is a link, and a story may not be kept (Meta's terms)."""

MOST_FILES: Final = 100
"""Files of one entry that are fetched; those beyond stay in the original."""

PATIENCE_S: Final = 60.0
"""So long a tool is not told of a message whose files are still on their way."""

MEGABYTE: Final = 1024 * 1024

MAX_BYTES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "image": 25 * MEGABYTE,
        "audio": 25 * MEGABYTE,
        "video": 100 * MEGABYTE,
        "document": 100 * MEGABYTE,
        "sticker": 5 * MEGABYTE,
    }
)
"""The most that is stored of one file, by kind, where the configuration says nothing. WhatsApp ends at 100 MB."""

MAX_TOTAL: Final = 200 * MEGABYTE
"""The most that is stored of all files of one entry."""


class Ended(HubError):
    """A file that will not come: it is gone, refused, too large, or could not be had. `reason` names no person."""

    def __init__(self, state: EndState, reason: str) -> None:
        super().__init__(reason)
        self.state = state


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes that are stored, of one file by kind and of an entry's files together."""

    each: Mapping[str, int] = field(default_factory=lambda: MAX_BYTES)
    total: int = MAX_TOTAL

    def of(self, kind: str, spent: int) -> int:
        """What one more file of this kind may have, `spent` bytes of its entry being stored already."""
        return max(min(self.each.get(kind, MAX_BYTES["document"]), self.total - spent), 0)


def wanted(event: Event) -> Iterator[tuple[int, Attachment]]:
    """The attachments whose bytes are fetched, each with its place among the event's own."""
    if event.kind not in KINDS or {STORED, "reparsed", "moved"} & set(event.flags):
        return
    if event.channel not in CHANNELS and not _is_answer(event):
        return
    for number, one in enumerate(event.attachments[:MOST_FILES]):
        if is_fetched(one):
            yield number, one


def _is_answer(event: Event) -> bool:
    """Whether an agent says it to the customer, in their tool. What is between agents alone goes nowhere."""
    return event.channel != HUB and is_reply(event)


def is_fetched(attachment: Attachment) -> bool:
    """Whether there are bytes that the hub may have: not of a story, a share, or what the provider itself lost."""
    has_source = bool(attachment.provider_id or attachment.url)
    return attachment.kind in BYTES and has_source and attachment.failed is None


def count(event: Event) -> int:
    """How many files of an event are fetched."""
    return sum(1 for _ in wanted(event))


def file_key(case_id: str, sequence: int, number: int) -> str:
    """Where a file lies in Files: by our own ids alone."""
    return f"media/{case_id}/{sequence}/{number}"


def digest_of(said: str | None) -> bytes | None:
    """A sha256 as a provider writes it, base64 or hex; None for what is neither (WhatsApp has both)."""
    if not said:
        return None
    text = said.strip()
    try:
        read = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return read if len(read) == 32 else None
