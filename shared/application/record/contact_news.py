"""What a tool says of a contact: its record of a person changed, or it made one of two. Claims, whatever it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shared.application.record.claims import record_claims
from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.external_merge import external_merge
from shared.application.record.person import mark
from shared.application.record.who import living_profile
from shared.domain.errors import Malformed
from shared.domain.event import Event, Identity
from shared.domain.identity import readable
from shared.domain.merged_fields import best, said_anew
from shared.ports.table import Item, Operation
from shared.store import items, keys
from shared.store.claims import Claim

UPDATE: Final = "contact_update"
MERGE: Final = "contact_merge"
KINDS: Final = ("phone", "email")


def is_contact_news(event: Event) -> bool:
    """Whether a tool speaks of a contact of its own, which it names by its id."""
    return event.kind == "account_news" and event.provider_type in (UPDATE, MERGE) and _contact_in(event) is not None


def record_contact_news(context: Context, incoming: Incoming, original: dict[str, Any]) -> Outcome:
    """Once by the message index; the claims before it, since it is harmless to repeat them.

    3 reads or more, 1 or 2 writes and those of each claim; of a merge the cost of `external_merge`. Raises `Malformed`
    for a contact that no customer of ours is behind, `Conflict` when somebody else was quicker.
    """
    event = incoming.event
    known = context.table.get(items.message_key(event)).item
    if known and not known.get("waiting"):
        return Outcome("copy", had_waiting=bool(known.get("overtaken")))
    is_merge = event.provider_type == MERGE
    customer = _merged(context, incoming) if is_merge else _customer(context, event.channel, _contact_in(event))
    writes: list[Operation] = [mark(event, customer, original, was_waiting=known is not None)]
    if not is_merge:
        record_claims(context, customer, list(_claims(context, incoming)), incoming.source.message)
        writes += _named(context, incoming, customer)
    context.table.transact(writes)
    context.metrics.count("contact_news", connector=event.channel, what=event.provider_type)
    return Outcome("recorded", had_waiting=known is not None)


def _merged(context: Context, incoming: Incoming) -> str:
    """The customer behind the contact that stayed."""
    event, stays = incoming.event, _contact_in(incoming.event)
    gone = next((one for one in event.previous_identities if _is_of(event, one)), None)
    if gone is None or stays is None:
        raise Malformed("a merge of contacts that does not name both")
    if external_merge(context, event.channel, gone.value, stays.value, incoming) == "unknown":
        raise Malformed("a merge of contacts that no customer of ours is behind")
    return _customer(context, event.channel, stays)


def _contact_in(event: Event) -> Identity | None:
    return next((one for one in event.identities if _is_of(event, one)), None)


def _is_of(event: Event, identity: Identity) -> bool:
    return identity.kind == "external" and identity.namespace == event.channel


def _customer(context: Context, connector: str, contact: Identity | None) -> str:
    known = context.table.get(keys.remote(connector, "contact", contact.value)).item if contact else None
    if known is None or not known.get("customer"):
        raise Malformed("news of a contact that no customer of ours is behind")
    return str(known["customer"])


def _claims(context: Context, incoming: Incoming) -> Iterator[Claim]:
    """Phones and e-mails of the record. What is no such thing stays in the original."""
    event, source = incoming.event, incoming.source
    country = context.config.brands[0].default_country
    for one in event.identities:
        if one.kind not in KINDS:
            continue
        value = readable(one.kind, one.value, country)
        if value and "extension" not in value.flags:
            yield Claim(one.kind, value.value, "crm", event.channel, source.at, source.message, event.display_name)


def _named(context: Context, incoming: Incoming, customer: str) -> list[Operation]:
    """The name, where no better source has given another: a tool's counts more than a channel's, and less than what
    staff entered."""
    name, source = incoming.event.display_name, incoming.source
    if not name:
        return []
    profile: Item = living_profile(context.table, customer)
    said = {"value": name, "source": source.channel, "at": source.at, "event": source.message}
    said |= {"origin": customer} if profile["id"] != customer else {}
    held = profile["fields"].get("display_name")
    connectors = [connector.name for connector in context.config.connectors]
    if held and (held["value"] == name or best([held, said], connectors) != said):
        return []
    changes = {"display_name": name, **said_anew(profile, "display_name", said)}
    return [items.profile_step(profile, changes, tells=True)]
