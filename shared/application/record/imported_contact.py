"""A contact that a CRM or helpdesk had before the hub: a customer of whom phones and e-mails are claimed, not held.

Their first message from a number that only this record has then finds them (`claimed.py`). Nobody is merged by an
import: records that share a number or mailbox are candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.application.record.claims import record_claims
from shared.application.record.context import Context
from shared.domain.errors import Transient
from shared.domain.identity import readable
from shared.ports.connectors import Remote
from shared.ports.table import Absent, Condition, Item, Put, Update, Value
from shared.store import cursors, keys
from shared.store.claims import Claim
from shared.store.conditional import took_effect

TRIES = 3


@dataclass(frozen=True, slots=True)
class Contact:
    """A record of `connector`. `phones`, `emails`: as written there; `country`: where a phone without `+` was."""

    connector: str
    remote: Remote
    name: str | None = None
    phones: Sequence[str] = ()
    emails: Sequence[str] = ()
    country: str | None = None


def import_contact(context: Context, contact: Contact) -> str:
    """The customer behind the record, a new one the first time; its claims are brought up to date each time.

    2 RCU; 3 writes the first time, then those of each claim. What is no phone or e-mail is left out. Idempotent by
    the record's id. Raises `Transient` when others import the same record again and again.
    """
    customer = _customer(context, contact)
    record_claims(context, customer, list(_claims(context, contact)), None)
    return customer


def link_contact(context: Context, customer: str, contact: Contact) -> bool:
    """The record is this customer's, whom a channel attested; what else it says of them is claimed. False where the
    customer has a contact there by now, or is just being told to the tool.

    2 RCU, 2 writes, and those of each claim. The next thing that the tool is told brings the contact up to date.
    """
    home = cursors.home(contact.connector, "contact", replace(contact.remote, adopted=True), {"customer": customer})
    known = cursors.of_contact(context.table, customer, contact.connector)
    if known.remote is not None or known.pushing is not None or known.is_leased(context.clock()):
        return False
    fresh: dict[str, Value] = {} if known.exists else {known.level: 0}
    as_read: tuple[Condition, ...] = (Absent("remote_id"), Absent("pushing")) if known.exists else (Absent(),)
    reference = Update(known.key, set={**home.attributes, **fresh}, when=as_read)
    if not took_effect(context.table, [reference, Put(home.index, when=(Absent(),))]):
        return False
    record_claims(context, customer, list(_claims(context, contact)), None)
    return True


def _customer(context: Context, contact: Contact) -> str:
    place = keys.remote(contact.connector, "contact", contact.remote.id)
    for _ in range(TRIES):
        known = context.table.get(place).item
        if known and known.get("customer"):
            return str(known["customer"])
        customer = context.new_id()
        if took_effect(context.table, _new(context, contact, customer)):
            return customer
    raise Transient("others import this record at the same time")


def _new(context: Context, contact: Contact, customer: str) -> list[Put]:
    now = context.now()
    pk, sk = keys.customer(customer)
    profile: Item = {"pk": pk, "sk": sk, "id": customer, "version": 1, "contact_version": 1, "created_at": now}
    profile |= {"identities": [], "conversations": [], "cases": {}, "fields": {}}
    if contact.name:
        profile |= {"display_name": contact.name}
        profile["fields"] = {"display_name": {"value": contact.name, "source": contact.connector, "at": now}}
    home = cursors.home(contact.connector, "contact", contact.remote, {"customer": customer})
    pk, sk = keys.reference_to_contact(customer, contact.connector)
    reference: Item = {"pk": pk, "sk": sk, "version": 1, "adopted": True, **home.attributes}
    return [Put(item, when=(Absent(),)) for item in (home.index, profile, reference)]


def _claims(context: Context, contact: Contact) -> list[Claim]:
    said = [("phone", phone) for phone in contact.phones] + [("email", email) for email in contact.emails]
    found: dict[tuple[str, str], Claim] = {}
    for kind, raw in said:
        one = readable(kind, raw, contact.country)
        if one is None or "extension" in one.flags:
            continue  # no such thing; or a line that is not the person's, whose extension is no part of the value
        claim = Claim(kind, one.value, "crm", contact.connector, context.now(), None, contact.name)
        found.setdefault((kind, one.value), claim)
    return list(found.values())
