"""What Meta tells about our own account, numbers, templates, groups and permissions: no interaction, yet news.

Source: Meta's webhook reference of the Cloud API, 2026; fields as listed there.
"""

from __future__ import annotations

from typing import Final

from shared.channels.whatsapp.content import described
from shared.channels.whatsapp.source import SYSTEM, Source
from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Card, Choice, Event
from shared.meta.fields import Fields

ACCOUNT_FIELDS: Final = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_username_update",
        "flows",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "messaging_handovers",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "phone_number_username_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
        "user_preferences",
    }
)
"""Fields whose change may stand for itself, without any list in it."""

_HEADLINES: Final = ("event", "decision", "new_quality_score", "new_category", "correct_category", "current_limit")


ALWAYS: Final = frozenset({"account_alerts", "security"})
"""Fields whose every change a person must see."""

GOOD_NEWS: Final = {
    "account_update": {
        "ACCOUNT_RECONNECTED",
        "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
        "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
        "PARTNER_ADDED",
        "PARTNER_APP_INSTALLED",
        "REINSTATE",
        "VOLUME_BASED_PRICING_TIER_UPDATE",
    },
    "account_review_update": {"APPROVED"},
    "message_template_quality_update": {"GREEN", "UNKNOWN"},
}
"""Fields where all but these words raise the alarm: a word that is new is rather seen than missed."""

BAD_NEWS: Final = {
    "message_template_status_update": {"DISABLED", "FLAGGED", "LIMIT_EXCEEDED", "LOCKED", "PAUSED", "REJECTED"},
    "phone_number_quality_update": {"DOWNGRADE", "FLAGGED"},
}
"""Fields where these words alone do."""


def _is_alarming(field: str, item: Fields) -> bool:
    """Whether outbound messages, money or the account itself are at stake."""
    if field in ALWAYS:
        return True
    state = item.part("ban_info").text("waba_ban_state")
    words = {word for key in ("event", "decision", "new_quality_score") if (word := item.text(key))}
    if state == "REINSTATE":
        words = {state}
    if field in GOOD_NEWS:
        return not words & GOOD_NEWS[field]
    return bool(words & BAD_NEWS.get(field, set()))


def change(source: Source) -> Event:
    """A change that lists nothing. Raises Unsupported for a field that nobody reads yet."""
    if source.field not in ACCOUNT_FIELDS:
        raise Unsupported("a change that lists nothing that is known yet")
    headline = [word for key in _HEADLINES if (word := source.item.id(key))]
    provider_type = source.field
    if source.item.has("new_quality_score"):
        provider_type = "message_template_quality_update"  # Meta's own example labels it as a change of status
    if _is_alarming(provider_type, source.item):
        source.item.flag("alert")
    return source.event("account_news", provider_type=provider_type, text=": ".join(headline) or None)


def error(source: Source) -> Event:
    """An error of the account or of a request, with no message to hang it on."""
    source.item.flag("alert")
    return source.event("account_news", text=described(source.item))


def user_preference(source: Source) -> Event:
    """A person stopped or resumed marketing messages: evidence for a consent record."""
    item = source.item
    value = item.text("value")
    if value is None or not source.people:
        raise Malformed("the preference has no value" if value is None else "the preference names nobody")
    chosen = Choice(id=value, title=item.text("category"), description=item.text("detail"))
    return source.event("account_news", author=SYSTEM, choice=chosen, text=item.text("detail"))


def group(source: Source) -> Event:
    """A group was made, changed, joined or left."""
    return source.event("account_news", text=source.item.text("type") or source.item.text("event"))


def state_sync(source: Source) -> Event:
    """The phone's own address book: names that staff typed, so a card, never an identity."""
    item = source.item
    contact = item.part("contact")
    phone = contact.id("phone_number")
    name = contact.text("full_name") or contact.text("first_name")
    card = Card(name=name, phones=[phone] if phone else [])
    told_at = Fields(item.part("metadata").content, item.flags).moment("timestamp")
    said = {"occurred_at": told_at} if told_at else {}
    return source.event("account_news", contacts=[card], text=item.text("action"), **said)
