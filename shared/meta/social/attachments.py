"""What came with a message: one small function for each type of attachment, and the dictionary that lists them.

Source: Messenger Platform and Instagram Platform, webhook reference, 2026. Types come and go: one that is not listed
costs nothing but its own content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from shared.domain.event import Attachment, Location
from shared.meta.fields import Fields

THUMBS_UP: Final = frozenset({"369239263222822", "369239343222814", "369239383222810"})
"""Stickers that are the thumb beside the keyboard, in its three sizes."""

UNREADABLE: Final = "attachment_unsupported"
STORY: Final = "story"


@dataclass(slots=True)
class Content:
    """What attachments say together. `lines`: what a person reads of them. `unreadable`: types that nobody reads."""

    attachments: list[Attachment] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    location: Location | None = None
    unreadable: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.attachments or self.lines or self.location)

    def say(self, *parts: str | None) -> None:
        """Lines for a person, each once."""
        self.lines += [part for part in parts if part and part not in self.lines]


def content_of(items: Iterable[Fields]) -> Content:
    """What the attachments of a message say, the same file under two types once."""
    content = Content()
    for item in items:
        READERS.get(item.text("type") or "", _unknown)(content, item)
    content.attachments = _distinct(content.attachments)
    return content


def _distinct(several: list[Attachment]) -> list[Attachment]:
    """While Meta changes the name of a type, what it describes comes under both; the later, new one stays."""
    by_place = {one.url or one.provider_id or f"#{number}": one for number, one in enumerate(several)}
    return list(by_place.values())


def https_url(item: Fields, key: str = "url") -> str | None:
    """An absolute address that may be followed; a relative one leads nowhere."""
    url = item.text(key)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        is_whole = False
    if not is_whole:
        item.flag("partial")
        return None
    return url


def _file(kind: str, content: Content, item: Fields) -> None:
    payload = item.part("payload")
    url = https_url(payload)
    if url is None:
        item.flag("attachment_failed")
    said = {
        "kind": kind,
        "url": url,
        "provider_id": payload.id("attachment_id"),
        "failed": None if url else "the provider named no file",
    }
    content.attachments.append(Attachment.model_validate(said))


def _image(content: Content, item: Fields) -> None:
    """Until the autumn of 2026 a sticker was an image with an id."""
    if item.part("payload").has("sticker_id"):
        _sticker(content, item)
    else:
        _file("image", content, item)


def _sticker(content: Content, item: Fields) -> None:
    payload = item.part("payload")
    sticker = payload.id("sticker_id")
    if sticker in THUMBS_UP:
        content.say("👍")
    content.attachments.append(Attachment(kind="sticker", url=https_url(payload), provider_id=sticker))


def _like_heart(content: Content, _item: Fields) -> None:
    content.say("❤️")


def _location(content: Content, item: Fields) -> None:
    payload = item.part("payload")
    place = payload.part("coordinates")
    location = Location(
        latitude=place.degrees("lat", 90), longitude=place.degrees("long", 180), name=item.text("title")
    )
    content.location = location
    content.say(location.name or f"{location.latitude}, {location.longitude}")


def _link(content: Content, item: Fields) -> None:
    """A shared link: nothing to download. Its title may stand beside the type or inside."""
    payload = item.part("payload")
    content.say(item.text("title") or payload.text("title"), item.text("url") or payload.text("url"))
    if content.is_empty:
        content.unreadable.append("fallback")


def _share(content: Content, item: Fields) -> None:
    """A post or a reel that somebody passed on: a page, no file. A reel's address may be relative, or missing."""
    payload = item.part("payload")
    shared = payload.id("ig_post_media_id") or payload.id("reel_video_id") or payload.id("id")
    content.say(payload.text("title") or item.text("title"))
    attachment = Attachment(kind="share", url=https_url(payload), provider_id=shared)
    content.attachments.append(attachment)


def _story(content: Content, item: Fields) -> None:
    """Meta forbids to keep a story's media: the address alone, which dies with it."""
    item.flag("story_mention")
    item.flag("low_priority")
    payload = item.part("payload")
    content.attachments.append(Attachment(kind="story", url=https_url(payload), provider_id=payload.id("id")))


def _template(content: Content, item: Fields) -> None:
    """A product that was passed on, or a template of ours in an echo."""
    payload = item.part("payload")
    content.say(payload.text("text"))
    elements = [*payload.part("product").parts("elements"), *payload.parts("elements")]
    elements += payload.part("generic").parts("elements")
    for element in elements:
        content.say(" - ".join(part for part in (element.text("title"), element.text("subtitle")) if part))
    content.say(item.text("title"))
    if content.is_empty:
        content.unreadable.append("template")


def _unknown(content: Content, item: Fields) -> None:
    name = item.text("type") or ""
    content.unreadable.append(name if name.isidentifier() and len(name) <= 40 else "attachment")


READERS: Final[Mapping[str, Callable[[Content, Fields], None]]] = {
    "image": _image,
    "video": partial(_file, "video"),
    "audio": partial(_file, "audio"),
    "file": partial(_file, "document"),
    "sticker": _sticker,
    "like_heart": _like_heart,
    "location": _location,
    "fallback": _link,
    "template": _template,
    **dict.fromkeys(("share", "post", "ig_post", "reel", "ig_reel"), _share),
    "story_mention": _story,
}
"""Every type of attachment that says something."""
