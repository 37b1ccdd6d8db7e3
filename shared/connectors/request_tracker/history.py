"""What RT's transactions say, in the hub's words. Pure.

Measured on RT 5.0.3. A reply's own change of state has a higher number than the reply, though RT's scrips tell of it
first: so numbers give the order. A new owner is two transactions (`Set` and `SetWatcher`), a merge two (`AddLink`, one
on each ticket, that of the survivor pointing to itself).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from shared.connectors.plain_text import plain_text
from shared.connectors.request_tracker.mapping import STATUSES
from shared.connectors.request_tracker.reading import custom_field, understood
from shared.domain.case import State
from shared.domain.event import Attachment, Author, Event
from shared.ports.connectors import Own

SYSTEM: Final = "RT_System"
NOBODY: Final = "Nobody"

STATES: Final[Mapping[str, State]] = {
    "new": "open",
    "open": "open",
    "stalled": "pending_customer",
    "resolved": "resolved",
    "rejected": "resolved",
}
"""A ticket's status in RT's own lifecycle to a case's state. A status that is not here, nor in the configuration, is
told as RT calls it: recording opens the case, with an alarm. `new` is what people set who give a ticket back to the
queue; `rejected` says that the request is declined, not that its author is a nuisance."""

PRIORITIES: Final = ((0, "low"), (50, "normal"), (100, "high"))
"""RT's priority up to this number to ours; above the last it is urgent. RT's own words Low, Medium and High are 0, 50
and 100."""

_MARK: Final = re.compile(r"([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])/(\d+) ")
_NUMBER: Final = re.compile(r"-?\d{1,10}", re.ASCII)
_SEVERAL: Final = "*"
"""Instead of what was told last, in a ticket in which several cases were told: nobody knows whose the sequence is."""
_TICKET: Final = re.compile(r"/ticket/(\d+)$", re.ASCII)
_KINDS: Final = {"image": "image", "audio": "audio", "video": "video"}
MOST_VISIBLE: Final[tuple[State, ...]] = (
    "open", "pending_customer", "on_hold", "resolved", "closed", "spam", "new", "merged",
)  # fmt: skip


def states_of(own_statuses: Mapping[State, str], own_states: Mapping[str, State]) -> Mapping[str, State]:
    """The table, with what the configuration says. Of two states with one status the more visible one is meant."""
    table = dict(STATES)
    for state in reversed(MOST_VISIBLE):
        if state in own_statuses and own_statuses[state] != STATUSES[state]:
            table[own_statuses[state]] = "open" if state == "new" else state
    return {**table, **own_states}


@dataclass(frozen=True, slots=True)
class Line:
    """A transaction. `message_id`: the origin mark, in HubMessageId. `creator`: the name of a user."""

    id: int
    type: str
    field: str
    old: str
    new: str
    subject: str
    creator: str
    created: datetime
    message_id: str | None

    @classmethod
    def read(cls, said: Mapping[str, Any], origin: str) -> Self:
        return understood(
            lambda: cls(
                id=int(said["id"]),
                type=str(said["Type"]),
                field=str(said.get("Field") or ""),
                old=str(said.get("OldValue") or ""),
                new=str(said.get("NewValue") or ""),
                subject=str(said.get("Data") or ""),
                creator=str(said["Creator"]["id"]),
                created=datetime.fromisoformat(said["Created"]),
                message_id=custom_field(said, "HubMessageId"),
            ),
            origin,
        )

    @property
    def is_said(self) -> bool:
        return self.type in ("Correspond", "Comment")


FIELDS: Final = "Type,Field,OldValue,NewValue,Data,Creator,Created,CustomFields"
"""What to ask of a transaction, to read it as a `Line`."""
OF_USE: Final = "(Type = 'Correspond' OR Type = 'Comment' OR Type = 'Status' OR Type = 'Set' OR Type = 'AddLink')"
"""In RT's query language: the transactions of which something may be read back."""


def is_of_use(line: Line, ticket: str) -> bool:
    """Whether it is a thing that cases know: anything else in a ticket is RT's own affair."""
    if line.type == "Set":
        return line.field in ("Owner", "Priority")
    if line.type == "AddLink":
        return line.field == "MergedInto" and _merged_into(line) not in (None, ticket)
    return line.is_said or line.type == "Status"


def in_order(lines: Sequence[Line], ticket: str) -> list[Line]:
    """The lines of use, in RT's order. RT's clock has whole seconds: of several in one second the order of their
    numbers counts, also where they are recorded."""
    return sorted((line for line in lines if is_of_use(line, ticket)), key=lambda line: line.id)


def own_of(line: Line, me: str, cause: Line | None) -> Own:
    """Whether the hub made it. `cause`: the newest correspondence before it, by which RT itself opens a ticket."""
    if line.message_id:
        return "yes"
    if line.creator == me:
        return "unclear" if line.is_said and not _MARK.match(line.subject) else "yes"
    if line.creator == SYSTEM and line.type == "Status" and line.new == "open" and cause is not None:
        return own_of(cause, me, None)
    return "no"


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a ticket was read: up to transaction `id`; `told`: the last entry of ours up to there, by its mark."""

    id: int = 0
    told: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        number, _, told = (cursor or "0").partition(" ")
        return cls(int(number), told)

    @property
    def cursor(self) -> str:
        return f"{self.id} {self.told}".rstrip()


def told_by(line: Line, me: str) -> str:
    """The mark of the entry that the hub told by this line; empty where it told none."""
    found = _MARK.match(line.subject) if line.is_said and line.creator == me else None
    return f"{found[1]}/{found[2]}" if found else ""


def told_last(before: str, mark: str) -> str:
    """What was told last, when this was told after it. An earlier entry that is told late changes nothing."""
    if not (before and mark) or before == _SEVERAL:
        return before or mark
    reference, _, sequence = mark.partition("/")
    if before.partition("/")[0] != reference:
        return _SEVERAL
    return f"{reference}/{max(int(sequence), int(before.partition('/')[2]))}"


def seen_in(told: str) -> int | None:
    """The last sequence that an agent had before them; None where that is not known."""
    sequence = told.partition("/")[2]
    return int(sequence) if sequence else None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: `content` where it is a text to be read, else a file that RT keeps."""

    id: str
    mime_type: str
    filename: str
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Where an event comes from. `owner`: the user whom a `Set` of the owner names. `seen`: the last sequence of ours
    that the ticket held before. `is_guest`: the author is no agent, and no requestor of the ticket."""

    connector: str
    url: str
    ticket: str
    author: Author
    states: Mapping[str, State]
    parts: Sequence[Part] = ()
    owner: str = ""
    seen: int | None = None
    is_guest: bool = False


def event_of(line: Line, teller: Teller) -> Event:
    """The event in a line that is of use."""
    return Event(
        channel=teller.connector,
        account=teller.connector,
        thread=teller.ticket,
        message_id=str(line.id),
        author=teller.author,
        occurred_at=line.created,
        **(_message(line, teller) if line.is_said else _change(line, teller)),
    )


def _message(line: Line, teller: Teller) -> dict[str, Any]:
    """What somebody wrote. A requestor who writes to RT itself is no agent: theirs is no answer to anybody."""
    texts = [part.content or "" for part in teller.parts if part.content is not None and _is_plain(part)]
    pages = [part.content or "" for part in teller.parts if part.content is not None and not _is_plain(part)]
    html = "\n".join(pages) or None
    text = "\n".join(texts).rstrip("\n") or (plain_text(html) if html else "")
    is_public = line.type == "Correspond"
    return {
        "kind": "message",
        "direction": "inbound" if teller.author.type == "customer" else "outbound",
        "visibility": "public" if is_public else "internal",
        "seen": teller.seen,
        "flags": ["external_participant"] if teller.is_guest else [],
        "provider_type": line.type,
        "text": text or None,
        "html": html,
        "attachments": [_file(part, teller.url) for part in teller.parts if part.content is None],
    }


def _is_plain(part: Part) -> bool:
    return part.mime_type != "text/html"


def _file(part: Part, url: str) -> Attachment:
    return Attachment.model_validate(
        {
            "kind": _KINDS.get(part.mime_type.partition("/")[0], "document"),
            "mime_type": part.mime_type or None,
            "filename": part.filename or None,
            "provider_id": part.id,
            "url": f"{url}/REST/2.0/attachment/{part.id}",
        }
    )


def _change(line: Line, teller: Teller) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": "state_change", "direction": "outbound", "visibility": "internal"}
    if line.type == "AddLink":
        return said | {"provider_type": "merge", "text": _merged_into(line)}
    if line.field == "Owner":
        return said | {"provider_type": "owner", "text": None if teller.owner in ("", NOBODY) else teller.owner}
    if line.field == "Priority":
        return said | {"provider_type": "priority", "text": priority_of(line.new), "reason": line.new}
    if line.new == "deleted":
        return said | {"provider_type": "deletion", "reason": line.new}
    return said | {"provider_type": "state", "text": teller.states.get(line.new, line.new), "reason": line.new}


def priority_of(number: str) -> str:
    """`low`, `normal`, `high` or `urgent`; what is no number is normal."""
    if not _NUMBER.fullmatch(number):
        return "normal"
    return next((word for most, word in PRIORITIES if int(number) <= most), "urgent")


def _merged_into(line: Line) -> str | None:
    found = _TICKET.search(line.new)
    return found[1] if found else None
