"""A WhatsApp delivery taken apart into elements. Standard library alone: this runs in the webhook.

Each element's `raw` is a delivery in Meta's own shape that holds this element alone, with the one contact it
belongs to. Nothing is judged here: what cannot be understood is an element like any other, so that it is parked
with its reason and never lost. Time is linear in the body; a delivery holds up to 1,000 elements in 3 MB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.domain.element import Element
from shared.meta.bodies import ENTRY_LISTS, LISTS, MAX_DEPTH, Loose, hash_of, id_of, is_plain, is_too_deep, read

OBJECT: Final = "whatsapp_business_account"

_PERSON: Final = (
    ("from_user_id", "from"),
    ("to_user_id", "to"),
    ("recipient_participant_user_id", "recipient_participant_id"),
    ("recipient_user_id", "recipient_id"),
    ("user_id", "wa_id"),
)
"""Keys by which an element may name a person: business-scoped id first, then the older id."""

_ECHOES: Final = (_PERSON[1],)
_HOLDS_NO_CONTACT: Final = frozenset({"state_sync", "history", "groups", "errors"})


def split(body: bytes) -> list[Element]:
    """The elements of a delivery, entries and changes as sent, within a change in the order of LISTS.

    A body of another `object`, or without entries, has none. Raises Malformed when the body is not JSON or no object.
    """
    document = read(body)
    if document.get("object") != OBJECT:
        return []
    body_digest = hashlib.sha256(body).hexdigest()
    elements = enumerate(_elements(document.get("entry")))
    return [_bounded(element, body_digest, index) for index, element in elements]


@dataclass(frozen=True, slots=True)
class _Change:
    """A change, and what is needed to make small deliveries of its parts."""

    entry: Loose
    head: Loose
    metadata: Loose | None
    contacts: tuple[Any, ...]
    by_id: Mapping[str, Any]

    @property
    def account(self) -> str:
        """Our number where the change names it, else the WhatsApp Business account."""
        return id_of((self.metadata or {}).get("phone_number_id")) or id_of(self.entry.get("id")) or "-"

    def delivery(self, value: Loose) -> Loose:
        return _delivery({**self.entry, "changes": [{**self.head, "value": value}]})

    def contact_of(self, ids: list[str]) -> Loose | None:
        """The contact with one of these ids, never the one at the same index.

        An element that names nobody belongs to the only contact, if there is only one: the documented answer
        to a request for contact data comes without sender.
        """
        if not ids and len(self.contacts) == 1:
            only = self.contacts[0]
            return only if isinstance(only, dict) else None
        return next((self.by_id[each] for each in ids if each in self.by_id), None)


def _elements(entries: Any) -> Iterator[Element]:
    if entries is None:
        return
    if not isinstance(entries, list):
        yield _misshapen({"object": OBJECT, "entry": entries}, "-")
        return
    for entry in entries:
        if isinstance(entry, dict):
            yield from _of_entry(entry)
        else:
            yield _misshapen(_delivery(entry), "-")


def _of_entry(entry: Loose) -> Iterator[Element]:
    head = {key: entry[key] for key in ("id", "time") if is_plain(entry.get(key))}
    account = id_of(head.get("id")) or "-"
    for key in ENTRY_LISTS:
        if key not in entry:
            continue
        items = entry[key]
        for part in [[item] for item in items] if isinstance(items, list) else [items]:
            yield _misshapen(_delivery({**head, key: part}), account)
    changes = entry.get("changes")
    if changes is None:
        return
    if not isinstance(changes, list):
        yield _misshapen(_delivery({**head, "changes": changes}), account)
        return
    for change in changes:
        if isinstance(change, dict):
            yield from _of_change(head, change)
        else:
            yield _misshapen(_delivery({**head, "changes": [change]}), account)


def _of_change(entry: Loose, change: Loose) -> Iterator[Element]:
    value = change.get("value")
    context = _context(entry, change)
    said: Loose = value if isinstance(value, dict) else {}
    named = [key for key in LISTS if key in said and said[key] != []]
    if not named:
        yield _whole(context, change)
    for key in named:
        items = said[key]
        if not isinstance(items, list):
            yield _misshapen(context.delivery(_value(context, key, items)), context.account)
            continue
        for item in items:
            yield _item(context, key, item)


def _context(entry: Loose, change: Loose) -> _Change:
    value = change.get("value")
    value = value if isinstance(value, dict) else {}
    metadata = value.get("metadata")
    contacts = value.get("contacts")
    contacts = contacts if isinstance(contacts, list) else []
    by_id: dict[str, Any] = {}
    for contact in contacts:
        if isinstance(contact, dict):
            for key in ("wa_id", "user_id"):
                by_id.setdefault(id_of(contact.get(key)), contact)
    by_id.pop("", None)
    return _Change(
        entry=entry,
        head={"field": change["field"]} if is_plain(change.get("field")) else {},
        metadata={key: part for key, part in metadata.items() if is_plain(part)}
        if isinstance(metadata, dict)
        else None,
        contacts=tuple(contacts),
        by_id=by_id,
    )


def _whole(context: _Change, change: Loose) -> Element:
    """A change that lists nothing is one element: what it says is in its other keys."""
    raw = _delivery({**context.entry, "changes": [{**context.head, "value": change.get("value")}]})
    field = id_of(context.head.get("field"))
    copy_of = ("change", field, id_of(context.entry.get("time")))
    return Element("whatsapp", context.account, "-", copy_of, raw)


def _value(context: _Change, key: str, items: Any, contact: Loose | None = None) -> Loose:
    value: Loose = {} if context.metadata is None else {"metadata": context.metadata}
    if contact is not None:
        value["contacts"] = [contact]
    value[key] = items
    return value


def _item(context: _Change, key: str, item: Any) -> Element:
    if not isinstance(item, dict):
        return _misshapen(context.delivery(_value(context, key, [item])), context.account)
    contact = None if key in _HOLDS_NO_CONTACT else context.contact_of(_ids(key, item))
    raw = context.delivery(_value(context, key, [item], contact))
    return Element("whatsapp", context.account, _person(key, item, contact), _copy_of(context, key, item), raw)


def _ids(key: str, item: Loose) -> list[str]:
    pairs = _ECHOES if key == "message_echoes" else _PERSON
    return [found for pair in pairs for name in pair if (found := id_of(item.get(name)))]


def _person(key: str, item: Loose, contact: Loose | None) -> str:
    """Who this element orders itself behind: business-scoped id when present, else the other id, else `-`."""
    if key == "groups":
        return id_of(item.get("group_id")) or "-"
    if key in _HOLDS_NO_CONTACT:
        return "-"
    known = contact or {}
    named = ((id_of(item.get(scoped)), id_of(item.get(plain))) for scoped, plain in _customer_side(key, item))
    scoped_id, plain_id = next((pair for pair in named if any(pair)), ("", ""))
    candidates = (scoped_id, id_of(known.get("user_id")), plain_id, id_of(known.get("wa_id")), _changed_id(item))
    return next(filter(None, candidates), "-")


def _customer_side(key: str, item: Loose) -> tuple[tuple[str, str], ...]:
    if key == "message_echoes" or (key == "calls" and item.get("direction") == "BUSINESS_INITIATED"):
        return _ECHOES
    return _PERSON


def _changed_id(item: Loose) -> str:
    """The new id of a person whose id changed: such elements may come without any sender."""
    holders = [holder for name in ("system", "user_id") if isinstance(holder := item.get(name), dict)]
    found = (id_of(holder.get(name)) for holder in holders for name in ("user_id", "current"))
    return next(filter(None, found), "")


def _copy_of(context: _Change, key: str, item: Loose) -> tuple[str, ...]:
    """Equal for every copy of this element, different once anything in it changed.

    A status is what it says of whom: later copies may carry other prices. A call is its id and step.
    """
    identified = id_of(item.get("id"))
    if identified and key == "statuses" and id_of(item.get("status")):
        participant = id_of(item.get("recipient_participant_user_id")) or id_of(item.get("recipient_participant_id"))
        return key, identified, id_of(item.get("status")), participant
    if identified and key == "calls" and id_of(item.get("event")):
        return key, identified, id_of(item.get("event"))
    return (key, identified or id_of(context.entry.get("time")))


def _misshapen(raw: Loose, account: str) -> Element:
    return Element("whatsapp", account, "-", ("misshapen",), raw)


_SETTLED: Final = {"statuses": 4, "calls": 3}


def _bounded(element: Element, body_digest: str, index: int) -> Element:
    """The element with its hash, or, nested too deep to be handled safely, marked as unreadable."""
    if is_too_deep(element.raw):
        copy_of = ("unreadable", body_digest, str(index))
        return replace(element, raw={}, copy_of=copy_of, unreadable=f"nested deeper than {MAX_DEPTH} levels")
    if len(element.copy_of) == _SETTLED.get(element.copy_of[0]):
        return element
    return replace(element, copy_of=(*element.copy_of, _hash(element)))


def _hash(element: Element) -> str:
    content = element.raw
    if element.copy_of[0] in LISTS:
        content = content["entry"][0]["changes"][0]["value"][element.copy_of[0]][0]
    return hash_of(content)


def _delivery(entry: Any) -> Loose:
    return {"object": OBJECT, "entry": [entry]}
