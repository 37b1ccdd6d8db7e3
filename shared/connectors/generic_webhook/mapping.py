"""The hub's words in, the webhook's body and id out. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.element import digest
from shared.domain.event import Entry, utc_text

TARGET_BYTES: Final = 20 * 1024
"""Above it, what repeats or merely decorates is left out; what somebody wrote is always whole."""

LEFT_OUT: Final = ("html", "quoted_text", "references")
"""Left out of an interaction in this order, until the body fits; `flags` then has `<name>_left_out`."""

TYPES: Final = {
    "message": "interaction.created",
    "postback": "interaction.created",
    "comment": "interaction.created",
    "call": "interaction.created",
    "survey": "interaction.created",
    "bounce": "interaction.created",
    "auto_reply": "interaction.created",
    "unsupported": "interaction.created",
    "reaction": "interaction.updated",
    "edit": "interaction.updated",
    "deletion": "interaction.updated",
    "receipt": "interaction.updated",
    "state_change": "case.updated",
    "identity_change": "case.updated",
    "account_news": "case.updated",
    "history": "case.updated",
    "ignored": "case.updated",
}
"""What an entry is told as, by its kind. A state change back to open is told as `case.reopened`."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One thing to tell: the id by which the receiver knows a copy, and the bytes of the body."""

    id: str
    body: bytes


def contact_told(connector: str, customer: Customer, version: int, *, is_new: bool, now: datetime) -> Webhook:
    """`contact.created` or `contact.updated`; `data` holds the customer and the contact's version alone.

    Its `timestamp` is the newest moment the profile knows; `now` stands in for a profile that knows none.
    """
    kind = "contact.created" if is_new else "contact.updated"
    data = {"version": version, "customer": customer.dump()}
    at = max(_moments(customer), default=now)
    return Webhook(_id(connector, "contact", customer.id, str(version)), _bytes(kind, at, data))


def case_opened(connector: str, case: Case, customer: Customer) -> Webhook:
    """`case.opened`, sequence 0."""
    data = {"sequence": 0, "customer": customer.dump(), "case": _case(case)}
    return Webhook(_id(connector, case.id, "0"), _bytes("case.opened", case.opened_at, data))


def entry_told(connector: str, case: Case, entry: Entry, customer: Customer) -> Webhook:
    """One entry, with the customer and the case as they are now."""
    interaction = entry.dump()
    if entry.attachments:
        interaction["attachments"] = [_attachment(one) for one in interaction["attachments"]]
    data = {
        "sequence": entry.sequence,
        "interaction": interaction,
        "customer": customer.dump(),
        "case": _case(case),
    }
    body = _bytes(type_of(entry), entry.received_at, data)
    for name in LEFT_OUT:
        if len(body) <= TARGET_BYTES:
            break
        if interaction.pop(name, None):
            interaction["flags"] = [*interaction["flags"], f"{name}_left_out"]
            body = _bytes(type_of(entry), entry.received_at, data)
    return Webhook(_id(connector, case.id, str(entry.sequence)), body)


def _attachment(said: dict[str, Any]) -> dict[str, Any]:
    """As the channel said it, but for what is the hub's alone: where it got the file, and where it keeps it."""
    stored = said.get("stored")
    if not stored:
        return said
    told = {name: value for name, value in said.items() if name != "url"}
    return told | {"stored": {name: value for name, value in stored.items() if name != "key"}}


def delivery_told(connector: str, case: Case, entry: Entry) -> Webhook:
    """`interaction.updated` of an answer: how far it came. What it says is not repeated: it may be the receiver's."""
    known = {name: value for name in ("message_id", "message_ref") if (value := getattr(entry, name))}
    interaction = {**known, "kind": entry.kind, "channel": entry.channel, "delivery": entry.delivery}
    data = {"sequence": entry.sequence, "interaction": interaction, "case": _case(case)}
    parts = (case.id, str(entry.sequence), "delivery", entry.delivery or "")
    return Webhook(_id(connector, *parts), _bytes("interaction.updated", entry.received_at, data))


def type_of(entry: Entry) -> str:
    """The webhook's type. Of a state change `text` is the new state and `reason` the old one."""
    if entry.kind == "state_change" and (entry.reason, entry.text) == ("resolved", "open"):
        return "case.reopened"
    return TYPES[entry.kind]


def _case(case: Case) -> dict[str, Any]:
    return {"id": case.id, "reference": case.reference, "state": case.state, "version": case.version}


def _moments(customer: Customer) -> list[datetime]:
    held = [moment for identity in customer.identities for moment in (identity.since, identity.until) if moment]
    return held + [field.at for field in customer.fields.values()]


def _id(connector: str, *parts: str) -> str:
    return "msg_" + digest(connector, *parts)


def _bytes(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The same words give the same bytes: keys sorted, UTF-8, no spaces."""
    body = {"type": kind, "timestamp": utc_text(at), "data": data}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
