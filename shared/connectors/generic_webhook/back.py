"""What a system told by webhook, as events. Nothing is asked of it: the hint carries all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.domain.case import State
from shared.domain.event import Attachment, Author, Event, Identity
from shared.ports.connectors import Changed, Happened, Read

STATES: Final[Mapping[str, State]] = {
    "new": "new",
    "open": "open",
    "reopened": "open",
    "in_progress": "open",
    "pending": "pending_customer",
    "pending_customer": "pending_customer",
    "waiting_on_customer": "pending_customer",
    "hold": "on_hold",
    "on_hold": "on_hold",
    "solved": "resolved",
    "resolved": "resolved",
    "closed": "closed",
    "spam": "spam",
}
"""A system's word for a state to the hub's. A word that is not here is told as it is: recording opens the case, with
an alarm."""

KINDS: Final = {"image": "image", "audio": "audio", "video": "video"}


class GenericBack:
    """The way back from one system that can only tell."""

    def __init__(self, name: str) -> None:
        self.name = name

    def told(self, told: Mapping[str, Any]) -> list[Happened]:
        """The events in a body that the door has let in: one, or one for each change of a case."""
        return [Happened(event) for event in _EVENTS[told["type"]](_Told(self.name, told))]

    def ticket_of(self, thing: str) -> str | None:  # noqa: ARG002
        """None: it names the case itself."""
        return None

    def read(self, ticket: str, after: str | None, known: frozenset[str]) -> Read:  # noqa: ARG002
        """Nothing: it cannot be asked."""
        return Read((), after)

    def changed_since(self, cursor: str | None, limit: int) -> Changed:  # noqa: ARG002
        """Nothing, as above: its sender sends again what was not answered with 2xx."""
        return Changed({}, cursor or "")


class _Told:
    """One body, and what all its events have in common."""

    def __init__(self, connector: str, told: Mapping[str, Any]) -> None:
        self.connector = connector
        self.type = str(told["type"])
        self.id = str(told["id"])
        self.ids: Mapping[str, str] = told["ids"]
        self.data: Mapping[str, Any] = told["data"]
        self.at = datetime.fromisoformat(told["timestamp"])

    def event(self, **fields: Any) -> Event:
        said = self.data.get("author")
        author = Author(type="agent", id=said["id"], name=said.get("name")) if said else Author(type="system")
        common: dict[str, Any] = {
            "channel": self.connector,
            "account": self.connector,
            "thread": self.data.get("case_id"),
            "message_id": self.id,
            "direction": "outbound",
            "author": author,
            "visibility": "internal",
            "occurred_at": self.at,
            "provider_type": self.type,
        }
        return Event(**{**common, **fields})


def _said(told: _Told) -> Iterator[Event]:
    data = told.data
    is_note = told.type == "note.create"
    yield told.event(
        kind="message",
        visibility="internal" if is_note else data.get("visibility", "public"),
        text=data.get("text"),
        html=data.get("html"),
        attachments=[_attachment(one) for one in data.get("attachments") or ()],
        in_reply_to=data.get("in_reply_to"),
        seen=None if is_note else data.get("sequence", data.get("version")),
        message_ref=data["external_id"],
    )


def _attachment(said: Mapping[str, Any]) -> Attachment:
    family = str(said.get("mime") or "").partition("/")[0]
    return Attachment.model_validate(
        {
            "kind": KINDS.get(family, "document"),
            "mime_type": said.get("mime"),
            "filename": said.get("name"),
            "size": said.get("size"),
            "provider_id": said.get("id"),
            "url": said["url"],
        }
    )


def _updated(told: _Told) -> Iterator[Event]:
    for change, message_id in told.ids.items():
        yield told.event(message_id=message_id, kind="state_change", **_CHANGES[change](told.data[change]))


def _state(said: str) -> dict[str, Any]:
    word = said.strip()
    state: str = STATES.get(word.lower().replace(" ", "_").replace("-", "_"), word)
    return {"provider_type": "state", "text": state, "reason": word}


_CHANGES: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "state": _state,
    "priority": lambda word: {"provider_type": "priority", "text": word},
    "merged_into": lambda case_id: {"provider_type": "merge", "text": case_id},
    "deleted": lambda _: {"provider_type": "deletion"},
}


def _assigned(told: _Told) -> Iterator[Event]:
    """`text` is absent when nobody has it any more."""
    owner = told.data["assignee"]
    yield told.event(kind="state_change", provider_type="owner", text=owner and owner["id"])


def _contact_updated(told: _Told) -> Iterator[Event]:
    """What a system says of a contact is a claim: it names the contact by our id, and attests nothing."""
    data = told.data
    said = [Identity(kind=one["type"], value=one["value"], level="claimed") for one in data.get("identities") or ()]
    yield told.event(
        kind="account_news",
        provider_type="contact_update",
        identities=[_contact(told, data["contact_id"]), *said],
        display_name=data.get("display_name"),
    )


def _contact_merged(told: _Told) -> Iterator[Event]:
    data = told.data
    yield told.event(
        kind="account_news",
        provider_type="contact_merge",
        identities=[_contact(told, data["into"])],
        previous_identities=[_contact(told, data["contact_id"])],
    )


def _contact(told: _Told, contact_id: str) -> Identity:
    return Identity(kind="external", namespace=told.connector, value=contact_id, level="claimed")


_EVENTS: Final = {
    "agent.reply": _said,
    "note.create": _said,
    "case.update": _updated,
    "case.assign": _assigned,
    "contact.update": _contact_updated,
    "contact.merge": _contact_merged,
}
