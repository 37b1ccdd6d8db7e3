"""The person behind an event that opens no case: found, or made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.application.record.claimed import with_claims
from shared.application.record.context import DEFAULT_PORTFOLIO, Context, Incoming
from shared.application.record.who import Sender, attested, find_sender, reach_of
from shared.domain.event import Event, Identity
from shared.domain.resolution import Spoken
from shared.ports.table import Absent, Check, Item, Operation, Put
from shared.store import items, keys

MOST_IDENTITIES = 4
"""Locked for a new person at once; what is left out is learnt from their next message."""


def attested_people(context: Context, event: Event, identities: list[Identity]) -> tuple[Identity, ...]:
    """Those identities that lock, with the namespace that only the configuration knows, best first."""
    account = context.config.account(event.channel, event.account)
    return attested(items.scoped(identities, account.portfolio if account else DEFAULT_PORTFOLIO))


@dataclass(frozen=True, slots=True)
class Person:
    """`customer`: the id under which their identity is locked (perhaps of one who was merged since), a new one for
    somebody unknown. `operations`: what makes or guards them, in the transaction that records what they did: at most
    1 + MOST_IDENTITIES."""

    customer: str
    operations: list[Operation]
    sender: Sender


def find_or_make(context: Context, incoming: Incoming, people: tuple[Identity, ...]) -> Person:
    """Who these identities belong to, perhaps the one customer of a tool's whose they are. `people` is not empty. Cost
    of `find_sender` and `with_claims`; writes nothing itself. What it does not lock, the next message does; if somebody
    else locks it first, `operations` fail, and whoever that is must be looked at too."""
    event = incoming.event
    sender = with_claims(
        context, event, find_sender(context.table, people, event.channel, event.account, Spoken(incoming.at))
    )
    if sender.profile:
        pk, sk = sender.profile["pk"], sender.profile["sk"]
        free = [
            Check(items.identity_key(one, reach_of(one, event.channel, event.account)), (Absent(),))
            for one in sender.resolution.claims[:MOST_IDENTITIES]
        ]
        guards: list[Operation] = [Check((pk, sk), (Absent("merged_into"),)), *free]
        return Person(sender.origin or sender.profile["id"], guards, sender)
    customer = context.new_id()
    return Person(customer, _made(customer, incoming, sender), sender)


def _made(customer: str, incoming: Incoming, sender: Sender) -> list[Operation]:
    event, source = incoming.event, incoming.source
    claims = sender.resolution.claims[:MOST_IDENTITIES]
    pk, sk = keys.customer(customer)
    item: Item = {"pk": pk, "sk": sk, "id": customer, "version": 1, "contact_version": 1}
    item |= {"identities": [items.held(one, source) for one in claims], "conversations": [], "cases": {}}
    item |= {"created_at": incoming.received_at, **_named(event, incoming)}
    locks = [items.claim(one, customer, source, reach_of(one, event.channel, event.account)) for one in claims]
    return [Put(item, when=(Absent(),)), *locks]


def _named(event: Event, incoming: Incoming) -> dict[str, Any]:
    if not event.display_name:
        return {"fields": {}}
    source = incoming.source
    said = {"value": event.display_name, "source": source.channel, "at": source.at, "event": source.message}
    return {"display_name": event.display_name, "fields": {"display_name": said}}


def mark(event: Event, customer: str, original: dict[str, Any], *, was_waiting: bool) -> Put:
    """The event's place in the message index when it is no entry of a case: `customer` instead of case and sequence."""
    pk, sk = items.message_key(event)
    condition = items.index_put(event, "-", 0, was_waiting=was_waiting).when
    return Put({"pk": pk, "sk": sk, "customer": customer, **original}, when=condition)
