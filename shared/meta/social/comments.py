"""What was said in public, under a post: by customers, and by the account itself. A thread for each root comment."""

from __future__ import annotations

from typing import Final

from shared.domain.element import digest
from shared.domain.event import Attachment, Event
from shared.meta.social.attachments import https_url
from shared.meta.social.source import AGENT, CUSTOMER, SYSTEM, Said, Source, is_id, moment_of

NOBODY: Final = "nobody_named"
"""Flag of a comment that Meta tells of without saying whose it is."""

REMOVED: Final = frozenset({"remove", "delete", "deleted"})
EDITED: Final = frozenset({"edit", "edited"})


def thread_of(post: str | None, root: str) -> str:
    """`<post or media>:<root comment>`."""
    return f"{post or '-'}:{root}"


def author(source: Source, value: str | None, name: str | None, *, ours: bool, scope: str = "") -> Said:
    """Who said it, as fields of an event. What the account itself said names no customer: the thread does."""
    if ours:
        return {"direction": "outbound", "author": AGENT, "identities": []}
    if value is None or not is_id(value):
        source.item.flag(NOBODY)
        return {"author": SYSTEM, "identities": [], "display_name": name}
    return {
        "author": CUSTOMER,
        "identities": [source.identity(value, scope=scope, address=not scope)],
        "display_name": name,
    }


def event(source: Source, verb: str, comment: str, thread: str, **said: object) -> Event:
    """What was done to a comment: said, reworded, removed, hidden."""
    around: Said = {"public": True, "thread": thread, "occurred_at": _at(source), **said}
    if verb in REMOVED:
        return _without_words(
            source, "deletion", {**around, "message_id": f"{comment}:removed", "in_reply_to": comment}
        )
    if verb in ("hide", "unhide"):
        moment = str(source.item.content.get("created_time") or source.sent_at)
        around |= {"message_id": f"{comment}:{verb}:{digest('moment', moment)[:16]}", "author": SYSTEM}
        reason = "the comment was hidden" if verb == "hide" else "the comment is shown again"
        return _without_words(source, "ignored", {**around, "direction": "inbound", "reason": reason})
    if verb in EDITED:
        text = str(said.get("text") or "")
        reworded = {"message_id": f"{comment}:edited:{digest('edit', text)[:16]}", "in_reply_to": comment}
        return source.event("edit", **{**around, **reworded})
    return source.event("comment", **{"message_id": comment, **around})


def _without_words(source: Source, kind: str, said: Said) -> Event:
    return source.event(kind, **{**said, "text": None, "attachments": []})


def _at(source: Source) -> object:
    return moment_of(source.item, "created_time") or moment_of(source.item, "timestamp") or source.sent_at


def media(source: Source) -> list[Attachment]:
    """A picture or film under a comment of a Page's."""
    found = []
    for key, kind in (("photo", "image"), ("video", "video")):
        if isinstance(source.item.content.get(key), str):
            url = https_url(source.item, key)
            found += [Attachment.model_validate({"kind": kind, "url": url})] if url else []
    return found
