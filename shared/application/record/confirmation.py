"""Somebody proved that an identity is theirs: a code answered, a signed login. identity.md §6, M2.

The event names them by the identity they write from and by the proven one. Where two customers hold these, they are
one now, unless something forbids it; where nobody holds the proven one, it becomes theirs.
"""

from __future__ import annotations

from typing import Any

from shared.application.record.claimed import with_claims
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.merge import merge_now
from shared.application.record.person import attested_people, find_or_make, mark
from shared.application.record.sender import CLAIMED, CONFIRMED, ONE_EVENT, PROVEN, suggest
from shared.application.record.who import Sender, find_sender, reach_of
from shared.domain.errors import Conflict
from shared.domain.event import Event, Identity
from shared.ports.table import MAX_OPERATIONS, Equals, Item, Operation, Update
from shared.store import items
from shared.store.claims import settle

_RANK = ("claimed", "channel", "confirmed", "staff")


def is_confirmation(event: Event) -> bool:
    """A change of identity that takes nothing away and brings something proven."""
    return (
        event.kind == "identity_change"
        and not event.previous_identities
        and any(one.level in PROVEN for one in event.identities)
    )


def confirm_identity(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """2 reads and more (index, each identity, profile), and 3 writes or more; those of a merge before. Of somebody
    unknown a customer is made. Raises `Conflict` when somebody else was quicker, or two became one: begin anew."""
    event = incoming.event
    known = context.table.get(items.message_key(event)).item
    if known and not known.get("waiting"):
        return Outcome("copy", had_waiting=bool(known.get("overtaken")))
    people = attested_people(context, event, event.identities)
    sender = find_sender(context.table, people, event.channel, event.account)
    sender = with_claims(context, event, sender, may_attach=sender.profile is None)
    profile = sender.profile
    if profile is None:
        person = find_or_make(context, incoming, people)
        customer, writes = person.customer, person.operations
    else:
        _tell_apart(context, incoming, people, sender, profile["id"])
        customer = sender.origin or profile["id"]
        writes = _gained(incoming, sender, profile, customer)
    writes = [mark(event, customer, original, was_waiting=known is not None), *writes]
    context.table.transact(writes[:MAX_OPERATIONS])
    context.metrics.count("identity_confirmed", channel=event.channel)
    return Outcome("recorded", had_waiting=known is not None)


def _tell_apart(context: Context, incoming: Incoming, people: tuple[Identity, ...], sender: Sender, owner: str) -> None:
    evidence = [f"{one.kind} {one.level}" for one in people if one in sender.locks]
    for other in sender.resolution.merges:
        if merge_now(context, owner, other, CONFIRMED, evidence, incoming):
            raise Conflict("two customers became one by this event")
    for other in sender.resolution.candidates:
        suggest(context, incoming, owner, other, ONE_EVENT, evidence)
    for other, why in sender.claimants.items():
        if other != owner:
            suggest(context, incoming, owner, other, CLAIMED, why)
    for claimed in sender.settled:
        context.table.transact([settle(claimed, owner, incoming.source.at)])


def _gained(incoming: Incoming, sender: Sender, profile: Item, customer: str) -> list[Operation]:
    """Locks for what nobody held, a higher level for what was theirs, and the profile that lists both."""
    event, source = incoming.event, incoming.source
    theirs = {one: lock for one, lock in sender.locks.items() if lock["customer"] == customer and _is_higher(one, lock)}
    raised = {(one.kind, one.namespace, one.value): one.level for one in theirs}
    listed = [
        one | {"level": raised.get((one["kind"], one.get("namespace"), one["value"]), one["level"])}
        for one in profile["identities"]
    ]
    gained = sender.resolution.claims[: MAX_OPERATIONS - 2 - len(theirs)]
    origin = {} if customer == profile["id"] else {"origin": customer}
    changes = {"identities": items.with_identities(listed, [items.held(one, source) | origin for one in gained])}
    locks: list[Operation] = [
        items.claim(one, customer, source, reach_of(one, event.channel, event.account)) for one in gained
    ]
    proof = {"source": source.channel, "event": source.message}
    locks += [
        Update((lock["pk"], lock["sk"]), set={"level": one.level, **proof}, when=(Equals("customer", customer),))
        for one, lock in theirs.items()
    ]
    return [items.profile_step(profile, changes, tells=True), *locks]


def _is_higher(one: Identity, lock: Item) -> bool:
    return _RANK.index(one.level) > _RANK.index(lock["level"])
