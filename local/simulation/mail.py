"""A raw e-mail as an event, for stories: headers and plain text, as far as cases and identities ask for them."""

from __future__ import annotations

import re
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

from shared.domain.event import Event, utc_text
from shared.domain.identity import Invalid, canonical

_AUTOMATIC: Final = ("bulk", "list", "auto_reply", "junk")


def event_of_mail(raw: bytes, account: str) -> dict[str, Any]:
    """The event as JSON. Raises ValueError, in words, for what has no sender."""
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)  # noqa: S101 - the policy's own class
    sender = mail["From"].addresses[0] if mail["From"] and mail["From"].addresses else None
    if sender is None:
        raise ValueError("the mail names no sender")
    try:
        address = canonical("email", sender.addr_spec).value
    except Invalid as wrong:
        raise ValueError(f"the mail's sender is no address: {wrong}") from None
    vouched = re.search(r"\bdmarc=pass\b", str(mail.get("Authentication-Results", "")))
    body = mail.get_body(("plain", "html"))
    told = {
        "channel": "email",
        "account": account,
        "kind": "auto_reply" if _is_automatic(mail) else "message",
        "message_id": sha256(raw).hexdigest(),
        "author": {"type": "customer", "name": sender.display_name or None},
        "occurred_at": utc_text(parsedate_to_datetime(mail["Date"]).astimezone(UTC)) if mail["Date"] else None,
        "identities": [
            {
                "kind": "email",
                "value": address,
                "namespace": None if vouched else "unverified",
                "address": sender.addr_spec,
                "level": "channel",
            }
        ],
        "display_name": sender.display_name or None,
        "subject": str(mail["Subject"]) if mail["Subject"] else None,
        "text": body.get_content().strip() if body else None,
        "message_ref": str(mail["Message-ID"]).strip() if mail["Message-ID"] else None,
        "in_reply_to": str(mail["In-Reply-To"]).strip() if mail["In-Reply-To"] else None,
        "references": str(mail.get("References", "")).split(),
        "flags": [] if vouched else ["unauthenticated"],
        "provider_type": "mail",
    }
    return Event.model_validate({key: value for key, value in told.items() if value is not None}).dump()


def _is_automatic(mail: EmailMessage) -> bool:
    """Written by a machine: sheet "Classify"."""
    submitted = str(mail.get("Auto-Submitted", "no")).lower()
    precedence = str(mail.get("Precedence", "")).lower()
    return submitted != "no" or precedence in _AUTOMATIC or mail["X-Auto-Response-Suppress"] is not None
