"""Telling a connector of a contact: before its first case, and whenever what we know of it grew newer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shared.application.retry import due_text, now_text
from shared.application.slots import stand_in_line, within_cap
from shared.application.telling import (
    Held,
    Means,
    Refused,
    Run,
    count_failure,
    died_too_often,
    give_up_on,
    lease_end,
    tell,
    understood,
    when_due,
)
from shared.application.trigger import Trigger
from shared.domain.errors import Conflict, Permanent, Transient
from shared.domain.merging import MAX_FAMILY
from shared.ports.connectors import Remote
from shared.ports.table import Item, Table
from shared.store import cursors, keys
from shared.store.cursors import Cursor, Home
from shared.store.views import customer_view

LOOKS = 3
"""How often a cursor is read anew when somebody else moved it in between."""

Outcome = Literal["level", "pushed", "continued", "waiting", "blocked"]
"""Nothing to tell; told; told in part, and triggered again; to be looked at later; a person must look at it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer's profile and what this connector knows of it.

    `lent`: where it knows nothing of this customer, but of one who was merged into it: whose contact, and which. That
    one is linked then, rather than a second made; it stays the other's, for the case that the merge is undone.
    """

    profile: Item
    known: Cursor
    lent: tuple[str, Remote] | None = None

    @property
    def remote(self) -> Remote | None:
        return self.known.remote or (self.lent[1] if self.lent else None)

    @property
    def version(self) -> int:
        return int(self.profile["contact_version"])

    @property
    def is_behind(self) -> bool:
        return self.known.told < self.version or self.known.remote is None


def read_contact(table: Table, customer_id: str, connector: str) -> Contact:
    """The customer, or who they were merged into. 2 RCU, and 1 for each merge; where a merged customer is not known
    there, 1 more for each of their family. Raises `Permanent` when absent."""
    for _ in range(MAX_FAMILY):
        profile = table.get(keys.customer(customer_id)).item
        if profile is None:
            raise Permanent("a trigger for a customer that is not there")
        if not profile.get("merged_into"):
            return _contact(table, profile, connector)
        customer_id = profile["merged_into"]
    raise Permanent("merged customers that lead in a ring")


def _contact(table: Table, profile: Item, connector: str) -> Contact:
    known = cursors.of_contact(table, profile["id"], connector)
    family = profile.get("family", [])
    if known.lender is not None and known.lender not in family:
        known = replace(known, remote=None, lender=None)  # they are two again, and the contact is the other's
    if known.remote is not None:
        return Contact(profile, known)
    for member in family:
        theirs = cursors.of_contact(table, member, connector)
        if theirs.remote is not None:
            return Contact(profile, known, (theirs.lender or member, theirs.remote))
    return Contact(profile, known)


def contact_for_case(contact: Contact, means: Means, run: Run) -> Remote:
    """Where the contact lives, told of first when it is newer. For the owner of a case's cursor, which waits for it.

    Nothing when it is level; else 2 writes (5 WRU the first time, 2 later).
    """
    if contact.known.remote is not None and not contact.is_behind:
        return contact.known.remote
    if contact.known.is_leased(means.clock()):
        raise Held("another worker is telling this contact", until=contact.known.lease or 0)
    try:
        taken = _take(contact, means, run)
    except Conflict as error:
        raise Held("another worker is telling this contact") from error
    try:
        return _push(contact, taken, means, run)
    except (Held, Refused):
        cursors.let_go(means.table, taken)
        raise


def sync_contact(trigger: Trigger, means: Means, run: Run) -> Outcome:
    """Bring the contact up to date in a connector that has been told of it; where it was not, its first case will.

    2 RCU when level; 2 WRU more to tell. Raises `Transient` or `Conflict` when the table stood in the way.
    """
    moved: Conflict | None = None
    for _ in range(LOOKS):
        contact = read_contact(means.table, trigger.customer, means.connector.name)
        try:
            taken = _taken(trigger, contact, means, run)
        except Conflict as lost:
            moved = lost
            continue
        return taken if isinstance(taken, str) else _tell(contact, taken, means, run)
    raise Transient("a contact's cursor that others keep moving") from moved


def _taken(trigger: Trigger, contact: Contact, means: Means, run: Run) -> Cursor | Outcome:
    """The cursor, ours; or why not."""
    known, now = contact.known, means.clock()
    if known.is_leased(now):
        cursors.postpone(means.table, known, due_text(known.lease or 0), {})
        return "waiting"
    is_redriven = trigger.attempt is not None  # then what was given up is told again, level or not
    if contact.remote is None or not (contact.is_behind or is_redriven):
        cursors.take_off_clock(means.table, known)
        return "level"
    if known.is_backing_off(now_text(now), trigger.due) and not is_redriven:
        return "waiting"
    closed = means.breaker.closed_until()
    if closed is not None:
        due = when_due(Held("the breaker is open", until=closed), 0, means)
        cursors.postpone(means.table, known, due, {})
        return "waiting"
    return _take(contact, means, run)


def _take(contact: Contact, means: Means, run: Run) -> Cursor:
    lease = lease_end(means, run)
    return cursors.take(means.table, contact.known, now=means.clock(), lease=lease, pushing=contact.version, about={})


def _tell(contact: Contact, taken: Cursor, means: Means, run: Run) -> Outcome:
    try:
        with within_cap(means, run):
            _push(contact, taken, means, run)
    except Held as held:
        attempts = taken.attempts + held.is_failure
        count_failure(held, means)
        due = when_due(held, attempts, means)
        cursors.wait(means.table, taken, due, attempts=attempts, error=held.reason)
        stand_in_line(held, taken, due, contact.profile["id"], means)
        return "waiting"
    return "pushed"


def _push(contact: Contact, taken: Cursor, means: Means, run: Run) -> Remote:
    """Tell the contact and write it down. One that is known and refused is left as the tool has it, with a letter."""
    name, version, known = means.connector.name, contact.version, contact.known
    try:
        died_too_often(taken)
        customer = understood(lambda: customer_view(contact.profile))
        remote = tell(
            lambda retry: means.connector.put_contact(customer, version, contact.remote, retry=retry),
            retry=known.pushing is not None,
            means=means,
        )
    except Refused as refused:
        if known.remote is None:
            raise
        again = Trigger(name, contact.profile["id"], version=version)
        give_up_on(again, refused.error, contact.profile["created_at"], means, run)
        cursors.finish(means.table, taken, version)
        return known.remote
    home = _new_home(name, contact, remote)
    cursors.finish(means.table, taken, version, home)
    return remote


def _new_home(connector: str, contact: Contact, remote: Remote) -> Home | None:
    if remote == contact.known.remote:
        return None
    lender = contact.lent[0] if contact.lent and contact.lent[1] == remote else None
    home = cursors.home(connector, "contact", remote, {"customer": lender or contact.profile["id"]})
    return replace(home, lender=lender)
