"""One element of Messenger or Instagram with what surrounds it, taken out of the small delivery that `split` made.

Both shapes become the same: a messaging element is read alike in `messaging`, in `standby` and in `changes`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared.domain.element import digest
from shared.domain.event import Author, Event, Identity, IdentityKind
from shared.meta.bodies import ENTRY_LISTS, Loose
from shared.meta.fields import Fields
from shared.meta.social.elements import account_of, is_from_us, is_messaging, person_of, what_of

CUSTOMER: Final = Author(type="customer")
AGENT: Final = Author(type="agent")
SYSTEM: Final = Author(type="system")

TEST: Final = "0"
"""The entry's id in what the dashboard's test button sends."""

USER_REF: Final = "user_ref"
"""Part of the namespace of a plugin's temporary reference to a person."""

_MILLISECONDS_FROM: Final = 10**11
"""A smaller number of a moment is of seconds: field reports of both in one place."""

_LAST_SECOND: Final = 253_402_300_799
_DIGITS: Final = 16

_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,256}")
"""What an id of a person looks like, with room: digits in fact, references of plugins anything like it."""

OWN_ID: Final = frozenset({"message", "postback"})
"""What has an id of its own in `mid`; elsewhere that is another's."""

Said = dict[str, Any]
"""Fields of an event by name."""


def moment_of(item: Fields, key: str) -> datetime | None:
    """A moment in milliseconds or seconds, as number or as text; dropped when it is neither."""
    if not item.has(key) or item.content.get(key) == "":
        return None
    value = item.content.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        item.flag("partial")
        return None
    milliseconds = value if value >= _MILLISECONDS_FROM else value * 1000
    if not 0 <= milliseconds <= _LAST_SECOND * 1000:
        item.flag("partial")
        return None
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def is_id(value: str | None) -> bool:
    """Whether this may be the id of a person."""
    return bool(value and _ID.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Source:
    """`what`: the key that says what a messaging element is, empty for a change that is none. `item`: the messaging
    element, or the change's value; `original`: the same before anybody asked whether it is an object. `problem`: why
    there is no more to read."""

    channel: IdentityKind
    entry_id: str
    field: str
    what: str
    item: Fields
    sent_at: datetime | None
    standby: bool = False
    problem: str | None = None
    original: Any = None

    @property
    def content(self) -> Fields:
        """What the element's own key holds."""
        return self.item.part(self.what)

    @property
    def loose(self) -> Loose:
        return dict(self.item.content)

    @property
    def account(self) -> str:
        return account_of(self.entry_id, self.loose) if self.what else self.entry_id or "-"

    @property
    def is_test(self) -> bool:
        return self.entry_id == TEST

    @property
    def is_outbound(self) -> bool:
        return bool(self.what) and is_from_us(self.entry_id, self.loose)

    @property
    def at(self) -> datetime | None:
        return moment_of(self.item, "timestamp") or self.sent_at

    def hashed_id(self, *parts: str) -> str:
        """The id of what has none: a hash of account, type, time and body, or of these parts."""
        if parts:
            return digest("event", self.channel, self.account, *parts)
        body = json.dumps(self.original, sort_keys=True)
        moment = str(self.item.content.get("timestamp", self.sent_at))
        return digest("event", self.channel, self.account, self.field, self.what, moment, body)

    def identity(self, value: str, *, scope: str = "", address: bool = True) -> Identity:
        """An id that the platform gave a person towards this account. `scope`: of another kind of id beside it."""
        namespace = f"{self.account}/{scope}" if scope else self.account
        return Identity(
            kind=self.channel, value=value, namespace=namespace, address=value if address else None, level="channel"
        )

    @property
    def people(self) -> list[Identity]:
        """The customer of a messaging element."""
        loose = self.loose
        person = person_of(self.entry_id, loose)
        if not self.what or not is_id(person):
            return []
        end = loose.get("recipient" if self.is_outbound else "sender")
        by_reference = isinstance(end, Mapping) and not end.get("id")
        found = [self.identity(person, scope=USER_REF if by_reference else "", address=not by_reference)]
        before = self.item.part("prior_message").id("identifier")
        if before and is_id(before) and not by_reference:
            found.append(self.identity(before, scope=USER_REF, address=False))
        return found

    def frame(self) -> Said:
        """What every event of this element has. Raises nothing: what cannot be read is left out."""
        if self.standby:
            self.item.flag("standby")
        people = self.people
        mid = self.content.id("mid") if self.what in OWN_ID else None
        author = (AGENT if self.is_outbound else CUSTOMER) if people else SYSTEM
        return {
            "account": self.account,
            "message_id": mid or self.hashed_id(),
            "direction": "outbound" if self.is_outbound else "inbound",
            "author": author,
            "occurred_at": self.at,
            "identities": people,
            "provider_type": self.what.replace("-", "_") or self.field or "change",
        }

    def event(self, kind: str, **said: Any) -> Event:
        """An event of this kind: the frame, and what was said."""
        whole = {"channel": self.channel, "kind": kind, **self.frame(), **said}
        return Event.model_validate({**whole, "flags": list(self.item.flags)})

    def news(self, kind: str, **said: Any) -> Event:
        """What nobody said: by the system, inbound whoever did it."""
        return self.event(kind, **{"author": SYSTEM, "direction": "inbound", **said})


def source_of(raw: Mapping[str, Any], channel: IdentityKind) -> Source:
    """The one element of this delivery."""
    entry = _only(raw.get("entry"))
    if not isinstance(entry, Mapping):
        return _unreadable(channel, {}, raw.get("entry"), "the entry is no object")
    key = next((name for name in (*ENTRY_LISTS, "changes") if name in entry), "changes")
    item = _only(entry.get(key))
    if not isinstance(item, Mapping):
        return _unreadable(channel, entry, entry.get(key), f"`{key}` is no list of objects")
    outer = Fields(entry, [])
    entry_id, sent_at = outer.id("id") or "-", moment_of(outer, "time")
    if key != "changes":
        what = what_of(dict(item))
        return Source(channel, entry_id, "", what, Fields(item, []), sent_at, key == "standby", None, item)
    value, name = item.get("value"), Fields(item, []).id("field") or ""
    if not isinstance(value, Mapping):
        return _unreadable(channel, entry, value, "the value is no object", name)
    what = what_of(dict(value)) if is_messaging(name, dict(value)) else ""
    return Source(channel, entry_id, name, what, Fields(value, []), sent_at, name == "standby", None, value)


def _unreadable(channel: IdentityKind, entry: Mapping[str, Any], original: Any, problem: str, name: str = "") -> Source:
    outer = Fields(entry, [])
    nothing = Fields({}, [])
    entry_id = outer.id("id") or "-"
    return Source(channel, entry_id, name, "", nothing, moment_of(outer, "time"), False, problem, original)


def _only(items: Any) -> Any:
    """The single member of a list, None where there is no such thing."""
    return items[0] if isinstance(items, list | tuple) and len(items) == 1 else None
