"""A platform warns that another person or device may be behind an identity: the profile is flagged."""

from __future__ import annotations

from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.person import attested_people, mark
from shared.application.record.who import find_sender
from shared.domain.event import utc_text
from shared.ports.table import Operation
from shared.store import items


def flag_for_verification(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """Until somebody verified the person, nothing personal is to be told. 3 reads or more, 2 writes.

    Of somebody the hub does not know there is nothing to protect: counted.
    """
    event, source = incoming.event, incoming.source
    known = context.table.get(items.message_key(event)).item
    if known and not known.get("waiting"):
        return Outcome("copy")
    people = attested_people(context, event, event.identities)
    sender = find_sender(context.table, people, event.channel, event.account) if people else None
    profile = sender.profile if sender else None
    if sender is None or profile is None:
        return Outcome("ignored", detail="a warning about somebody the hub does not know")
    flag: dict[str, Any] = {"source": source.channel, "at": utc_text(incoming.at), "event": source.message}
    flag |= {"origin": sender.origin} if sender.origin != profile["id"] else {}
    writes: list[Operation] = [
        mark(event, profile["id"], original, was_waiting=known is not None),
        items.profile_step(profile, {"needs_verification": flag}, tells=True),
    ]
    context.table.transact(writes)
    context.metrics.count("needs_verification", channel=event.channel)
    return Outcome("recorded", had_waiting=known is not None)
