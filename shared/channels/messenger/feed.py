"""What happens on a Page in public: comments, visitors' posts, mentions, ratings.

Source: Graph API webhooks reference, object `page`, 2026. A commenter's id is not the id that the same person has in
Messenger: it lives in a namespace of its own until something proves whose it is.
"""

from __future__ import annotations

from typing import Final

from shared.domain.errors import Malformed
from shared.domain.event import Choice, Event
from shared.meta.social import comments
from shared.meta.social.source import Said, Source

SCOPE: Final = "comments"
"""Of the namespace of commenters' ids."""

POSTS: Final = frozenset({"post", "status", "photo", "video", "share", "album", "note", "link"})


def feed(source: Source) -> Event:
    """A comment, a visitor's post, or what is of no use: reactions, and what the Page itself posts."""
    item = source.item
    name, verb = item.text("item") or "", item.text("verb") or "add"
    if name == "comment":
        return _comment(source, verb)
    if name in POSTS and not _is_ours(source):
        return _post(source, verb)
    what = "reactions are counted, no more" if name in ("reaction", "like") else "no comment, and no visitor's post"
    return source.news("ignored", provider_type=_type(source), reason=what)


def mention(source: Source) -> Event:
    """Somebody named the Page, in a post or under one."""
    return feed(source)


def rating(source: Source) -> Event:
    """A recommendation, with a review or without one."""
    item = source.item
    chosen = item.id("recommendation_type") or item.id("rating")
    text = item.text("review_text")
    story = item.id("open_graph_story_id") or item.id("story_id")
    if chosen is None and text is None:
        return source.news("ignored", reason="neither rating nor review")
    review = item.id("comment_id") or story or source.hashed_id("rating", str(item.id("reviewer_id")), str(text))
    said = comments.author(source, item.id("reviewer_id"), item.text("reviewer_name"), ours=False, scope=SCOPE)
    choice = Choice(id=chosen, title="rating") if chosen else None
    verb, thread = item.text("verb") or "add", comments.thread_of(story, review)
    return comments.event(source, verb, review, thread, **said, text=text or chosen, choice=choice)


def _comment(source: Source, verb: str) -> Event:
    item = source.item
    comment, post, parent = item.id("comment_id"), item.id("post_id"), item.id("parent_id")
    if comment is None:
        raise Malformed("the comment has no id")
    answers = parent if parent and parent != post else None
    thread = comments.thread_of(post, answers or comment)
    said = {**_author(source), "in_reply_to": answers, "provider_type": _type(source)}
    said |= {"text": item.text("message"), "attachments": comments.media(source)}
    return comments.event(source, verb, comment, thread, **said)


def _post(source: Source, verb: str) -> Event:
    item = source.item
    post = item.id("post_id")
    if post is None:
        raise Malformed("the post has no id")
    said = {**_author(source), "provider_type": _type(source)}
    said |= {"text": item.text("message") or item.text("link"), "attachments": comments.media(source)}
    return comments.event(source, verb, post, comments.thread_of(post, post), **said)


def _author(source: Source) -> Said:
    """Old deliveries say `sender_id`, `sender_name`; without a permission nobody is named."""
    item = source.item
    value = item.part("from").id("id") or item.id("sender_id")
    name = item.part("from").text("name") or item.text("sender_name")
    return comments.author(source, value, name, ours=_is_ours(source), scope=SCOPE)


def _is_ours(source: Source) -> bool:
    item = source.item
    return (item.part("from").id("id") or item.id("sender_id")) == source.account


def _type(source: Source) -> str:
    name = source.item.text("item") or ""
    return f"{source.field}_{name}" if name.isidentifier() and len(name) <= 40 else source.field
