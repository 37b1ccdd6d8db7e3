"""Reads in RT what happened in a ticket, and which tickets changed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from shared.connectors.request_tracker.history import (
    FIELDS,
    OF_USE,
    SYSTEM,
    Line,
    Part,
    Reached,
    Teller,
    event_of,
    in_order,
    own_of,
    seen_in,
    states_of,
    told_by,
    told_last,
)
from shared.connectors.request_tracker.reading import User, items_of, understood
from shared.connectors.request_tracker.rest import MOST_ITEMS
from shared.domain.errors import Misconfigured, Transient
from shared.domain.event import Author, Event
from shared.ports.connectors import Changed, Happened, Read

if TYPE_CHECKING:
    from shared.connectors.request_tracker.options import Options
    from shared.connectors.request_tracker.rest import Rest, Work
    from shared.ports.surroundings import Clock

SETTLED_S: Final = 60
"""RT numbers a transaction before it is committed: one with a lower number may appear so much later."""
MOST_MESSAGES: Final = 8
"""Messages read in one call: each costs two or three requests of the time that all of them share."""
MOST_PAGES: Final = 5
OVERLAP_S: Final = 300
"""A sweep begins so much before the last one ended."""
FIRST_SWEEP_S: Final = 86_400
MOST_USERS: Final = 500


@dataclass(frozen=True, slots=True)
class _Page:
    """One call's work, the lines it is about, the name of the hub's own user, and what it had told before them."""

    work: Work
    ticket: str
    lines: Sequence[Line]
    me: str
    told: str = ""


class RequestTrackerBack:
    """The way back from one RT. Users are asked once a process, and kept."""

    def __init__(self, name: str, options: Options, rest: Rest, clock: Clock) -> None:
        self.name = name
        self._rest = rest
        self._clock = clock
        self._states = states_of(options.statuses, options.states)
        self._users: dict[str, User] = {}

    def told(self, told: Mapping[str, Any]) -> list[Happened]:  # noqa: ARG002
        """Nothing: RT is asked."""
        return []

    def ticket_of(self, thing: str) -> str | None:
        """The ticket of a transaction, whichever it was merged into since. One request."""
        query = f"ObjectType = 'RT::Ticket' AND id = {int(thing)}"
        found = self._rest.work().search("transactions", query, "ObjectId,Created")
        return understood(lambda: _sighted(found[0])[0], self.name) if found else None

    def read(self, ticket: str, after: str | None, known: frozenset[str]) -> Read:
        """Everything in a ticket beyond transaction `after`. 1 request; for each message of others 2 or 3 more."""
        work = self._rest.work()
        begun = Reached.read(after)
        found, is_full = self._found(work, ticket, begun.id, known)
        lines = in_order(found, ticket)
        page = _Page(work, ticket, lines, self._user(work, str(work.user_id)).name, begun.told)
        happened, reached = self._happened(page, known)
        is_cut = reached < len(lines)
        last = lines[reached - 1].id if is_cut else max((line.id for line in found), default=0)
        settled = [line.id for line in found if line.id <= last and self._is_settled(line)]
        number = max([begun.id, *settled])
        marks = (told_by(line, page.me) for line in lines if line.id <= number)
        cursor = Reached(number, reduce(told_last, marks, begun.told)).cursor
        ahead = frozenset(str(line.id) for line in lines if line.id > number)
        return Read(happened, cursor, more=is_cut or is_full, ahead=ahead)

    def opening(self, ticket: str) -> Event | None:
        """What a ticket that the hub did not make was opened with, as its author's message; None where it says
        nothing. One request, and 2 or 3 more."""
        work = self._rest.work()
        about = f"ObjectType = 'RT::Ticket' AND ObjectId = {int(ticket)} AND Type = 'Create'"
        found = work.search("transactions", about, FIELDS)
        if not found:
            return None
        line = replace(Line.read(found[0], self.name), type="Correspond")
        event = self._event(_Page(work, ticket, [line], ""), line, is_own=False)
        return event if event.text or event.attachments else None

    def _found(self, work: Work, ticket: str, after: int, known: frozenset[str]) -> tuple[list[Line], bool]:
        """The lines beyond `after`, and whether there may be more: pages until one holds what is not known yet."""
        about = f"ObjectType = 'RT::Ticket' AND ObjectId = {int(ticket)} AND {OF_USE}"
        found: list[Line] = []
        for _ in range(MOST_PAGES):
            page = work.search("transactions", f"{about} AND id > {found[-1].id if found else after}", FIELDS)
            found += [Line.read(item, self.name) for item in page]
            if len(page) < MOST_ITEMS:
                return found, False
            if any(str(line.id) not in known for line in found):
                break
        return found, True

    def _is_settled(self, line: Line) -> bool:
        return line.created.timestamp() <= self._clock() - SETTLED_S

    def _happened(self, page: _Page, known: frozenset[str]) -> tuple[list[Happened], int]:
        """What the lines say, and how many of them were read before there was enough."""
        happened: list[Happened] = []
        messages = 0
        cause: Line | None = None
        told = page.told
        for place, line in enumerate(page.lines):
            told = told_last(told, told_by(line, page.me))
            if line.creator == SYSTEM and line.type == "Status" and cause is None:
                cause = self._correspondence_before(page, line)
            own = own_of(line, page.me, cause)
            if line.type == "Correspond":
                cause = line
            if str(line.id) in known:
                continue
            if line.is_said and own == "no":
                if messages == MOST_MESSAGES:
                    return happened, place
                messages += 1
            survivor_from = str(line.id) if line.type == "AddLink" else None
            event = self._event(page, line, is_own=own == "yes", seen=seen_in(told))
            happened.append(Happened(event, own, survivor_from))
        return happened, len(page.lines)

    def _correspondence_before(self, page: _Page, line: Line) -> Line | None:
        """The newest correspondence before a line; it was read with an earlier page. One request."""
        query = (
            f"ObjectType = 'RT::Ticket' AND ObjectId = {int(page.ticket)} AND id < {line.id} AND Type = 'Correspond'"
        )
        found = page.work.search("transactions", query, FIELDS, newest=True)
        return Line.read(found[0], self.name) if found else None

    def _event(self, page: _Page, line: Line, *, is_own: bool, seen: int | None = None) -> Event:
        """The event; of what is our own without its content, which costs requests."""
        is_owner = line.type == "Set" and line.field == "Owner"
        author = self._author(page.work, line.creator)
        is_written = line.is_said and not is_own and author.type == "customer"
        teller = Teller(
            connector=self.name,
            url=self._rest.url,
            ticket=page.ticket,
            author=author,
            states=self._states,
            parts=self._parts(page.work, line) if line.is_said and not is_own else (),
            owner=self._user(page.work, line.new).name if is_owner and line.new else "",
            seen=seen,
            is_guest=is_written and not self._is_requestor(page, author),
        )
        return event_of(line, teller)

    def _is_requestor(self, page: _Page, author: Author) -> bool:
        """Whether it is their ticket, and not that somebody else wrote to its address. One request."""
        ticket = page.work.ticket(page.ticket)
        return ticket is not None and author.id in ticket.requestors

    def _author(self, work: Work, name: str) -> Author:
        if name == SYSTEM:
            return Author(type="system", id=name)
        user = self._user(work, name)
        return Author(type="agent" if user.is_privileged else "customer", id=user.name, name=user.real_name or None)

    def _user(self, work: Work, name_or_id: str) -> User:
        """A user, as they were when first asked for. One request, then none."""
        if name_or_id not in self._users:
            user = work.user(name_or_id)
            if user is None and name_or_id == str(work.user_id):
                raise Misconfigured(f"connector {self.name}: RT does not know the user of its token")
            if user is None:
                raise Transient(f"connector {self.name}: RT does not know who wrote something")
            if len(self._users) >= MOST_USERS:
                self._users.clear()
            self._users[name_or_id] = user
        return self._users[name_or_id]

    def _parts(self, work: Work, line: Line) -> list[Part]:
        """The parts of a message: texts with what they say, files by their number. 1 request, 1 for each text."""
        path = f"/transaction/{line.id}/attachments?fields=ContentType,Filename&per_page={MOST_ITEMS}"
        said, origin = work.get(path)
        parts = []
        for item in items_of(said, origin) if said is not None else ():
            part = understood(lambda item=item: _part(item), origin)  # type: ignore[misc]
            if part.mime_type.startswith("multipart/"):
                continue
            is_text = not part.filename and part.mime_type in ("text/plain", "text/html")
            parts.append(self._with_text(work, part) if is_text else part)
        return parts

    def _with_text(self, work: Work, part: Part) -> Part:
        """A text that is too long to be read stays a file."""
        content = work.attachment(part.id)
        if content is None:
            return part
        text = understood(lambda: b64decode(content["Content"] or "").decode("utf-8", "replace"), self.name)
        return Part(part.id, part.mime_type, part.filename, text.replace("\r\n", "\n"))

    def changed_since(self, cursor: str | None, limit: int) -> Changed:
        """Tickets with a transaction of others since. One request for each hundred transactions.

        RT's search for tickets hides merged and deleted ones, its search for transactions does not. The cursor is
        the time of the newest one seen, or, where there were too many for one time, its number.
        """
        work = self._rest.work()
        since, number = self._beginning(cursor)
        query = f"ObjectType = 'RT::Ticket' AND Created > '{since}' AND Creator != {work.user_id} AND {OF_USE}"
        tickets: dict[str, str] = {}
        newest = ""
        while True:
            page = work.search("transactions", f"{query} AND id > {number}", "ObjectId,Created")
            for item in page:
                ticket, made, at = understood(lambda item=item: _sighted(item), self.name)  # type: ignore[misc]
                tickets[ticket], number, newest = str(made), made, max(newest, at)
            if len(page) < MOST_ITEMS:
                return Changed(tickets, newest or (cursor or _moment(self._clock())).partition("#")[0])
            if len(tickets) >= limit:
                return Changed(tickets, f"{newest}#{number}", more=True)

    def _beginning(self, cursor: str | None) -> tuple[str, int]:
        """From which time and number on: RT's query language reads a time as UTC when it says so."""
        at, _, number = (cursor or "").partition("#")
        moment = datetime.fromisoformat(at) if at else datetime.fromtimestamp(self._clock() - FIRST_SWEEP_S, UTC)
        if not number:
            moment -= timedelta(seconds=OVERLAP_S if at else 0)
        else:
            moment -= timedelta(seconds=2 * OVERLAP_S)  # the number says where; times of two servers may differ
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), int(number or 0)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def _part(item: Mapping[str, Any]) -> Part:
    return Part(str(item["id"]), str(item["ContentType"] or "").lower(), str(item.get("Filename") or ""))


def _sighted(item: Mapping[str, Any]) -> tuple[str, int, str]:
    at = str(item["Created"])
    datetime.fromisoformat(at)
    return str(int(item["ObjectId"])), int(item["id"]), at
