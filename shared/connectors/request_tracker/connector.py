"""What the hub tells a connector, as RT takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.connectors.request_tracker import attaching, mapping
from shared.connectors.request_tracker.place import Place, look
from shared.connectors.request_tracker.tickets import Tickets
from shared.connectors.request_tracker.users import Users
from shared.connectors.request_tracker.wording import WORDS
from shared.domain.errors import Unwelcome
from shared.ports.connectors import Remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.connectors.request_tracker.options import Options
    from shared.connectors.request_tracker.rest import Rest, Work
    from shared.domain.case import Case
    from shared.domain.customer import Customer
    from shared.domain.event import Entry
    from shared.ports.files import Files


class RequestTracker:
    """One queue of one RT. Every write is read back; what RT holds counts, not what it answers.

    The first call of a process costs two requests more (see `place.look`).
    """

    def __init__(self, name: str, options: Options, rest: Rest, files: Callable[[], Files] | None = None) -> None:
        self.name = name
        self._options = options
        self._rest = rest
        self._words = WORDS[options.language]
        self._statuses = mapping.statuses_of(options.statuses)
        self._files = files
        self._place: Place | None = None

    def put_contact(self, customer: Customer, version: int, known: Remote | None, *, retry: bool) -> Remote:  # noqa: ARG002
        """Make, link or update the user. 2 requests for a new one, 1 to 3 for a known one."""
        work = self._rest.work()
        place = self._known_place(work)
        user = Users(work, place).put(mapping.contact_of(customer), known.id if known else None, retry=retry)
        url = f"{self._rest.url}/User/Summary.html?id={user.id}"
        return Remote(user.id, url, adopted=user.made_by != place.me)

    def open_case(self, case: Case, customer: Customer, contact: Remote, *, retry: bool) -> Remote:
        """Make the ticket of this case, or find it. 3 requests, 1 more with `retry`."""
        work = self._rest.work()
        tickets = Tickets(work, self._known_place(work))
        found = tickets.with_case(case.id, case.reference) if retry else None
        if found is not None:
            ticket = tickets.read(found)
        else:
            requestor = work.user(contact.id)
            if requestor is None:
                raise Unwelcome(f"connector {self.name}: RT has no longer the user whose ticket this is to be")
            content = mapping.ticket_of(
                case,
                customer,
                self._words,
                queue=self._options.queue,
                requestor=requestor.id,
                mail=requestor.email,
            )
            ticket = tickets.make(content, requestor.name)
        ticket_id = tickets.linked(ticket, case.id).id
        return Remote(ticket_id, f"{self._rest.url}/Ticket/Display.html?id={ticket_id}")

    def append(self, case: Case, ticket: Remote, entry: Entry, customer: Customer, *, retry: bool) -> str:  # noqa: ARG002
        """Tell one entry; returns the number of its transaction. 3 requests, 1 more with `retry`, 1 with a status."""
        work = self._rest.work()
        tickets = Tickets(work, self._known_place(work))
        note = mapping.note_of(case, entry, self._words, self._statuses)
        note = attaching.with_files(note, entry, self._files)
        there = tickets.read(ticket.id)
        wanted = mapping.status_after(note, entry, case, there.status, self._statuses)
        transaction_id = tickets.noted(note.mark, (ticket.id, there.id)) if retry else None
        if transaction_id is None:
            transaction_id = tickets.note(there, note, wanted)
        elif note.status is None:
            wanted = None  # its ticket may have ended since, and rightly
        if wanted is not None:
            tickets.bring_to(there.id, wanted, transaction_id)
        return transaction_id

    def _known_place(self, work: Work) -> Place:
        if self._place is None:
            self._place = look(work, self._options.queue)
        return self._place
