"""What WhatsApp would post, and how Meta signs it. For stories, demonstrations and `hilo post`.

Source: the webhooks `messages` and `smb_message_echoes` of the Cloud API.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DISPLAY_NUMBER: Final = "15550100001"
"""The company's own phone, a reserved number."""


@dataclass(frozen=True, slots=True)
class Person:
    """By which ids WhatsApp names somebody; each may be absent. `phone`: a wa_id, digits alone."""

    name: str | None = None
    phone: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None

    def under(self, phone: str, scoped: str, parent: str) -> dict[str, str]:
        """The ids that are there, under these keys."""
        return _given({phone: self.phone, scoped: self.user_id, parent: self.parent_user_id})


def message_delivery(account: str, person: Person, message: Mapping[str, Any], *, by_company: bool) -> bytes:
    """A message with its `id`, `timestamp`, `type` and content, in WhatsApp's words: from the person, or to them when
    the company answers from its own phone. `account`: phone number id."""
    if by_company:
        ends = {"from": DISPLAY_NUMBER, **person.under("to", "to_user_id", "to_parent_user_id")}
        return _delivery("smb_message_echoes", account, {"message_echoes": [{**ends, **message}]})
    contact = person.under("wa_id", "user_id", "parent_user_id")
    contacts = [{**({"profile": {"name": person.name}} if person.name else {}), **contact}]
    ends = person.under("from", "from_user_id", "from_parent_user_id")
    return _delivery("messages", account, {"contacts": contacts, "messages": [{**ends, **message}]})


def status_delivery(account: str, person: Person, status: Mapping[str, Any]) -> bytes:
    """What became of a message of the company's: `id` of that message, `status`, `timestamp` and perhaps `errors`."""
    ends = person.under("recipient_id", "recipient_user_id", "parent_recipient_user_id")
    return _delivery("messages", account, {"statuses": [{**status, **ends}]})


def system_delivery(account: str, message: Mapping[str, Any]) -> bytes:
    """A notice of WhatsApp's own, such as a changed number: no contact comes with it."""
    return _delivery("messages", account, {"messages": [message]})


def signature_headers(body: bytes, app_secret: str) -> dict[str, str]:
    """Meta signs the raw body with the app's secret."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}


def _delivery(field: str, account: str, told: Mapping[str, Any]) -> bytes:
    metadata = {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": account}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **told}
    changes = [{"field": field, "value": value}]
    whole = {"object": "whatsapp_business_account", "entry": [{"id": "100000000000001", "changes": changes}]}
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _given(ends: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in ends.items() if value is not None}
