"""What an RT held before the hub: its unprivileged users, and the open tickets of the queue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from shared.connectors.request_tracker.history import states_of
from shared.connectors.request_tracker.place import CASE_ID, CONTACT_ID
from shared.connectors.request_tracker.reading import custom_field, understood
from shared.connectors.request_tracker.rest import MOST_ITEMS, quoted
from shared.domain.case import ACTIVE
from shared.domain.errors import Malformed, Misconfigured, Transient
from shared.domain.held import HeldContact, HeldPage, HeldTicket
from shared.ports.connectors import Happened, Read

if TYPE_CHECKING:
    from shared.connectors.request_tracker.back import RequestTrackerBack
    from shared.connectors.request_tracker.options import Options
    from shared.connectors.request_tracker.rest import Rest, Work

PHONES: Final = ("MobilePhone", "HomePhone", "WorkPhone")
OWN_USERS: Final = frozenset({"RT_System", "Nobody"})
USER_FIELDS: Final = ",".join(("id", "Name", "RealName", "EmailAddress", *PHONES, "CustomFields"))
PRIVILEGED: Final = 4
"""The number of RT's own group of those who work there, the same in every RT."""
MOST_PAGES: Final = 50

_PLACE = re.compile(r"([1-9]\d{0,8})\.(\d{1,12})\.(\d{1,12})", re.ASCII)
_PHONE_NAME = re.compile(r"\+\d{7,15}", re.ASCII)


class RequestTrackerStock:
    """Users and tickets by their numbers, which RT gives in order and never again."""

    def __init__(self, name: str, options: Options, rest: Rest, back: RequestTrackerBack) -> None:
        self.name = name
        self._options = options
        self._rest = rest
        self._back = back
        self._states = states_of(options.statuses, options.states)

    def contacts(self, after: str | None, limit: int) -> HeldPage[HeldContact]:
        """Enabled users in the order of their numbers. 2 requests; one for each user instead of the second where the
        hub's user has not the right SeeGroup: a list does not say who is privileged.

        `after` is `<page>.<last number read>.<users in all>`: where users were disabled since, the page before it is
        read again for those that moved there. The first page takes one request more. Raises Misconfigured without the
        right AdminUsers: RT shows no phones then.
        """
        work = self._rest.work()
        if after is None and not work.may_administer_users():
            raise Misconfigured(f"connector {self.name}: RT shows its user no phones: give it the right AdminUsers")
        number, last, before = _place(after)
        found, total = work.users_page(number, limit, USER_FIELDS)
        if total is not None and total < before and number > 1:
            number -= 1
            found, total = work.users_page(number, limit, USER_FIELDS)
        colleagues = self._privileged(work)
        contacts = []
        for said in found:
            contact = understood(lambda said=said: self._contact(said), self.name)  # type: ignore[misc]
            if int(contact.id) > last:
                is_colleague = contact.is_colleague or self._is_privileged(work, said, colleagues)
                contacts.append(replace(contact, is_colleague=is_colleague))
        last = max([last, *(int(one.id) for one in contacts)])
        left = None if total is None else max(0, total - (number - 1) * limit)
        return HeldPage(contacts, f"{number + 1}.{last}.{total or 0}" if len(found) == limit else None, left)

    def _privileged(self, work: Work) -> frozenset[str] | None:
        """The names of those who work there; None where RT does not let us see the group. One request."""
        said, origin = work.get(f"/group/{PRIVILEGED}")
        if said is None or (said.get("Domain"), said.get("Name")) != ("SystemInternal", "Privileged"):
            return None
        return understood(lambda: frozenset(str(member["id"]) for member in said["Members"]), origin)

    def _is_privileged(self, work: Work, said: Mapping[str, Any], colleagues: frozenset[str] | None) -> bool:
        if colleagues is not None:
            return str(said["Name"]) in colleagues
        user = work.user(str(said["id"]))
        return user is not None and user.is_privileged

    def _contact(self, said: Mapping[str, Any]) -> HeldContact:
        name, mail = str(said["Name"]), str(said.get("EmailAddress") or "")
        phones = [str(said[field]) for field in PHONES if said.get(field)]
        phones += [name] if _PHONE_NAME.fullmatch(name) else []
        return HeldContact(
            id=str(int(said["id"])),
            name=str(said.get("RealName") or "") or None,
            phones=phones,
            emails=[mail] if mail else [],
            url=f"{self._rest.url}/User/Summary.html?id={said['id']}",
            ours=custom_field(said, CONTACT_ID) is not None,
            is_colleague=name in OWN_USERS,
        )

    def open_tickets(self, after: str | None, limit: int) -> HeldPage[HeldTicket]:
        """Tickets of the queue that are in no status of RT's that ends them. A request, and one for each."""
        work = self._rest.work()
        query = f"Queue = {quoted(self._options.queue)} AND Status = '__Active__' AND id > {int(after or 0)}"
        found = work.search("tickets", query, "Subject,Status,Created,Requestor,CustomFields")
        tickets = [self._ticket(work, item) for item in found[:limit]]
        next_ = tickets[-1].id if len(found) > limit else None
        return HeldPage(tickets, next_, len(found) if len(found) < MOST_ITEMS else None)

    def _ticket(self, work: Work, item: Mapping[str, Any]) -> HeldTicket:
        number, status, requestors, opened_at = understood(lambda: _ticket_of(item), self.name)
        state = self._states.get(status, "open")
        user = work.user(requestors[0]) if requestors else None
        return HeldTicket(
            id=number,
            contact=user.id if user else None,
            subject=str(item.get("Subject") or ""),
            state=state if state in ACTIVE else "open",
            opened_at=opened_at,
            url=f"{self._rest.url}/Ticket/Display.html?id={number}",
            ours=custom_field(item, CASE_ID) is not None,
        )

    def history(self, ticket: str, most: int) -> Read:
        """Its newest messages, with what it was opened with where that is among them. A request for each hundred
        transactions, and three for each message."""
        said = self._said(ticket)
        begins = len(said) < most
        opening = self._back.opening(ticket) if begins else None
        happened: list[Happened] = [Happened(opening)] if opening else []
        cursor = None if begins else str(said[-most] - 1)
        ahead: frozenset[str] = frozenset()
        for _ in range(MOST_PAGES):
            read = self._back.read(ticket, cursor, ahead)
            happened += read.happened
            sent = ahead | {one.event.message_id for one in read.happened}
            cursor, ahead = read.cursor, sent & read.ahead
            if not read.more:
                return Read(happened, cursor, ahead=ahead)
        raise Transient(f"connector {self.name}: people write faster in a ticket than it can be read")

    def _said(self, ticket: str) -> list[int]:
        """The numbers of what was said in a ticket."""
        work, numbers = self._rest.work(), [0]
        about = f"ObjectType = 'RT::Ticket' AND ObjectId = {int(ticket)} AND (Type = 'Correspond' OR Type = 'Comment')"
        while True:
            page = work.search("transactions", f"{about} AND id > {numbers[-1]}", "Type")
            numbers += understood(lambda page=page: [int(item["id"]) for item in page], self.name)  # type: ignore[misc]
            if len(page) < MOST_ITEMS:
                return numbers[1:]


def _ticket_of(item: Mapping[str, Any]) -> tuple[str, str, Sequence[str], datetime]:
    requestors = [str(user["id"]) for user in item.get("Requestor") or ()]
    return str(int(item["id"])), str(item["Status"]), requestors, datetime.fromisoformat(item["Created"])


def _place(after: str | None) -> tuple[int, int, int]:
    """Page, last number and users in all of a cursor. Raises Malformed for one that is none of ours."""
    found = _PLACE.fullmatch(after or "1.0.0")
    if found is None:
        raise Malformed("a cursor that this import did not give out")
    return int(found[1]), int(found[2]), int(found[3])
