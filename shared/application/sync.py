"""Sync: bring one connector up to where a case's log is, once and in order, whatever failed on the way.

A trigger says only that the case may be ahead. The cursor says how far the connector is; before each thing is
told the cursor says so (`pushing`), so that whoever comes after a sudden death has the connector look before it
creates. What must wait writes a due time on the cursor and ends. An entry that can never be told becomes a dead
letter, and the cursor goes on past it. Only `crm_sync` writes cursors.

Cost of one new entry, the contact being level: 5 reads (cursor, case, profile, contact, entries) and 2 writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.application.retry import SCHEDULE_S, due_text, now_text
from shared.application.show_delivery import show_delivery
from shared.application.slots import stand_in_line, within_cap
from shared.application.sync_contact import LOOKS, Contact, Outcome, contact_for_case, read_contact, sync_contact
from shared.application.sync_files import (
    AwaitsFiles,
    as_it_is,
    carried,
    is_late_file,
    name_of_late_file,
)
from shared.application.telling import (
    SPREAD_S,
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
from shared.application.trigger import Trigger, read_trigger, send_all
from shared.domain.errors import Conflict, Misconfigured, Permanent, Transient
from shared.domain.event import Entry
from shared.domain.tool_events import TICKET_LOST
from shared.ports.connectors import Remote
from shared.ports.table import Item
from shared.store import cursors, keys
from shared.store.cursors import Cursor
from shared.store.views import case_view, customer_view, entry_view

MARGIN_S = 20.0
"""With less time left nothing more is begun: a call may take 15 s, and its outcome must still be written."""
PAGE = 25
"""Entries read at a time."""


@dataclass(frozen=True, slots=True)
class Look:
    """A case and its customer as they are, and how far the connector is with both."""

    case: Item
    contact: Contact
    cursor: Cursor

    @property
    def sequence(self) -> int:
        return int(self.case["sequence"])

    @property
    def is_behind(self) -> bool:
        return self.sequence > self.cursor.told or self.contact.is_behind

    @property
    def about(self) -> dict[str, str]:
        return {"customer": self.case["customer"]}


def sync(body: str, means_of: Callable[[str], Means | None], run: Run) -> Outcome:
    """Do what the trigger in a message gives reason to. Cost: see the module; 4 RCU when nothing is to be told.

    `means_of`: by the connector's name, None for one that the configuration no longer has. Raises `Malformed`,
    `Misconfigured` (no such connector) or `Permanent` (no such case or customer): park it; `Transient` when the
    table or the queue stood in the way: look at it again. A connector's errors never leave.
    """
    trigger = read_trigger(body)
    means = means_of(trigger.connector)
    if means is None:
        raise Misconfigured("a trigger for a connector that is not configured")
    if trigger.answer is not None:
        return show_delivery(trigger, trigger.answer, means, run)
    try:
        return sync_contact(trigger, means, run) if trigger.case is None else sync_case(trigger, means, run)
    except Conflict as error:
        raise Transient("the cursor was lost to another worker") from error


def sync_case(trigger: Trigger, means: Means, run: Run) -> Outcome:
    """As `sync`, for a trigger that names a case. Raises `Conflict` when the cursor was lost on the way."""
    moved: Conflict | None = None
    for _ in range(LOOKS):
        look = _look(trigger, means)
        if trigger.entry is not None and 0 < trigger.entry <= look.cursor.told:
            return _EntryAgain(look, trigger.entry, trigger.attempt, means, run).tell()
        try:
            taken = _taken(trigger, look, means, run)
        except Conflict as lost:
            moved = lost
            continue
        return taken if isinstance(taken, str) else _CasePush(look, taken, trigger.attempt, means, run).tell()
    raise Transient("a case's cursor that others keep moving") from moved


def _look(trigger: Trigger, means: Means) -> Look:
    case_id = trigger.case or ""
    cursor = cursors.of_case(means.table, case_id, means.connector.name)
    case = means.table.get(keys.case(case_id)).item
    if case is None:
        cursors.take_off_clock(means.table, cursor)
        raise Permanent("a trigger for a case that is not there")
    return Look(case, read_contact(means.table, case["customer"], means.connector.name), cursor)


def _taken(trigger: Trigger, look: Look, means: Means, run: Run) -> Cursor | Outcome:
    """The cursor, ours until our time is up; or why not. At most one write."""
    cursor, now = look.cursor, means.clock()
    if cursor.is_leased(now):
        _postpone(look, due_text(cursor.lease or 0), means)
        return "waiting"
    if not look.is_behind:
        cursors.take_off_clock(means.table, cursor)
        return "level"
    if cursor.is_backing_off(now_text(now), trigger.due) and trigger.attempt is None:
        return "waiting"
    closed = means.breaker.closed_until()
    if closed is not None:
        if not cursor.is_waiting(now_text(now)):
            _postpone(look, when_due(Held("the breaker is open", until=closed), 0, means), means)
        return "waiting"
    pushing = cursor.told + 1 if look.sequence > cursor.told else None
    lease = lease_end(means, run)
    return cursors.take(means.table, cursor, now=now, lease=lease, pushing=pushing, about=look.about)


def _postpone(look: Look, due_at: str, means: Means) -> None:
    if look.cursor.due_at != due_at:
        cursors.postpone(means.table, look.cursor, due_at, look.about)


def _is_own(entry: Entry, means: Means) -> bool:
    """Whether it came from this very tool: what came from a system never returns to it."""
    return entry.channel == means.connector.name


def _entry_call(look: Look, entry: Entry, ticket: Remote, means: Means) -> Callable[[bool], str]:
    """The call that tells this entry. Raises `Refused` if case or customer cannot be read."""
    case = understood(lambda: case_view(look.case))
    customer = understood(lambda: customer_view(look.contact.profile))
    return lambda retry: means.connector.append(case, ticket, entry, customer, retry=retry)


def _loses_its_ticket(item: Item, means: Means) -> bool:
    """Whether by this entry its ticket in this tool became another case's. Those of the tool itself are read anyway."""
    if item["kind"] != "state_change":
        return False
    entry = understood(lambda: entry_view(item))
    return entry.channel == means.connector.name and TICKET_LOST in entry.flags


def _entry_trigger(look: Look, sequence: int, means: Means, attempt: int | None = None) -> Trigger:
    """`attempt`: which redrive it is that failed, so that its letter, which went with the redrive, goes on counting."""
    about = {"case": look.case["id"], "sequence": sequence, "entry": sequence, "attempt": attempt}
    return Trigger(means.connector.name, look.case["customer"], **about)


class _CasePush:
    """The push of one case by the owner of its cursor: contact, opening, entries, until level or out of time.

    `attempt`: a person redrove what had blocked it.
    """

    def __init__(self, look: Look, taken: Cursor, attempt: int | None, means: Means, run: Run) -> None:
        self._look = look
        self._cursor = taken
        self._attempt = attempt
        self._means = means
        self._run = run
        self._is_retry = taken.pushing is not None and look.cursor.pushing == taken.pushing
        self._told_any = False

    def tell(self) -> Outcome:
        try:
            with within_cap(self._means, self._run):
                contact = self._contact()
                if self._cursor.remote is None:
                    self._open(contact)
                return self._entries(contact)
        except Held as held:
            return self._wait(held)
        except Refused as refused:
            return self._block(refused)

    def _contact(self) -> Remote:
        remote = contact_for_case(self._look.contact, self._means, self._run)
        if self._look.contact.is_behind:
            # Whoever died before us may have died of the contact: the case's own count begins anew.
            self._cursor = replace(self._cursor, deaths=0)
        return remote

    def _open(self, contact: Remote) -> None:
        """Sequence 0, or again where its ticket has become another case's. Without a ticket nothing else can be told:
        what is refused here blocks the case."""
        look, means = self._look, self._means
        died_too_often(self._cursor)
        case = understood(lambda: case_view(look.case))
        customer = understood(lambda: customer_view(look.contact.profile))
        ticket = tell(
            lambda retry: means.connector.open_case(case, customer, contact, retry=retry),
            retry=self._is_retry,
            means=means,
        )
        home = cursors.home(means.connector.name, "case", ticket, {"case": case.id, **look.about})
        told = max(0, self._cursor.told)
        self._cursor = cursors.found_home(means.table, self._cursor, told, told + 1, home)
        self._is_retry, self._told_any = False, True

    def _entries(self, contact: Remote) -> Outcome:
        told = self._cursor.told
        pk, after = keys.entry(self._look.case["id"], told)
        while True:
            page = self._means.table.query(pk, "ENT#", after=after, limit=PAGE)
            for item in page.items:
                if self._told_any and self._run.remaining_s() < MARGIN_S:
                    return self._go_on_later()
                self._entry(item)
                told = int(item["sequence"])
                if _loses_its_ticket(item, self._means):
                    self._cursor = cursors.lost_home(self._means.table, self._cursor, told, told + 1)
                    self._is_retry = False
                    self._open(contact)
                elif item is not page.items[-1] or page.next is not None:
                    self._cursor = cursors.advance(self._means.table, self._cursor, told, told + 1)
            if page.next is None:
                cursors.finish(self._means.table, self._cursor, told)
                return "pushed"
            after = page.next

    def _entry(self, item: Item) -> None:
        """Tell one entry, or make a dead letter of it: either way the cursor may go on past it."""
        look, means = self._look, self._means
        sequence = int(item["sequence"])
        ticket = self._cursor.remote or Remote("")
        late = None
        try:
            died_too_often(self._cursor)
            entry = understood(lambda: entry_view(item))
            late = name_of_late_file(item, entry) if is_late_file(entry) else None
            if self._is_to_be_told(entry, late):
                loaded = carried(item, entry, self._cursor, means)
                self._cursor = loaded.cursor
                call = _entry_call(look, loaded.entry, ticket, means)
                tell(call, retry=self._is_retry, means=means, failures=self._cursor.attempts)
        except Refused as refused:
            give_up_on(_entry_trigger(look, sequence, means), refused.error, item["received_at"], means, self._run)
        self._cursor = cursors.lack(means.table, self._cursor, set(self._cursor.lacks) - {late})
        self._is_retry, self._told_any = False, True

    def _is_to_be_told(self, entry: Entry, late: str | None) -> bool:
        """Not what came from the tool itself; of files that came late those alone that it lacks."""
        return not _is_own(entry, self._means) and (late is None or late in self._cursor.lacks)

    def _go_on_later(self) -> Outcome:
        """Out of time: give the cursor back, then trigger ourselves. Dying in between leaves the trigger we came by."""
        told = self._cursor.told
        cursors.finish(self._means.table, self._cursor, told)
        look = self._look
        more = Trigger(
            self._means.connector.name,
            look.case["customer"],
            case=look.case["id"],
            sequence=look.sequence,
            pushed=told,
        )
        send_all(self._means.queues, [more])
        return "continued"

    def _wait(self, held: Held) -> Outcome:
        attempts = self._cursor.attempts + held.is_failure
        count_failure(held, self._means)
        due = when_due(held, attempts, self._means)
        untried = isinstance(held, AwaitsFiles) and not self._is_retry
        cursors.wait(self._means.table, self._cursor, due, attempts=attempts, error=held.reason, untried=untried)
        stand_in_line(held, self._cursor, due, self._look.case["customer"], self._means)
        return "waiting"

    def _block(self, refused: Refused) -> Outcome:
        """No contact or no ticket: a letter, and another look each day. Its redrive does not wait for that."""
        look, means, error = self._look, self._means, refused.error
        trigger = _entry_trigger(look, 0, means, self._attempt)
        give_up_on(trigger, error, look.case["opened_at"], means, self._run)
        due = due_text(means.clock() + SCHEDULE_S[-1] + SPREAD_S * means.draw())
        reason = f"{type(error).__name__}: {error.reason}"
        cursors.wait(means.table, self._cursor, due, attempts=self._cursor.attempts + 1, error=reason)
        return "blocked"


class _EntryAgain:
    """One entry that had been given up, redriven by a person. What holds it up makes it a dead letter again."""

    def __init__(self, look: Look, sequence: int, attempt: int | None, means: Means, run: Run) -> None:
        self._look = look
        self._sequence = sequence
        self._attempt = attempt
        self._means = means
        self._run = run

    def tell(self) -> Outcome:
        look, means = self._look, self._means
        item = means.table.get(keys.entry(look.case["id"], self._sequence)).item
        if item is None:
            raise Permanent("a trigger for an entry that is not there")
        try:
            self._tell(item)
        except (Held, Refused) as stopped:
            error = stopped.error if isinstance(stopped, Refused) else Transient(stopped.reason)
            trigger = _entry_trigger(look, self._sequence, means, self._attempt)
            give_up_on(trigger, error, item["received_at"], means, self._run)
            return "blocked"
        return "pushed"

    def _tell(self, item: Item) -> None:
        look, means = self._look, self._means
        if look.cursor.remote is None:
            raise Held("the case is not open in the tool")
        entry = understood(lambda: entry_view(item))
        if _is_own(entry, means):
            return
        call = _entry_call(look, as_it_is(item, entry, means), look.cursor.remote, means)
        taken = self._take()
        try:
            with within_cap(means, self._run):
                tell(call, retry=True, means=means)
        finally:
            cursors.let_go(means.table, taken)

    def _take(self) -> Cursor:
        cursor, means = self._look.cursor, self._means
        closed = means.breaker.closed_until()
        if closed is not None:
            raise Held("the breaker is open")
        lease = lease_end(means, self._run)
        try:
            return cursors.take(means.table, cursor, now=means.clock(), lease=lease, pushing=None, about={})
        except Conflict as error:
            raise Held("another worker is telling this case") from error
