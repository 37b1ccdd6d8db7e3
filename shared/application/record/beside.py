"""What the hub records beside any case: consents, changes of identity, the phone's address book, past messages, what
tools say of their contacts.

Which events these are, and who records each. Everything here happens once by the message index, like a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.application.record.address_book import note_address
from shared.application.record.alarm import flag_for_verification
from shared.application.record.confirmation import confirm_identity, is_confirmation
from shared.application.record.consent import record_consent
from shared.application.record.contact_news import is_contact_news, record_contact_news
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.history import import_history
from shared.application.record.identity_change import change_identity
from shared.domain.event import Event

Keeper = Callable[[Context, Incoming, dict[str, Any]], Outcome]
"""Takes one event to its end, with its original. Raises `Conflict` when somebody else was quicker; answers
"ignored" with a `detail` for what turned out to be of no use."""

KEY_CHANGED = "identity_key_changed"
"""Flag of a notice that the person behind an identity may be another one now."""


def keeper_of(event: Event) -> Keeper | None:
    """Who records this event beside any case; None when it is a case's, or of no use."""
    if event.kind == "identity_change":
        return confirm_identity if is_confirmation(event) else change_identity
    if event.kind == "history" and event.history:
        return import_history
    if event.kind == "ignored" and KEY_CHANGED in event.flags and event.identities:
        return flag_for_verification
    if event.kind != "account_news":
        return None
    if is_contact_news(event):
        return record_contact_news
    if event.choice and event.identities:
        return record_consent
    return note_address if event.contacts else None
