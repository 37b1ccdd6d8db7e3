"""A Request Tracker of one queue in memory, that answers as RT 5.0.3 was measured to: its 2xx that lie among it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.contract.connectors.receiver import Received
from tests.contract.connectors.rt_answers import (
    Said,
    answered,
    content_of,
    fields_said,
    listing,
    part_said,
    search_result,
    user_reference,
)
from tests.contract.connectors.rt_things import Part, Ticket, Transaction, User

TOKEN = "1-27-20fab1ecca9a777bfa7147f46fbffc51"
CHANNELS = ("whatsapp", "email", "phone", "webchat", "facebook", "instagram", "x", "in_person", "app")
STATUSES = ("new", "open", "stalled", "resolved", "rejected", "deleted")
OVER = ("resolved", "rejected", "deleted")
UNSET = "1970-01-01T00:00:00Z"


@dataclass
class FakeRt:
    """`effects`: what of the hub's it holds, in order. `mails`: to whom RT wrote. `lacks`: custom fields it has not.
    `rights`: by the links that RT offers for them."""

    users: dict[int, User] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    lacks: set[str] = field(default_factory=set)
    drops: set[str] = field(default_factory=set)
    shows_groups: bool = True
    rights: set[str] = field(default_factory=lambda: {"create", "correspond", "comment", "lifecycle", "admin"})
    queue_of_tickets: str = "3"
    queue: str = "Soporte"
    now: float = 1795309323

    def __post_init__(self) -> None:
        self.users[27] = User(27, "hub", {"EmailAddress": "hub@rt.example.com"}, None, True, "RT_System", "RT_System")
        self._last = 40

    def __call__(self, request: Received) -> Said:
        parts = urlsplit(request.path)
        if request.headers.get("authorization") != f"token {TOKEN}":
            return answered(401, {"message": "Unauthorized"})
        path = unquote(parts.path).removeprefix("/REST/2.0")
        for pattern, method, answer in self._routes(dict(parse_qsl(parts.query))):
            if request.method == method and (found := re.fullmatch(pattern, path)):
                content = content_of(request)
                if content is None:
                    return answered(400, {"message": "JSON parse error"})
                return answer(*found.groups(), content)
        return answered(404, {"message": "Not Found"})

    def _routes(self, asked: Mapping[str, str]) -> Iterator[tuple[str, str, Callable[..., Said]]]:
        yield r"/user/([^/]+)", "GET", lambda key, _: self._found(self._user(key), self._user_said)
        yield r"/user/([^/]+)", "PUT", self._change_user
        yield r"/user", "POST", self._make_user
        yield r"/users", "POST", self._search_users
        yield r"/users", "GET", lambda _: self._users_page(int(asked["page"]), int(asked["per_page"]))
        yield r"/group/4", "GET", lambda _: self._group_said()
        yield r"/queue/([^/]+)", "GET", self._queue_said
        yield r"/ticket/(\d+)", "GET", lambda key, _: self._found(self._ticket(key), self._ticket_said)
        yield r"/ticket/(\d+)", "PUT", self._change_ticket
        yield r"/ticket", "POST", self._make_ticket
        yield r"/ticket/(\d+)/(correspond|comment)", "POST", self._add_note
        yield (
            r"/transaction/(\d+)",
            "GET",
            lambda key, _: self._found(self.transactions.get(int(key)), self._transaction_said),
        )
        yield r"/transaction/(\d+)/attachments", "GET", lambda key, _: listing(self._parts_said(int(key)))
        yield r"/attachment/(\d+)", "GET", lambda key, _: self._found(self._part(int(key)), part_said)
        yield r"/tickets", "POST", lambda form: self._search_tickets(form, asked)
        yield r"/transactions", "POST", lambda form: self._search_transactions(form, asked)

    def _next(self) -> int:
        self._last += 1
        return self._last

    @staticmethod
    def _found(thing: Any, said: Callable[[Any], dict[str, Any]]) -> Said:
        return answered(404, {"message": "Not Found"}) if thing is None else answered(200, said(thing))

    # users
    def _user(self, key: str) -> User | None:
        if key.isdigit():
            return self.users.get(int(key))
        return next((user for user in self.users.values() if user.name == key), None)

    def with_mail(self, address: str) -> User | None:
        held = (user for user in self.users.values() if user.fields.get("EmailAddress", "").lower() == address.lower())
        return next(held, None) if address else None

    def _make_user(self, told: dict[str, Any]) -> Said:
        mail = told.get("EmailAddress", "")
        if self._user(told["Name"]):
            return answered(400, {"message": "Name in use"})
        if mail and "@" not in mail:
            return answered(400, {"message": "Invalid syntax for email address"})
        if self.with_mail(mail):
            return answered(400, {"message": "Email address in use"})
        user = User(self._next(), told["Name"], {name: str(told[name]) for name in FIELDS if told.get(name)})
        self.users[user.id] = user
        self._link(user, told)
        return answered(201, {"id": user.name, "type": "user"}, {"Location": f"/REST/2.0/user/{user.id}"})

    def _link(self, user: User, told: dict[str, Any]) -> None:
        contact_id = told.get("CustomFields", {}).get("HubContactId")
        if contact_id and contact_id != user.contact_id and not {"HubContactId"} & (self.lacks | self.drops):
            user.contact_id = contact_id
            self.effects.append(f"contact {contact_id}")

    def _change_user(self, key: str, told: dict[str, Any]) -> Said:
        user = self._user(key)
        if user is None:
            return answered(404, {"message": "Resource does not exist; use POST to create"})
        texts = []
        for name in FIELDS:
            if name in told and told[name] != user.fields.get(name):
                if name == "EmailAddress" and self.with_mail(told[name]):
                    texts.append(f"User {user.name}: Email address in use")
                    continue
                user.fields[name] = told[name]
                user.changed_by = "hub"
                texts.append(f"User {user.name}: {name} changed")
        self._link(user, told)
        return answered(200, texts)

    def _user_said(self, user: User) -> dict[str, Any]:
        contact = [user.contact_id] if user.contact_id else []
        fields = [] if "HubContactId" in self.lacks else [{"id": "5", "name": "HubContactId", "values": contact}]
        return {
            "id": user.id,
            "Name": user.name,
            **user.fields,
            "Privileged": int(user.privileged),
            "Disabled": "0",
            "Creator": user_reference(user.made_by),
            "LastUpdatedBy": user_reference(user.changed_by),
            "CustomFields": fields,
        }

    def _search_users(self, asked: list[dict[str, str]]) -> Said:
        [wanted] = asked
        held = {
            "Name": lambda user: user.name,
            "EmailAddress": lambda user: user.fields.get("EmailAddress", "").lower(),
            "CustomField.{HubContactId}": lambda user: user.contact_id,
            "NickName": (lambda _: None) if "admin" in self.rights else None,
        }.get(wanted["field"])
        found = [user for user in self.users.values() if held is None or held(user) == wanted["value"].lower()]
        return listing([{"type": "user", "id": user.name} for user in found])

    def _users_page(self, page: int, size: int) -> Said:
        """Every field is asked for, but RT says in no list who is privileged."""
        users = sorted(self.users.values(), key=lambda user: user.id)
        shown = [self._user_said(user) | {"Privileged": "", "Disabled": ""} for user in users]
        status, headers, body = listing(shown[(page - 1) * size : page * size])
        return status, headers, json.dumps(json.loads(body) | {"total": len(users)}).encode()

    def _group_said(self) -> Said:
        if not self.shows_groups:
            return answered(403, {"message": "Forbidden"})
        members = [user_reference(user.name) for user in self.users.values() if user.privileged]
        return answered(200, {"id": 4, "Domain": "SystemInternal", "Name": "Privileged", "Members": members})

    # tickets
    def _queue_said(self, key: str, _: Any) -> Said:
        if key not in (self.queue, "3"):
            return answered(403, {"message": "Forbidden"})
        fields = [{"id": "2", "name": name} for name in ("Channel", "HubCaseId") if name not in self.lacks]
        of_transactions = [{"id": "4", "name": name} for name in ("HubMessageId",) if name not in self.lacks]
        said = {"id": 3, "Name": self.queue, "TicketCustomFields": fields, "Lifecycle": "default"}
        said["_hyperlinks"] = [{"ref": name} for name in sorted({"self", *self.rights & {"create"}})]
        return answered(200, said | {"TicketTransactionCustomFields": of_transactions})

    def _ticket(self, key: str | int) -> Ticket | None:
        ticket = self.tickets.get(int(key))
        return self._ticket(ticket.merged_into) if ticket and ticket.merged_into else ticket

    def _make_ticket(self, told: dict[str, Any]) -> Said:
        if told.get("Queue") not in (self.queue, "3", 3):
            return answered(403, {"message": "No permission to create tickets in the queue"})
        requestor = self._user(str(told["Requestor"]))
        assert requestor is not None
        ticket = Ticket(self._next(), {}, requestor, told["Subject"], squelched=told.get("SquelchMailTo"))
        self.tickets[ticket.id] = ticket
        self._set_fields(ticket, told)
        self._record(ticket, "Create", "hub")
        self._mail(ticket)
        return answered(201, {"id": str(ticket.id), "type": "ticket"}, {"Location": f"/REST/2.0/ticket/{ticket.id}"})

    def _set_fields(self, ticket: Ticket, told: dict[str, Any]) -> None:
        for name, value in told.get("CustomFields", {}).items():
            if name in self.lacks | self.drops or (name == "Channel" and value not in CHANNELS):
                continue  # and RT says nothing of it
            if name == "HubCaseId" and ticket.fields.get(name) != value:
                self.effects.append(f"case {value}")
            ticket.fields[name] = value

    def _change_ticket(self, key: str, told: dict[str, Any]) -> Said:
        ticket = self._ticket(key)
        if ticket is None:
            return answered(404, {"message": "Resource does not exist; use POST to create"})
        self._set_fields(ticket, told)
        return answered(200, [self._set_status(ticket, told["Status"])] if "Status" in told else [])

    def _set_status(self, ticket: Ticket, status: str, by: str = "hub") -> str:
        if status not in STATUSES:
            return f"Ticket {ticket.id}: Status '{status}' isn't a valid status for this ticket."
        if status == ticket.status:
            return f"Ticket {ticket.id}: You can't change status from '{status}' to '{status}'."
        was, ticket.status = ticket.status, status
        made = self._record(ticket, "Status", by)
        made.about, made.old, made.new = "Status", was, status
        return f"Ticket {ticket.id}: Status changed from '{was}' to '{status}'"

    def _ticket_said(self, ticket: Ticket) -> dict[str, Any]:
        return {
            "id": ticket.id,
            "Status": ticket.status,
            "Subject": ticket.subject,
            "Queue": {"id": self.queue_of_tickets, "type": "queue"},
            "Requestor": [user_reference(ticket.requestor.name)],
            "CustomFields": fields_said(ticket.fields, "Channel", "HubCaseId"),
            "Created": ticket.created,
            "Resolved": UNSET,
            "_hyperlinks": [{"ref": name} for name in sorted({"self", *self.rights - {"create", "admin"}})],
        }

    def _add_note(self, key: str, action: str, told: dict[str, Any]) -> Said:
        ticket = self._ticket(key)
        if ticket is None:
            return answered(400, {"message": "Message failed for unknown reason"})
        content = told.get("Content")
        if content in (None, "", "0"):  # Perl's idea of no content
            content = ""
        elif not told.get("ContentType"):
            return answered(400, {"message": "ContentType is a required field for application/json"})
        note = self._record(ticket, action.capitalize(), "hub", told.get("Subject", "") + "\n", content)
        note.parts = [Part(self._next(), "text/plain", content=content.encode())] if content else []
        for file in told.get("Attachments", []):
            note.parts.append(Part(self._next(), file["FileType"], file["FileName"], b64decode(file["FileContent"])))
        texts = ["Correspondence added" if action == "correspond" else "Comments added"]
        if action == "correspond":
            self._mail(ticket)
            if ticket.status in ("new", *OVER):
                self._set_status(ticket, "open", "RT_System")
        for name, value in told.get("TxnCustomFields", {}).items():
            if name != "HubMessageId" or name in self.lacks | self.drops:
                texts.append(f"Unable to load transaction custom field: {name}")
                continue
            note.message_id = value
            texts.append("Custom fields updated")
        if told.get("Status"):
            texts.append(self._set_status(ticket, told["Status"]))
        return answered(201, texts, {"Location": f"/REST/2.0/transaction/{note.id}"})

    def _record(self, ticket: Ticket, kind: str, by: str, subject: str = "", content: str = "") -> Transaction:
        created = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = Transaction(self._next(), ticket.id, kind, by, created, subject, content)
        self.transactions[made.id] = made
        if found := re.match(r"(\S+)/(\d+) ", subject):
            self.effects.append(f"entry {found[2]} of {found[1]}")
        return made

    def _mail(self, ticket: Ticket) -> None:
        address = ticket.requestor.fields.get("EmailAddress")
        if address and address != ticket.squelched:
            self.mails.append(address)

    def _transaction_said(self, made: Transaction) -> dict[str, Any]:
        fields = {"HubMessageId": made.message_id} if made.message_id else {}
        return {
            "id": made.id,
            "Type": made.type,
            "Data": made.subject,
            "Object": {"id": str(made.ticket), "type": "ticket"},
            "ObjectId": str(made.ticket),
            "Field": made.about,
            "OldValue": made.old,
            "NewValue": made.new,
            "Created": made.created,
            "Creator": user_reference(made.creator),
            "CustomFields": fields_said(fields, "HubMessageId"),
        }

    # searches
    def _search_tickets(self, form: dict[str, list[str]], asked: Mapping[str, str]) -> Said:
        def held(ticket: Ticket) -> dict[str, Any]:
            about = {"CF.{HubCaseId}": ticket.fields.get("HubCaseId"), "Subject": ticket.subject, "id": ticket.id}
            return {**about, "Queue": self.queue, "Status": "over" if ticket.status in OVER else "__Active__"}

        shown = [one for one in self.tickets.values() if one.status != "deleted" and one.merged_into is None]
        return search_result(form, [(held(one), self._ticket_said(one)) for one in shown], asked)

    def _search_transactions(self, form: dict[str, list[str]], asked: Mapping[str, str]) -> Said:
        def held(one: Transaction) -> dict[str, Any]:
            about = {"ObjectType": "RT::Ticket", "ObjectId": one.ticket, "Data": one.subject, "Type": one.type}
            creator = self._user(one.creator)
            about |= {"Created": one.created, "Creator": creator.id if creator else 1}
            return {**about, "CF.{HubMessageId}": one.message_id, "id": one.id}

        rows = [(held(one), self._transaction_said(one)) for one in self.transactions.values()]
        return search_result(form, rows, asked)

    def _part(self, number: int) -> Part | None:
        return next((part for made in self.transactions.values() for part in made.parts if part.id == number), None)

    def _parts_said(self, key: int) -> list[dict[str, Any]]:
        parts = self.transactions[key].parts
        return [
            {"id": str(one.id), "ContentType": one.mime_type, "Filename": one.filename, "Headers": one.headers}
            for one in parts
        ]

    # what an agent does
    def open_ticket(self, requestor: User, subject: str, *parts: tuple[str, str, bytes], by: str = "agente1") -> Ticket:
        """A ticket of RT's own, opened with these parts."""
        created = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ticket = Ticket(self._next(), {}, requestor, subject, created=created)
        self.tickets[ticket.id] = ticket
        made = self._record(ticket, "Create", self.agent(by).name)
        made.parts = [Part(self._next(), *part) for part in parts]
        return ticket

    def user(self, name: str, **fields: str) -> User:
        """A person whom people in RT entered."""
        made = User(self._next(), name, fields, made_by="agente1", changed_by="agente1")
        self.users[made.id] = made
        return made

    def merge(self, ticket: str, into: str, by: str = "agente1") -> None:
        """RT writes it at both, that of the survivor pointing to itself."""
        survivor = self._ticket(into)
        assert survivor is not None
        for one in (self.tickets[int(ticket)], survivor):
            made = self._record(one, "AddLink", self.agent(by).name)
            made.about, made.new = "MergedInto", f"fsck.com-rt://rt.example.com/ticket/{survivor.id}"
        self.tickets[int(ticket)].merged_into = survivor.id

    def set_status(self, ticket: str, status: str, by: str = "agente1") -> None:
        found = self._ticket(ticket)
        assert found is not None
        self._set_status(found, status, self.agent(by).name)

    def agent(self, name: str, real_name: str = "", *, privileged: bool = True) -> User:
        """A user of RT itself, made when first named."""
        if (known := self._user(name)) is not None:
            return known
        user = User(self._next(), name, {"RealName": real_name or name.capitalize()}, None, privileged)
        self.users[user.id] = user
        return user

    def write(self, ticket: str, kind: str, *parts: tuple[str, str, bytes], by: str = "agente1") -> Transaction:
        """Somebody writes into a ticket in RT: parts of type, file name, content. It opens what was new or over."""
        found = self._ticket(ticket)
        assert found is not None
        made = self._record(found, kind, self.agent(by).name, "No Subject")
        made.parts = [Part(self._next(), *part) for part in parts]
        if kind == "Correspond" and found.status in ("new", *OVER):
            self._set_status(found, "open", "RT_System")
        return made

    def set_value(self, ticket: str, name: str, value: str, by: str = "agente1") -> None:
        """A `Set` of Owner (a user's number) or Priority; that of an owner RT writes down twice."""
        found = self._ticket(ticket)
        assert found is not None
        for kind in ("Set", "SetWatcher") if name == "Owner" else ("Set",):
            made = self._record(found, kind, self.agent(by).name)
            made.about, made.new = name, value

    def notes_of(self, ticket: str) -> list[Transaction]:
        """The notes of a ticket and of those merged into it."""
        wanted = self._ticket(ticket)
        noted = [one for one in self.transactions.values() if one.type in ("Correspond", "Comment")]
        return [one for one in noted if self._ticket(one.ticket) is wanted]


FIELDS = ("RealName", "EmailAddress", "MobilePhone")
"""That the hub sets."""
