"""Which public words may be answered in private, once, and how the channel calls them. Pure.

Source: messenger_instagram.md, "Comments, mentions, ratings", 2026-11.
"""

from __future__ import annotations

from typing import Final, Literal

from shared.domain.event import Event

On = Literal["comment", "post"]
"""By which kind of id the channel wants to be told whose author is meant."""

_INSTAGRAM: Final = frozenset({"comments", "live_comments"})
_POSTS: Final = frozenset({"post", "status", "photo", "video", "share", "album", "note", "link"})


def private_way(said: Event) -> On | None:
    """How its author is answered in private; None where that cannot be: ratings, what was said under others' posts."""
    if not said.public or said.kind != "comment" or said.direction != "inbound" or not said.identities:
        return None
    if said.channel == "instagram":
        return "comment" if said.provider_type in _INSTAGRAM else None
    place, _, what = said.provider_type.partition("_")
    if said.channel != "messenger" or place != "feed":
        return None
    if what == "comment":
        return "comment"
    return "post" if what in _POSTS else None
