"""What Messenger takes. Source: messenger_instagram.md, "Sending", 2026-11."""

from __future__ import annotations

from typing import Final

from shared.domain.long_text import utf16
from shared.meta.social.limits import MB, Limits, Media

LIMITS: Final = Limits(
    channel="messenger",
    network="Messenger",
    text=2000,
    measure=utf16,
    text_called="2,000 characters",
    files={
        "image": Media(8 * MB, None, "pictures of up to 8 MB"),
        "video": Media(25 * MB, None, "videos of up to 25 MB"),
        "audio": Media(25 * MB, None, "audio of up to 25 MB"),
        "file": Media(25 * MB, None, "files of up to 25 MB"),
    },
)
