"""The words that other systems use for the vocabulary's own. What is not listed here is taken as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.figures.model import ActorType
from shared.domain.figures.vocabulary import (
    ACW_ENDED,
    ASSIGNED,
    BOT_ENDED,
    BOT_STARTED,
    CALL_ENDED,
    CHAT_ENDED,
    CREATED,
    DELIVERY_FAILED,
    HANDOFF,
    MESSAGE_IN,
    MESSAGE_OUT,
    QUEUED,
    SALE,
    STATE_CHANGED,
    TRANSFERRED,
    TYPES,
)

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("type", "event", "event_type"),
    "id": ("id", "event_id", "source_event_id"),
    "case": ("case", "case_id"),
    "contact": ("contact", "contact_id", "call", "call_id"),
    "customer": ("customer", "customer_id", "profile_id", "profile"),
    "brand": ("brand", "tenant"),
    "at": ("occurred_at", "at", "time", "timestamp"),
    "ingested": ("ingested_at", "received_at"),
    "channel": ("channel",),
    "actor_type": ("actor_type", "author_type"),
    "actor": ("agent", "agent_id", "actor_id", "actor", "author"),
    "owner": ("to", "to_agent", "assignee", "owner", "agent", "agent_id"),
    "team": ("queue", "team", "queue_id", "team_id", "to_queue", "to_team"),
    "state": ("state", "to_state", "new_state"),
    "topic": ("topic",),
    "reason": ("reason", "correction"),
    "target": ("target", "target_id", "target_event_id", "event_ref", "corrects", "in_reply_to", "survey_id"),
    "delivery": ("delivery", "delivery_state"),
    "sequence": ("sequence", "seq"),
}
"""By the vocabulary's own name, the keys under which a line may have it; the first that is there counts."""

_OTHER_TYPES: Final[Mapping[str, tuple[str, frozenset[str], str | None]]] = {
    "message.inbound": (MESSAGE_IN, frozenset(), None),
    "message.received": (MESSAGE_IN, frozenset(), None),
    "message.outbound": (MESSAGE_OUT, frozenset(), None),
    "message.sent": (MESSAGE_OUT, frozenset(), None),
    "note.added": (MESSAGE_OUT, frozenset({"internal"}), None),
    "message.note": (MESSAGE_OUT, frozenset({"internal"}), None),
    "message.delivery_failed": (DELIVERY_FAILED, frozenset(), None),
    "delivery.failed": (DELIVERY_FAILED, frozenset(), None),
    "call.completed": (CALL_ENDED, frozenset(), None),
    "call.hangup": (CALL_ENDED, frozenset(), None),
    "call.acw_ended": (ACW_ENDED, frozenset(), None),
    "acw.completed": (ACW_ENDED, frozenset(), None),
    "case.opened": (CREATED, frozenset(), None),
    "case.accepted": (ASSIGNED, frozenset(), None),
    "case.enqueued": (QUEUED, frozenset(), None),
    "call.transferred": (TRANSFERRED, frozenset(), None),
    "case.resolved": (STATE_CHANGED, frozenset(), "resolved"),
    "case.closed": (STATE_CHANGED, frozenset(), "closed"),
    "case.reopened": (STATE_CHANGED, frozenset(), "open"),
    "bot.handoff": (HANDOFF, frozenset(), None),
    "handoff.requested": (HANDOFF, frozenset(), None),
    "bot.finished": (BOT_ENDED, frozenset(), None),
    "bot.session_started": (BOT_STARTED, frozenset(), None),
    "bot.session_ended": (BOT_ENDED, frozenset(), None),
    "contact.closed": (CHAT_ENDED, frozenset(), None),
    "sale.refunded": (SALE, frozenset({"refund"}), None),
}

_BY_NAME: Final = {
    **{known.replace(".", "_"): (known, frozenset[str](), None) for known in TYPES},
    **{name.replace(".", "_"): meant for name, meant in _OTHER_TYPES.items()},
}

_STATES: Final = {
    "new": "new",
    "open": "open",
    "reopened": "open",
    "pending": "pending_customer",
    "pending_customer": "pending_customer",
    "waiting_customer": "pending_customer",
    "on_hold": "on_hold",
    "hold": "on_hold",
    "resolved": "resolved",
    "solved": "resolved",
    "closed": "closed",
    "merged": "merged",
    "spam": "spam",
}

_CHANNELS: Final = {
    "web_chat": "webchat",
    "web": "webchat",
    "chat": "webchat",
    "livechat": "webchat",
    "e_mail": "email",
    "mail": "email",
    "phone": "voice",
    "telephone": "voice",
    "call": "voice",
    "visit": "in_person",
    "store": "in_person",
    "facebook_messenger": "messenger",
}

ACTORS: Final[Mapping[str, ActorType]] = {
    "customer": "customer",
    "client": "customer",
    "end_user": "customer",
    "profile": "customer",
    "agent": "agent",
    "human": "agent",
    "user": "agent",
    "staff": "agent",
    "operator": "agent",
    "bot": "bot",
    "flow": "bot",
    "system": "system",
    "automation": "system",
    "auto": "system",
    "campaign": "system",
    "survey": "system",
    "workflow": "system",
    "auto_ack": "system",
    "auto_reply": "system",
    "autoreply": "system",
    "autoresponder": "system",
    "out_of_office": "system",
    "notification": "system",
    "ivr": "system",
    "chatbot": "bot",
}
"""Who acts, by every word for it. Bots, flows, automatic messages and campaigns are not people."""

_FLAGS: Final = {
    "auto": "automated",
    "automatic": "automated",
    "auto_reply": "auto_reply",
    "autoreply": "auto_reply",
    "vacation": "auto_reply",
    "vacation_reply": "auto_reply",
    "automatic_reply": "auto_reply",
    "auto_submitted": "auto_reply",
    "autoresponse": "auto_reply",
    "is_auto": "automated",
    "is_automated": "automated",
    "auto_acknowledgement": "auto_ack",
    "out_of_office": "out_of_office",
    "delivery_receipt": "receipt",
    "read_receipt": "receipt",
    "read": "receipt",
    "status": "receipt",
    "ooo": "out_of_office",
    "customer_confirmed": "confirmed",
    "solved": "confirmed",
    "company_initiated": "forced",
}

_REASONS: Final = {
    "marked_automated": "automated",
    "message_automated": "automated",
    "auto": "automated",
    "wrong_agent": "agent",
    "agent_changed": "agent",
    "marked_spam": "spam",
    "marked_internal": "internal",
}


def plain(word: str) -> str:
    """Small letters, with `_` for blanks and hyphens."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def type_of(word: str) -> tuple[str, frozenset[str], str | None] | None:
    """The type that is meant, flags that come with it, and the state that it names; None for one that is unknown."""
    return _BY_NAME.get(plain(word).replace(".", "_"))


def known_types() -> list[str]:
    """Every type that is known, by the vocabulary's own name."""
    return sorted(TYPES)


def state_of(word: str) -> str | None:
    """The state that is meant."""
    return _STATES.get(plain(word))


def channel_of(word: str) -> str:
    """The channel that is meant; one that is not known is a channel of its own."""
    return _CHANNELS.get(plain(word), plain(word))


def flag_of(word: str) -> str:
    """The flag that is meant."""
    return _FLAGS.get(plain(word), plain(word))


def correction_of(word: str) -> str:
    """What a correction says of its event."""
    return _REASONS.get(plain(word), plain(word))
