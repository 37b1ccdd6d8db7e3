"""The hub's words in, RT's out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.connectors.request_tracker.wording import Words, channel_name, moment_text, said_by, sets_a_state, text_of
from shared.domain.case import ACTIVE, Case, State
from shared.domain.customer import Customer, HeldIdentity
from shared.domain.event import Entry

STATUSES: Final[Mapping[State, str]] = {
    "new": "new",
    "open": "open",
    "pending_customer": "stalled",
    "on_hold": "stalled",
    "resolved": "resolved",
    "closed": "resolved",
    "merged": "resolved",
    "spam": "rejected",
}
"""A case's state to the status of its ticket, in RT's own lifecycle."""

OVER: Final = frozenset({"resolved", "rejected", "deleted"})
"""Statuses in which RT shows a ticket to nobody who does not look for it."""

CHANNELS: Final[Mapping[str, str]] = {"messenger": "facebook", "voice": "phone"}
"""The hub's channel to RT's value of the field Channel, where they differ."""

SAID: Final = frozenset({"message", "postback", "comment", "call", "unsupported"})
"""What is correspondence in a ticket; all else is a comment there, a survey too: it answers nobody."""

ATTESTED: Final = frozenset({"channel", "confirmed", "staff"})

LONGEST: Final[Mapping[str, int]] = {"RealName": 120, "EmailAddress": 120, "MobilePhone": 30, "Subject": 200}
"""RT's columns; the subject's, which it cuts at 255 bytes or characters, with room."""
LONGEST_ID: Final = 255
"""Of a custom field's value by which RT can search."""

_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_IN_A_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer as an RT user: `name` is what RT keeps unique, `spare_name` where that is somebody else's.

    `family`: ids of customers merged into this one, whose user is this one's too.
    """

    id: str
    name: str
    spare_name: str
    fields: Mapping[str, str]
    family: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        return self.family | {self.id}


def contact_of(customer: Customer) -> Contact:
    """Only what is attested: RT writes to an address, and knows people by it."""
    phone, email = _newest(customer, "phone"), _newest(customer, "email")
    told = {"RealName": one_line(customer.display_name or ""), "EmailAddress": email, "MobilePhone": phone}
    fields = {name: value[: LONGEST[name]] for name, value in told.items() if value}
    return Contact(customer.id, phone or customer.id, customer.id, fields, frozenset(customer.family or ()))


def _newest(customer: Customer, kind: str) -> str:
    held = [identity for identity in customer.identities if identity.kind == kind and _is_theirs(identity)]
    return max(held, key=lambda identity: identity.since).value if held else ""


def _is_theirs(identity: HeldIdentity) -> bool:
    return identity.until is None and identity.level in ATTESTED and identity.namespace is None


def ticket_of(case: Case, customer: Customer, words: Words, *, queue: str, requestor: str, mail: str) -> dict[str, Any]:
    """What a ticket is made of. `mail`: the requestor's address in RT, to which this ticket's mail does not go."""
    channel = case.channels[0] if case.channels else ""
    parts = [case.reference, one_line(customer.display_name or "")[:80], channel_name(channel)]
    ticket: dict[str, Any] = {
        "Queue": queue,
        "Subject": " · ".join(part for part in parts if part)[: LONGEST["Subject"]],
        "Requestor": requestor,
        "Content": words["opened"].format(reference=case.reference, at=moment_text(case.opened_at)) + "\n",
        "ContentType": "text/plain",
        "CustomFields": {"HubCaseId": case.id} | ({"Channel": CHANNELS.get(channel, channel)} if channel else {}),
    }
    return ticket | ({"SquelchMailTo": mail} if mail else {})


@dataclass(frozen=True, slots=True)
class Note:
    """What one entry becomes. `mark` begins its subject, and by it the hub finds it again."""

    action: Literal["correspond", "comment"]
    mark: str
    subject: str
    content: str
    message_id: str
    status: str | None
    attachments: tuple[Mapping[str, str], ...] = ()

    @property
    def type(self) -> str:
        return "Correspond" if self.action == "correspond" else "Comment"

    def body(self, status: str | None) -> dict[str, Any]:
        """What to post; `status`: that the ticket is to have afterwards."""
        told: dict[str, Any] = {
            "Subject": self.subject,
            "Content": self.content,
            "ContentType": "text/plain",
            "TxnCustomFields": {"HubMessageId": self.message_id},
        }
        told |= {"Attachments": list(self.attachments)} if self.attachments else {}
        return told | ({"Status": status} if status else {})


def note_of(case: Case, entry: Entry, words: Words, statuses: Mapping[State, str]) -> Note:
    """An entry as a note. Its content ends with a line's end: RT takes the text `0` for no text."""
    mark = f"{case.reference}/{entry.sequence}"
    subject = [mark, said_by(entry, words)[:80], channel_name(entry.channel), moment_text(_when(entry))]
    is_said = entry.kind in SAID and entry.visibility == "public"
    becomes = statuses.get(_state(entry.text)) if sets_a_state(entry) else None
    return Note(
        action="correspond" if is_said else "comment",
        mark=mark,
        subject=" · ".join(one_line(part) for part in subject if part)[: LONGEST["Subject"]],
        content=_NOT_IN_A_TEXT.sub("\N{REPLACEMENT CHARACTER}", text_of(entry, words)).rstrip() + "\n",
        message_id=one_line(entry.message_id)[:LONGEST_ID],
        status=becomes,
    )


def status_after(note: Note, entry: Entry, case: Case, status: str, statuses: Mapping[State, str]) -> str | None:
    """The status that a ticket in `status` is to have with this note; None where RT's own doing is right.

    A customer who goes on in an open case brings its ticket back, however it had ended. What else is said in a ticket
    that is over leaves it so: RT itself would open it.
    """
    if note.status is not None:
        return note.status
    if note.action == "comment" or status not in OVER:
        return None
    goes_on = case.state in ACTIVE and entry.direction == "inbound"
    return statuses["open"] if goes_on else status


def statuses_of(own: Mapping[State, str]) -> Mapping[State, str]:
    """The table, with what the configuration says instead."""
    return {**STATUSES, **own}


def one_line(text: str) -> str:
    """A text fit for a header: no ends of lines, no control characters."""
    return " ".join(_NOT_IN_A_LINE.sub(" ", text).split())


def _when(entry: Entry) -> Any:
    return entry.occurred_at or entry.received_at


def _state(text: str | None) -> Any:
    return text
