"""What happens around messages: who came by which link, who holds a conversation, what Meta forbids us."""

from __future__ import annotations

from typing import Final

from shared.domain.event import Choice, Event
from shared.meta.social.messages import referral_of
from shared.meta.social.source import Source

_CHOICES: Final = {"STOP_NOTIFICATIONS": "stop", "STOP NOTIFICATIONS": "stop", "RESUME_NOTIFICATIONS": "resume"}
"""What a person did with notifications that they had agreed to; without a word they agreed to them just now."""


def optin(source: Source) -> Event:
    """Consent to notifications of a kind, or the use of a plugin."""
    content = source.content
    if content.text("type") != "notification_messages":
        return source.news("account_news", text=content.text("ref"))
    status = content.text("notification_messages_status") or ""
    choice = Choice(
        id=_CHOICES.get(status.upper(), "resume"), title="marketing_messages", description=content.text("title")
    )
    return source.news("account_news", choice=choice, text=content.text("title"))


def referral(source: Source) -> Event:
    """Somebody came back by an ad or a link, and said nothing."""
    led = referral_of(source.content)
    return source.news("ignored", referral=led, reason="referral: nothing was said")


def policy(source: Source) -> Event:
    """Meta warns or blocks the account, or lets it send again."""
    action, reason = source.content.text("action"), source.content.text("reason")
    if action != "unblock":
        source.item.flag("alert")
    return source.news("account_news", text=": ".join(filter(None, (action, reason))) or None, identities=[])


def handover(source: Source) -> Event:
    """Another app took a conversation, or gave it to us; `metadata` is what it wants to say by that."""
    return source.news("account_news", text=source.content.text("metadata"))


def account_linking(source: Source) -> Event:
    """The person signed in at the company's site, or out. The code that came with it is for the site alone."""
    return source.news("account_news", text=source.content.text("status"))


def of_no_use(source: Source) -> Event:
    """Known, and nothing to the hub."""
    return source.news("ignored", reason=f"{source.what}: nothing was said")
