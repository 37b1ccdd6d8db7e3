"""What Instagram takes. Source: messenger_instagram.md, "Sending", 2026-11."""

from __future__ import annotations

from typing import Final

from shared.meta.social.limits import MB, Limits, Media, utf8

LIMITS: Final = Limits(
    channel="instagram",
    network="Instagram",
    text=1000,
    measure=utf8,
    text_called="1,000 bytes (an accent counts two, an emoji four)",
    files={
        "image": Media(
            8 * MB, frozenset({"image/png", "image/jpeg", "image/gif"}), "PNG, JPEG or GIF pictures of up to 8 MB"
        ),
        "video": Media(
            25 * MB,
            frozenset(
                {
                    "video/mp4",
                    "video/ogg",
                    "video/x-msvideo",
                    "video/avi",
                    "video/quicktime",
                    "video/webm",
                }
            ),
            "MP4, Ogg, AVI, MOV or WebM videos of up to 25 MB",
        ),
        "audio": Media(
            25 * MB,
            frozenset({"audio/aac", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/mp4"}),
            "AAC, M4A, WAV or MP4 audio of up to 25 MB",
        ),
        "file": Media(25 * MB, frozenset({"application/pdf"}), "PDF files of up to 25 MB"),
    },
)
