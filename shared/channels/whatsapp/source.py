"""One element with what surrounds it, taken out of the small delivery that `split` made.

`frame` is what every event of an element has, whether or not the rest of it can be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.channels.whatsapp.identities import (
    ADDRESSEE,
    CONTACT,
    PARTICIPANT,
    RECIPIENT,
    SENDER,
    Names,
    display_name,
    identities,
)
from shared.domain.element import digest
from shared.domain.event import Author, Event, Identity
from shared.meta.bodies import ENTRY_LISTS, LISTS
from shared.meta.fields import Fields

CUSTOMER: Final = Author(type="customer")
AGENT: Final = Author(type="agent")
SYSTEM: Final = Author(type="system")

Said = dict[str, Any]
"""Fields of an event by name."""

_NAMES: Final[Mapping[str, tuple[Names, ...]]] = {
    "messages": (SENDER,),
    "message_echoes": (ADDRESSEE,),
    "statuses": (RECIPIENT,),
    "user_preferences": (CONTACT,),
}
_TYPE_KEYS: Final = {"messages": "type", "message_echoes": "type", "statuses": "status", "calls": "event"}


@dataclass(frozen=True, slots=True)
class Source:
    """`key` is the list the element stood in: empty when the change lists nothing, or is none.

    `item` is the element itself, or the change's value when it lists nothing; `original` the same before anybody asked
    whether it is an object. `problem` says why there is no more to read.
    """

    account: str
    field: str
    key: str
    item: Fields
    contact: Fields
    display_number: str
    sent_at: datetime | None
    problem: str | None = None
    original: Any = None

    @property
    def flags(self) -> list[str]:
        return self.item.flags

    @property
    def provider_type(self) -> str:
        """Meta's own word for what this is: the element's type, else its list, else the field."""
        own = self.item.content.get(_TYPE_KEYS.get(self.key, ""))
        if isinstance(own, str) and own:
            return own
        if self.key in ("", "groups", "state_sync"):
            return self.field or self.key or "change"
        return self.key

    @property
    def hashed_id(self) -> str:
        """The id of what has none: a hash of account, type, time and body."""
        moment = self.item.content.get("timestamp", self.sent_at)
        body = json.dumps(self.original, sort_keys=True)
        return digest("event", self.account, self.field, self.provider_type, str(moment), body)

    @property
    def people(self) -> list[Identity]:
        """The customer of this element, wherever it names one."""
        if self.key == "calls":
            return identities((self.item, self.caller), (self.contact, CONTACT))
        if self.key == "statuses":
            in_group = self.item.content.get("recipient_type") == "group"
            return identities((self.item, PARTICIPANT if in_group else RECIPIENT), (self.contact, CONTACT))
        named = [(self.item, names) for names in _NAMES.get(self.key, ())]
        return identities(*named, (self.contact, CONTACT))

    @property
    def is_outbound(self) -> bool:
        if self.key == "calls":
            return self.caller is ADDRESSEE
        return self.key == "message_echoes"

    @property
    def caller(self) -> Names:
        """Where a call names the customer."""
        direction = self.item.content.get("direction")
        if direction in ("USER_INITIATED", "BUSINESS_INITIATED"):
            return SENDER if direction == "USER_INITIATED" else ADDRESSEE
        calls_from_us = digits(self.item.content.get("from")) == digits(self.display_number) != ""
        return ADDRESSEE if calls_from_us else SENDER

    def frame(self) -> Said:
        """What every event of this element has. Raises nothing: what cannot be read is left out."""
        people = self.people
        group = self.item.id("group_id")
        if self.key == "statuses" and self.item.content.get("recipient_type") == "group":
            group = self.item.id("recipient_id")
        if group:
            self.item.flag("group")
        if self.field == "standby":
            self.item.flag("standby")
            self.item.flag("handled_by_meta_agent")
        speaks = self.key in ("messages", "message_echoes", "calls") and bool(people)
        author = CUSTOMER if speaks else SYSTEM
        return {
            "account": self.account,
            "thread": group,
            "message_id": (self.item.id("id") if self.key in _TYPE_KEYS else None) or self.hashed_id,
            "direction": "outbound" if self.is_outbound else "inbound",
            "author": AGENT if self.is_outbound else author,
            "occurred_at": self.item.moment("timestamp") if self.item.has("timestamp") else self.sent_at,
            "identities": people,
            "display_name": display_name(self.contact),
            "provider_type": self.provider_type,
        }

    def event(self, kind: str, **said: Any) -> Event:
        """An event of this kind: the frame, and what was said."""
        return Event.model_validate({"channel": "whatsapp", "kind": kind, **self.frame(), **said, "flags": self.flags})


def digits(number: Any) -> str:
    """The digits of a number as somebody formatted it: only to compare our own number with itself."""
    return "".join(filter(str.isdigit, number)) if isinstance(number, str) else ""


def source_of(raw: Mapping[str, Any]) -> Source:
    """The one element of this delivery."""
    entry = _only(raw.get("entry"))
    if not isinstance(entry, Mapping):
        return _unreadable({}, raw.get("entry"), "the entry is no object")
    change = _only(entry.get("changes"))
    if not isinstance(change, Mapping):
        stray = next((key for key in ENTRY_LISTS if key in entry), "")
        problem = f"`{stray}` belongs to another product" if stray else "the change is no object"
        return _unreadable(entry, entry.get(stray or "changes"), problem, stray)
    return _of_change(entry, change)


def _of_change(entry: Mapping[str, Any], change: Mapping[str, Any]) -> Source:
    head = Fields(change)
    field_name = head.id("field") or ""
    value = change.get("value")
    if not isinstance(value, Mapping):
        return _unreadable(entry, value, "the value is no object", "", field_name)
    metadata = Fields(value, head.flags).part("metadata")
    key = next((name for name in LISTS if name in value and value[name] != []), "")
    item = _only(value[key]) if key else value
    outer = Fields(entry, head.flags)
    readable = isinstance(item, Mapping)
    return Source(
        account=metadata.id("phone_number_id") or outer.id("id") or "-",
        field=field_name,
        key=key,
        item=Fields(item if readable else {}, head.flags),
        contact=_contact(value, head.flags) if key else Fields({}, head.flags),
        display_number=metadata.id("display_phone_number") or "",
        sent_at=outer.moment("time"),
        problem=None if readable else f"`{key}` is no list of objects",
        original=value[key] if key else value,
    )


def _contact(value: Mapping[str, Any], flags: list[str]) -> Fields:
    contacts = Fields(value, flags).parts("contacts")
    return contacts[0] if len(contacts) == 1 else Fields({}, flags)


def _unreadable(entry: Mapping[str, Any], original: Any, problem: str, key: str = "", field_name: str = "") -> Source:
    flags: list[str] = []
    outer = Fields(entry, flags)
    nothing = Fields({}, flags)
    account = outer.id("id") or "-"
    return Source(account, field_name, key, nothing, nothing, "", outer.moment("time"), problem, original)


def _only(items: Any) -> Any:
    """The single member of a list, None where there is no such thing."""
    return items[0] if isinstance(items, list | tuple) and len(items) == 1 else None
