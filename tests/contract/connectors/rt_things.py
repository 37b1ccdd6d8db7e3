"""What a Request Tracker holds: users, tickets, transactions with the parts of their messages."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class User:
    id: int
    name: str
    fields: dict[str, str]
    contact_id: str | None = None
    privileged: bool = False
    made_by: str = "hub"
    changed_by: str = "hub"


@dataclass
class Ticket:
    id: int
    fields: dict[str, str]
    requestor: User
    subject: str
    status: str = "new"
    squelched: str | None = None
    merged_into: int | None = None
    created: str = "2026-11-20T10:00:00Z"


@dataclass
class Part:
    """A part of a message, as RT keeps it."""

    id: int
    mime_type: str
    filename: str = ""
    content: bytes = b""
    headers: str = ""


@dataclass
class Transaction:
    """`parts`: of a message; `content`: its text, where the hub wrote it."""

    id: int
    ticket: int
    type: str
    creator: str
    created: str
    subject: str = ""
    content: str = ""
    message_id: str | None = None
    about: str = ""
    old: str = ""
    new: str = ""
    parts: list[Part] = field(default_factory=list)
