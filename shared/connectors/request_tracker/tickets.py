"""The case as a ticket: found, made, told one entry after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.connectors.request_tracker.mapping import Note
from shared.connectors.request_tracker.place import CASE_ID, MESSAGE_ID, Place
from shared.connectors.request_tracker.reading import Ticket, custom_field, understood
from shared.connectors.request_tracker.rest import OF_TICKET, quoted
from shared.domain.errors import Misconfigured, Permanent, Unwelcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.connectors.request_tracker.rest import Work


class Tickets:
    """The tickets of one RT, within one piece of work."""

    def __init__(self, work: Work, place: Place) -> None:
        self._work = work
        self._place = place
        self._name = work.rest.name

    def with_case(self, case_id: str, reference: str) -> str | None:
        """The number of the ticket of a case: by HubCaseId, or by the reference that its subject begins with.

        RT sets both in one transaction, but it drops a field that the hub's user may not set. One request.
        """
        query = f"CF.{{{CASE_ID}}} = {quoted(case_id)} OR Subject STARTSWITH {quoted(reference + ' ')}"
        found = self._work.search("tickets", query, "Subject,CustomFields")

        def first(holds: Callable[[dict[str, Any]], bool]) -> str | None:
            return next((str(item["id"]) for item in found if holds(item)), None)

        return understood(
            lambda: (
                first(lambda item: custom_field(item, CASE_ID) == case_id)
                or first(lambda item: str(item["Subject"]).startswith(reference + " "))
            ),
            self._name,
        )

    def make(self, content: dict[str, Any], requestor: str) -> Ticket:
        """A new ticket, as RT has it. `requestor`: the user's name. 2 requests."""
        ticket = self.read(self._work.create("/ticket", content) or "")
        if ticket.queue_id != self._place.queue_id or requestor not in ticket.requestors:
            raise Unwelcome(f"connector {self._name}: RT made a ticket in another queue or for another requestor")
        return ticket

    def linked(self, ticket: Ticket, case_id: str) -> Ticket:
        """The ticket, bearing the case's id. Raises Misconfigured when RT does not keep it.

        No request when it does; else 2.
        """
        if ticket.case_id != case_id:
            self._work.change(f"/ticket/{ticket.id}", {"CustomFields": {CASE_ID: case_id}}, OF_TICKET)
            ticket = self.read(ticket.id)
        if ticket.case_id != case_id:
            raise Misconfigured(
                f"connector {self._name}: RT does not keep {CASE_ID}: give the hub's user the rights "
                "SetInitialCustomField and ModifyCustomField"
            )
        return ticket

    def read(self, ticket_id: str) -> Ticket:
        """A ticket, or the one it was merged into. Raises Permanent when RT, well otherwise, has none. One request."""
        ticket = self._work.ticket(ticket_id)
        if ticket is not None:
            return ticket
        said, _ = self._work.get(f"/queue/{self._place.queue_id}")
        if said is None:
            raise Unwelcome(f"connector {self._name}: RT has neither our ticket nor our queue")
        raise Permanent(f"connector {self._name}: RT has no such ticket any more")

    def noted(self, mark: str, ticket_ids: Sequence[str]) -> str | None:
        """The number of the transaction whose message has this mark, in any of these tickets. One request.

        RT keeps a message's subject with the transaction (`Data`), written at once with it; HubMessageId it sets
        afterwards, so that an RT which ends in between leaves a message without.
        """
        of = " OR ".join(f"ObjectId = {int(ticket_id)}" for ticket_id in dict.fromkeys(ticket_ids))
        query = f"ObjectType = 'RT::Ticket' AND ({of}) AND Data STARTSWITH {quoted(mark + ' ')}"
        found = self._work.search("transactions", query, "Type,Data")
        return understood(
            lambda: next((str(item["id"]) for item in found if str(item["Data"]).startswith(mark + " ")), None),
            self._name,
        )

    def note(self, ticket: Ticket, note: Note, status: str | None) -> str:
        """Add a note and read it back. The number of its transaction. 2 requests."""
        path = f"/ticket/{ticket.id}/{note.action}"
        transaction_id = self._work.create(path, note.body(status), OF_TICKET) or ""
        made = self._work.transaction(transaction_id)
        if made.type != note.type or not made.subject.startswith(note.mark + " "):
            raise Unwelcome(f"connector {self._name}: RT took a note and does not hold it")
        if made.message_id != note.message_id and ticket.queue_id == self._place.queue_id:
            raise Misconfigured(
                f"connector {self._name}: RT does not keep {MESSAGE_ID}: apply it to the queue, and give the hub's "
                "user the right ModifyCustomField"
            )
        return transaction_id

    def bring_to(self, ticket_id: str, status: str, transaction_id: str) -> None:
        """See that a ticket came to a status with a transaction; ask again, unless somebody changed it since.

        1 request, 4 when it did not. Raises Unwelcome when RT refuses the status, which it does within a 200.
        """
        if self.read(ticket_id).status == status:
            return
        since = f"ObjectType = 'RT::Ticket' AND ObjectId = {int(ticket_id)} AND id > {int(transaction_id)}"
        if self._work.search("transactions", since + " AND Type = 'Status'", "Type"):
            return
        self._work.change(f"/ticket/{ticket_id}", {"Status": status}, OF_TICKET)
        if self.read(ticket_id).status != status:
            raise Unwelcome(f"connector {self._name}: RT does not let a ticket become {status}: see `statuses`")
