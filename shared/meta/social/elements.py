"""A delivery of Messenger or Instagram taken apart into elements. Standard library alone: this runs in the webhook.

Each element's `raw` is a delivery in Meta's own shape that holds this element alone. Nothing is judged here: what
cannot be understood is an element like any other. Time is linear in the body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.domain.element import Element
from shared.meta.bodies import (
    ENTRY_LISTS,
    LISTS,
    MAX_DEPTH,
    Loose,
    hash_of,
    id_of,
    is_plain,
    is_too_deep,
    read,
)

WHAT: Final = (
    "message",
    "postback",
    "reaction",
    "message_edit",
    "read",
    "delivery",
    "optin",
    "referral",
    "policy_enforcement",
    "policy-enforcement",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "account_linking",
    "app_roles",
    "messaging_feedback",
    "game_play",
    "payment",
    "checkout_update",
    "pre_checkout",
)
"""What a messaging element may hold; the first of them that it has says what it is."""

HANDOVERS: Final = frozenset({"pass_thread_control", "take_thread_control", "request_thread_control"})
SCOPED: Final = "1784"
"""With this begins the id of every Instagram professional account; Page ids do not."""


def split(body: bytes, channel: str, product: str) -> list[Element]:
    """The elements of a delivery: of each entry its `messaging`, its `standby`, then its changes, as sent.

    `product`: the `object` that this channel's deliveries have; a body of another one has none. Raises Malformed when
    the body is not JSON or no object.
    """
    document = read(body)
    if document.get("object") != product:
        return []
    maker = _Maker(channel, product)
    body_digest = hashlib.sha256(body).hexdigest()
    return [_bounded(one, body_digest, index) for index, one in enumerate(maker.elements(document.get("entry")))]


def what_of(item: Loose) -> str:
    """What a messaging element is: the first key of WHAT that it holds, else empty."""
    return next((key for key in WHAT if item.get(key) is not None), "")


def is_messaging(field: str, value: Loose) -> bool:
    """Whether a change's value is a messaging element: so come test events, and in newer documents postbacks."""
    return bool(what_of(value)) and ("sender" in value or "recipient" in value or field.startswith("messag"))


def is_from_us(entry_id: str, item: Loose) -> bool:
    """Whether the account itself did it: an echo, or what names the account as its sender."""
    message = item.get("message")
    if isinstance(message, dict) and message.get("is_echo") is True:
        return True
    ours = {entry_id, account_of(entry_id, item)} - {"-"}
    return end_of(item, "sender") in ours and end_of(item, "recipient") not in ours


def end_of(item: Loose, side: str) -> str:
    """The id at one side (`sender`, `recipient`) of a messaging element, else empty."""
    end = item.get(side)
    return id_of(end.get("id")) if isinstance(end, dict) else ""


def person_of(entry_id: str, item: Loose) -> str:
    """The customer's id in a messaging element, or the plugin's reference that stands for one, else empty."""
    side = "recipient" if is_from_us(entry_id, item) else "sender"
    end = item.get(side)
    return (id_of(end.get("id")) or id_of(end.get("user_ref"))) if isinstance(end, dict) else ""


def account_of(entry_id: str, item: Loose) -> str:
    """Our account: the entry's id; where that is missing, or the Page's id in a delivery for an Instagram account,
    our side of the element."""
    message = item.get("message")
    is_echo = isinstance(message, dict) and message.get("is_echo") is True
    ours = end_of(item, "sender" if is_echo else "recipient")
    other = end_of(item, "recipient" if is_echo else "sender")
    if entry_id in ("", "-"):
        return ours or "-"
    if entry_id in (ours, other) or entry_id.startswith(SCOPED):
        return entry_id
    return ours if ours.startswith(SCOPED) else entry_id


def _ends_of_change(value: Loose) -> str:
    """Who did what a change tells."""
    author = value.get("from")
    named = id_of(author.get("id")) if isinstance(author, dict) else ""
    return named or id_of(value.get("sender_id")) or id_of(value.get("reviewer_id"))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes elements of one channel."""

    channel: str
    product: str

    def elements(self, entries: Any) -> Iterator[Element]:
        if entries is None:
            return
        if not isinstance(entries, list):
            yield self._misshapen({"object": self.product, "entry": entries}, "-")
            return
        for entry in entries:
            if isinstance(entry, dict):
                yield from self._of_entry(entry)
            else:
                yield self._misshapen(self._delivery(entry), "-")

    def _of_entry(self, entry: Loose) -> Iterator[Element]:
        head = {key: entry[key] for key in ("id", "time") if is_plain(entry.get(key))}
        account = id_of(head.get("id")) or "-"
        for key in (*ENTRY_LISTS, "changes"):
            items = entry.get(key)
            if key not in entry or (items is None and key == "changes"):
                continue
            if not isinstance(items, list):
                yield self._misshapen(self._delivery({**head, key: items}), account)
                continue
            for item in items:
                yield from self._of_item(head, account, key, item)

    def _of_item(self, head: Loose, account: str, key: str, item: Any) -> Iterator[Element]:
        raw = self._delivery({**head, key: [item]})
        if not isinstance(item, dict):
            yield self._misshapen(raw, account)
        elif key == "changes":
            yield from self._of_change(head, account, item)
        else:
            yield self._messaging(raw, account, item)

    def _of_change(self, head: Loose, account: str, change: Loose) -> Iterator[Element]:
        value = change.get("value")
        said: Loose = value if isinstance(value, dict) else {}
        field = {"field": change["field"]} if is_plain(change.get("field")) else {}
        named = [key for key in LISTS if key in said and said[key] != []]
        for key in named:
            items = said[key]
            for part in [[item] for item in items] if isinstance(items, list) else [items]:
                yield self._misshapen(self._delivery({**head, "changes": [{**field, "value": {key: part}}]}), account)
        if named:
            return
        raw = self._delivery({**head, "changes": [{**field, "value": value}]})
        name = id_of(field.get("field"))
        if is_messaging(name, said):
            yield self._messaging(raw, account, said)
            return
        copy_of = _copy_of_change(name, said) or ("change", name, id_of(head.get("time")), _hash(value))
        yield Element(self.channel, account, _ends_of_change(said) or "-", copy_of, raw)

    def _messaging(self, raw: Loose, entry_id: str, item: Loose) -> Element:
        account, person = account_of(entry_id, item), person_of(entry_id, item)
        copy_of = _copy_of(item, person) or ("element", _hash(item))
        return Element(self.channel, account, person or "-", copy_of, raw)

    def _misshapen(self, raw: Loose, account: str) -> Element:
        return Element(self.channel, account, "-", ("misshapen", _hash(raw)), raw)

    def _delivery(self, entry: Any) -> Loose:
        return {"object": self.product, "entry": [entry]}


def _copy_of(item: Loose, person: str) -> tuple[str, ...]:
    """By what a second delivery of a messaging element is recognised; empty where that is all of it.

    The kind is part of it: what unsends a message has the message's own id.
    """
    what = what_of(item)
    held = item.get(what)
    content: Loose = held if isinstance(held, dict) else {}
    mid, at = id_of(content.get("mid")), id_of(item.get("timestamp"))
    if what in HANDOVERS:
        return what, person, at
    if what in ("read", "delivery"):
        marked = mid or id_of(content.get("watermark"))
        return (what, person, marked, *_mids(content)) if marked else ()
    if not mid:
        return ()
    if what == "reaction":
        return what, mid, person, id_of(content.get("action")), at
    if what == "message_edit":
        return what, mid, id_of(content.get("num_edit"))
    if what == "message" and content.get("is_deleted") is True:
        return "deleted", mid
    return (what, mid) if what in ("message", "postback") else ()


def _mids(content: Loose) -> list[str]:
    mids = content.get("mids")
    return [id_of(mid) for mid in mids] if isinstance(mids, list) else []


def _copy_of_change(field: str, value: Loose) -> tuple[str, ...]:
    """A comment is its id, what was done to it, and its wording: ads tell of it twice."""
    comment = id_of(value.get("comment_id")) or (id_of(value.get("id")) if "text" in value else "")
    if not comment:
        return ()
    said = value.get("text", value.get("message"))
    return field, comment, id_of(value.get("verb")), _hash(said)


def _hash(content: Any) -> str:
    """Of what is nested too deep none: it is marked as unreadable anyway."""
    return "" if is_too_deep([content]) else hash_of(content)


def _bounded(element: Element, body_digest: str, index: int) -> Element:
    """The element, or, nested too deep to be handled safely, marked as unreadable."""
    if not is_too_deep(element.raw):
        return element
    copy_of = ("unreadable", body_digest, str(index))
    return replace(element, raw={}, copy_of=copy_of, unreadable=f"nested deeper than {MAX_DEPTH} levels")
