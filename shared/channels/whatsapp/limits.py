"""What WhatsApp takes: lengths in characters, sizes in bytes. Sources: whatsapp.md, "Media" and "Sending", 2026-11."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEXT: Final = 4096
CAPTION: Final = 1024
CALLBACK: Final = 512
"""Bytes of what comes back with the receipts."""

BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
BUTTON_ID: Final = 256
BUTTON_BODY: Final = 1024
ROWS: Final = 10
ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
ROW_ID: Final = 200
LIST_BUTTON: Final = 20
LIST_BODY: Final = 4096

MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Media:
    """Of one kind of file: how large, which types, and whether it carries a caption."""

    largest: int
    types: frozenset[str]
    caption: bool
    called: str


MEDIA: Final = {
    "image": Media(5 * MB, frozenset({"image/jpeg", "image/png"}), True, "JPEG or PNG of up to 5 MB"),
    "video": Media(16 * MB, frozenset({"video/mp4", "video/3gpp"}), True, "MP4 or 3GPP of up to 16 MB"),
    "audio": Media(
        16 * MB,
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
        False,
        "AAC, AMR, MP3, MP4 or Ogg Opus of up to 16 MB",
    ),
    "document": Media(
        100 * MB,
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            }
        ),
        True,
        "text, PDF, Word, Excel or PowerPoint of up to 100 MB",
    ),
    "sticker": Media(500 * 1024, frozenset({"image/webp"}), False, "WebP of up to 100 KB, animated 500 KB"),
}
STILL_STICKER: Final = 100 * 1024


def kind_of(mime_type: str, size: int, *, is_sticker: bool = False) -> str | None:
    """What a file goes as: by its type where it is short enough for that, else a document; None for one too large."""
    if is_sticker and mime_type in MEDIA["sticker"].types and size <= STILL_STICKER:
        return "sticker"
    fitting = (kind for kind in ("image", "video", "audio") if mime_type in MEDIA[kind].types)
    kind = next((kind for kind in fitting if size <= MEDIA[kind].largest), "document")
    return kind if size <= MEDIA[kind].largest else None
