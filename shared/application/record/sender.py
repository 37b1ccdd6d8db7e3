"""Whose a message is, on the way that is not the usual one: the decision of the identities, and what follows at once.

Two customers whom one event of a platform names are merged, unless something forbids it; whoever may be the sender is
suggested. Both before the message is recorded, which then begins anew where two became one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared.application.record.claimed import with_claims
from shared.application.record.context import Context, Incoming
from shared.application.record.merge import merge_now
from shared.application.record.message import Message
from shared.application.record.who import Sender, find_sender
from shared.domain.errors import Conflict
from shared.domain.resolution import Spoken
from shared.ports.table import Item
from shared.store import items
from shared.store.candidates import candidate_puts
from shared.store.conditional import took_effect

ONE_EVENT = "one_event_two_customers"
CONFIRMED = "confirmed_identity"
CLAIMED = "claimed"

PROVEN = ("confirmed", "staff")


def sender_of(context: Context, message: Message, conversation: Item | None) -> Sender:
    """Who wrote it. Cost of `find_sender` and `with_claims`; of `merge_now` and 2 writes for each other customer whom
    the event names, said once: when the conversation knows all these identities, it has been.

    Raises `Conflict` when two customers became one by it: begin anew.
    """
    event = message.event
    inbound = event.direction == "inbound"
    spoken = Spoken(
        at=message.at,
        name=event.display_name if inbound else None,
        recycled_after=timedelta(seconds=context.config.identity.recycled_after_s),
    )
    sender = find_sender(context.table, message.people, event.channel, event.account, spoken)
    if conversation and set(conversation["known"]).issuperset(message.names):
        return replace(sender, resolution=replace(sender.resolution, candidates=(), merges=()))
    sender = with_claims(context, event, sender)
    if sender.profile:
        _tell_apart(context, message, sender, sender.profile["id"])
        sender = replace(sender, resolution=replace(sender.resolution, candidates=(), merges=()), claimants={})
    return sender


def _tell_apart(context: Context, message: Message, sender: Sender, owner: str) -> None:
    """The other customers whom the event names, or of whom it is claimed: merged, or suggested. Nothing is done for a
    copy: whose an identity was then, it may be no longer."""
    resolution = sender.resolution
    if not (resolution.others or sender.claimants) or _is_copy(context, message):
        return
    evidence = [identity.kind for identity in message.people if identity in sender.locks]
    rule = CONFIRMED if any(one.level in PROVEN for one in message.people) else ONE_EVENT
    for other in resolution.merges:
        if merge_now(context, owner, other, rule, evidence, message.incoming):
            raise Conflict("two customers became one by this event")
    for other in resolution.candidates:
        suggest(context, message.incoming, owner, other, ONE_EVENT, evidence)
    for other, why in sender.claimants.items():
        suggest(context, message.incoming, owner, other, CLAIMED, why)


def _is_copy(context: Context, message: Message) -> bool:
    known = context.table.get(items.message_key(message.event)).item
    return bool(known and not known.get("waiting"))


def suggest(context: Context, incoming: Incoming, one: str, other: str, rule: str, evidence: Sequence[str]) -> None:
    """Open a candidate, unless this pair has one already, perhaps a refused one. 2 writes."""
    source = incoming.source
    took_effect(context.table, candidate_puts(one, other, rule, evidence, source.at, source.message))
