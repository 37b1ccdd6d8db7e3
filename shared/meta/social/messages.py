"""What a person said, or did to what was said: messages, echoes, taps, reactions, edits, unsent messages."""

from __future__ import annotations

from typing import Any, Final

from shared.domain.edits import MOST
from shared.domain.element import digest
from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Attachment, Choice, Event, Reaction, Referral
from shared.meta.fields import Fields
from shared.meta.social.attachments import STORY, UNREADABLE, content_of, https_url
from shared.meta.social.source import Said, Source

MARK: Final = "hilo:"
"""With this begins the mark that our own sends carry in `metadata`, and bring back in their echo."""


def _require_person(source: Source) -> None:
    if not source.people:
        raise Malformed("it names no recipient" if source.is_outbound else "it names no sender")


def message(source: Source) -> Event:
    """A message, or an echo of one. Raises Malformed."""
    content = source.content
    if content.yes("is_deleted"):
        return _unsent(source, content)
    _require_person(source)
    around = _around(source, content)
    if content.yes("is_unsupported"):
        return source.event("unsupported", **around, reason="of a kind that Meta does not pass on")
    try:
        said = _said(content, around["attachments"])
    except Unsupported as unsupported:
        return source.event("unsupported", **around, reason=unsupported.reason)
    return source.event("message", **{**around, **said})


def _unsent(source: Source, content: Fields) -> Event:
    """The sender took it back. It has the message's own id, and may overtake it."""
    mid = content.id("mid")
    if mid is None:
        raise Malformed("it unsends a message without naming it")
    return source.event("deletion", message_id=f"{mid}:deleted", in_reply_to=mid)


def _around(source: Source, content: Fields) -> Said:
    """What came with a message whatever it says: what it answers, what led here, whose echo it is."""
    reply = content.part("reply_to")
    story = reply.part("story")
    attachments = []
    if story:
        attachments.append(Attachment(kind=STORY, url=https_url(story), provider_id=story.id("id")))
        content.flag("story_reply")
    mark = content.text("metadata")
    return {
        "in_reply_to": reply.id("mid"),
        "referral": referral_of(content.part("referral")),
        "references": [mark] if mark and source.is_outbound and mark.startswith(MARK) else [],
        "attachments": attachments,
    }


def _said(content: Fields, around: list[Attachment]) -> Said:
    """Text, files and tap of a message. Raises Unsupported where there is nothing that anybody can read."""
    text = content.text("text")
    found = content_of(content.parts("attachments"))
    for _ in found.unreadable:
        content.flag(UNREADABLE)
    tapped = content.part("quick_reply")
    payload = tapped.id("payload") or (text if tapped else None)
    if text is None and found.is_empty and payload is None:
        raise Unsupported(f"{found.unreadable[0]}: not known yet" if found.unreadable else "neither text nor files")
    # the preview of a link repeats what the text says already
    lines = [line for line in found.lines if text is None or line not in text]
    return {
        "text": "\n".join(filter(None, [text, *lines])) or payload,
        "attachments": [*around, *found.attachments],
        "location": found.location,
        "choice": Choice(id=payload, title=text) if payload else None,
    }


def referral_of(referral: Fields) -> Referral | None:
    """The ad, product or link that led here."""
    if not referral:
        return None
    context = referral.part("ads_context_data")
    ref = referral.text("ref")
    source_id = referral.id("ad_id") or referral.part("product").id("id") or context.id("product_id")
    return Referral(
        source_type=referral.text("source") or ("product" if referral.has("product") else None),
        source_id=source_id or ref,
        headline=context.text("ad_title"),
        url=referral.text("referer_uri") or context.text("photo_url") or context.text("video_url"),
        click_id=ref if source_id else None,
    )


def postback(source: Source) -> Event:
    """A button, the menu, an icebreaker. Another app's conversation brings no payload; the title may be empty."""
    _require_person(source)
    content = source.content
    title = content.text("title")
    chosen = content.id("payload") or title
    if chosen is None:
        raise Unsupported("postback: neither title nor payload")
    moment = str(source.item.content.get("timestamp"))
    hashed = source.hashed_id("postback", source.people[0].value, moment, chosen)
    return source.event(
        "postback",
        message_id=content.id("mid") or hashed,
        text=title or chosen,
        choice=Choice(id=chosen, title=title),
        referral=referral_of(content.part("referral")),
    )


def reaction(source: Source) -> Event:
    """A reaction, or one taken back (`unreact`, which says no emoji)."""
    _require_person(source)
    content = source.content
    target = content.id("mid")
    if target is None:
        raise Malformed("the reaction names no message")
    removed = content.text("action") == "unreact"
    emoji = None if removed else content.text("emoji") or content.text("reaction")
    moment = str(source.item.content.get("timestamp"))
    parts = ("reaction", target, source.people[0].value, content.text("action") or "", moment)
    return source.event("reaction", message_id=source.hashed_id(*parts), reaction=Reaction(emoji=emoji, target=target))


def edit(source: Source) -> Event:
    """The new wording of a message. It may overtake the original, and name no sender.

    Field reports know of messages that came as an edit of nothing: `num_edit` 0 with a sender is taken for the message
    itself, and a copy of it where it had come. Without a sender it waits for the message of its id.
    """
    content = source.content
    mid, text = content.id("mid"), content.text("text")
    if mid is None:
        raise Malformed("the edit names no message")
    number = content.whole("num_edit")
    number = number if number is not None and 0 <= number < MOST else None
    if number == 0 and source.people and text is not None:
        source.item.flag("from_edit")
        return source.event("message", message_id=mid, text=text)
    if text is None:
        raise Malformed("the edit has no text")
    said: dict[str, Any] = {"text": text, "in_reply_to": mid, "edit_number": number}
    counted = str(number) if number is not None else digest("edit", text)[:16]
    return source.event("edit", message_id=f"{mid}:edit:{counted}", **said)
