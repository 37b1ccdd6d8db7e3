"""The address book of one of our own phones: names that staff typed beside numbers. Claims, whatever they say.

No customer is made or named by them, and nothing is looked up by them: they lie beside the number until somebody
asks what is claimed of it.
"""

from __future__ import annotations

from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.domain.event import utc_text
from shared.domain.identity import whatsapp_phone
from shared.ports.table import Absent, Less, Update
from shared.store import keys
from shared.store.conditional import took_effect

REMOVED = "remove"


def note_address(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """One write. The newest by the phone's own clock stays; what comes late or again changes nothing.

    A removal ends the claim (`until`) and keeps its name: the address book forgot it, the person asked for nothing.
    """
    event = incoming.event
    phone = _phone(incoming)
    if phone is None:
        return Outcome("ignored", detail="an address book's entry without a number")
    at, source = utc_text(incoming.at), incoming.source
    changes: dict[str, Any] = {"order": f"{at}#{incoming.index:05d}", "source": "address_book", "at": at}
    changes |= {"channel": event.channel, "account": event.account, "event": source.message, **original}
    removed = event.text == REMOVED
    name = event.contacts[0].name
    if removed:
        changes["until"] = at
    elif name:
        changes["name"] = name
    key = keys.address_book("phone", phone, event.channel, event.account)
    gone = () if removed else ("until",)
    older = Less("order", changes["order"])
    for when in (older, Absent(), older):
        if took_effect(context.table, [Update(key, set=changes, remove=gone, when=(when,))]):
            context.metrics.count("claim_recorded", channel=event.channel)
            return Outcome("recorded")
    return Outcome("copy")


def _phone(incoming: Incoming) -> str | None:
    phones = incoming.event.contacts[0].phones
    try:
        return whatsapp_phone(phones[0]) if phones else None
    except ValueError:
        return None
