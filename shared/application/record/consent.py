"""A choice that a platform reports about the messages somebody wants: an append-only consent record, at once.

It opens no case. A person nobody knew becomes a customer, because a choice needs a holder that outlives it.
"""

from __future__ import annotations

from typing import Any, Final

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.person import attested_people, find_or_make, mark
from shared.application.record.teller import BEFORE, is_of_before
from shared.domain.consent import Action, Consent, ConsentIdentity, action_of, purpose_of
from shared.domain.event import Identity
from shared.ports.table import Operation
from shared.store.consents import consent_put
from shared.store.items import message_key

PLATFORMS: Final = {"whatsapp": "Meta", "messenger": "Meta", "instagram": "Meta"}
"""Who tells us of a choice made on a channel, where that is not the channel itself."""

MOST_OTHERS: Final = 3


def record_consent(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """2 reads and more (index, each identity, profile), 1 more for an agreement; 3 writes for a known person, up to 7
    for a new one.

    A withdrawal is recorded for every customer whom the event names, also where they are perhaps one person.
    """
    event, choice = incoming.event, incoming.event.choice
    known = context.table.get(message_key(event)).item
    if known and not known.get("waiting"):
        return Outcome("copy", had_waiting=bool(known.get("overtaken")))
    action = action_of(choice.id) if choice else None
    purpose = purpose_of(choice.title) if choice else None
    people = attested_people(context, event, event.identities)
    if action is None or purpose is None or not people:
        return Outcome("ignored", detail="a choice about messages whose meaning is not known")
    if action == "grant" and is_of_before(context, incoming):
        return Outcome("ignored", detail=BEFORE)
    person = find_or_make(context, incoming, people)
    consent = consent_of(incoming, people, purpose, action, PLATFORMS.get(event.channel, event.channel))
    also = person.sender.resolution.others[:MOST_OTHERS] if action == "withdraw" else ()
    writes: list[Operation] = [mark(event, person.customer, {}, was_waiting=known is not None), *person.operations]
    writes += [consent_put(customer, consent, original) for customer in (person.customer, *also)]
    context.table.transact(writes)
    context.metrics.count("consent_recorded", channel=event.channel, action=action)
    return Outcome("recorded", had_waiting=known is not None)


def consent_of(incoming: Incoming, people: tuple[Identity, ...], purpose: str, action: Action, source: str) -> Consent:
    """The record of a choice that this event says. `source`: who told us of it."""
    event = incoming.event
    return Consent.model_validate(
        {
            "purpose": purpose,
            "channel": event.channel,
            "action": action,
            "source": source,
            "occurred_at": incoming.at,
            "recorded_at": incoming.received_at,
            "evidence": incoming.source.message,
            "identities": [ConsentIdentity(kind=one.kind, value=one.value, namespace=one.namespace) for one in people],
        }
    )
