"""What is said in public under an account's media: comments, during a broadcast too, and mentions elsewhere.

Source: Instagram Platform webhooks, 2026. A commenter's id is the id that the same person has in direct messages.
"""

from __future__ import annotations

from shared.domain.errors import Malformed
from shared.domain.event import Event, Referral
from shared.meta.social import comments
from shared.meta.social.source import Source


def comment(source: Source) -> Event:
    """A comment or an answer to one. Broadcasts and advertisements tell in the same words."""
    item = source.item
    number, parent, media = item.id("id"), item.id("parent_id"), item.part("media")
    if number is None:
        raise Malformed("the comment has no id")
    if source.field == "live_comments":
        item.flag("live")
    person = item.part("from")
    value = person.id("id")
    ours = person.has("self_ig_scoped_id") or value == source.account
    said = {**comments.author(source, value, person.text("username"), ours=ours), "text": item.text("text")}
    ad = media.id("ad_id")
    said["referral"] = Referral(source_type="ad", source_id=ad, headline=media.text("ad_title")) if ad else None
    said["in_reply_to"] = parent
    thread = comments.thread_of(media.id("original_media_id") or media.id("id"), parent or number)
    return comments.event(source, item.text("verb") or "add", number, thread, **said)


def mention(source: Source) -> Event:
    """Somebody named the account under media of their own. What they said, and who, has to be asked for."""
    item = source.item
    media, number = item.id("media_id"), item.id("comment_id")
    if media is None and number is None:
        raise Malformed("the mention names nothing")
    item.flag("not_fetched")
    root = number or media or "-"
    said = comments.author(source, item.part("from").id("id"), item.part("from").text("username"), ours=False)
    return comments.event(source, "add", f"mention:{root}", comments.thread_of(media, root), **said)
