"""From items to what people and tools are shown."""

from __future__ import annotations

import json
import zlib
from typing import Any

from shared.domain.case import Case
from shared.domain.customer import Customer
from shared.domain.event import Entry, Event
from shared.ports.table import Item

_CUSTOMER_PARTS = ("id", "display_name", "language", "merged_into", "family")
_FIELD_PARTS = ("value", "source", "at")
_IDENTITY_PARTS = ("kind", "value", "namespace", "level", "source", "since", "until")


def customer_view(item: Item) -> Customer:
    """The profile as the contract shows it, from `CUS#id/PROFILE`."""
    shown: dict[str, Any] = {part: item[part] for part in _CUSTOMER_PARTS if item.get(part)}
    shown["identities"] = [
        {part: held[part] for part in _IDENTITY_PARTS if held.get(part) is not None}
        for held in item.get("identities", [])
    ]
    shown["fields"] = {
        name: {part: held[part] for part in _FIELD_PARTS if part in held}
        for name, held in item.get("fields", {}).items()
    }
    doubt = item.get("needs_verification")
    if doubt:
        shown["needs_verification"] = {part: doubt[part] for part in ("source", "at")}
    shown["active_cases"] = sorted(item.get("cases", {}))
    return Customer.model_validate(shown)


def case_view(item: Item) -> Case:
    """The case as the contract shows it, from `CAS#id/CASE`."""
    shown = {part: item[part] for part in Case.model_fields if part in item}
    return Case.model_validate(shown | {"version": item["sequence"]})


def entry_view(item: Item) -> Entry:
    """The entry as the contract shows it, from `CAS#id/ENT#n`."""
    shown: dict[str, Any] = json.loads(_stored_text(item))
    shown["case_id"] = item["pk"].partition("#")[2]
    shown["sequence"] = item["sequence"]
    shown["received_at"] = item["received_at"]
    if "delivery" in item:
        shown["delivery"] = item["delivery"]
    return Entry.model_validate(shown)


def event_of(item: Item) -> Event:
    """The event alone, from `CAS#id/ENT#n`."""
    return Event.model_validate_json(_stored_text(item))


def reading_in(revision: Item) -> Event:
    """The whole event that a revision by a replay carries, as the entry it speaks of was read then."""
    return Event.model_validate_json(zlib.decompress(revision["reading"]))


def _stored_text(item: Item) -> str:
    return str(item["event"]) if "event" in item else zlib.decompress(item["event_z"]).decode()


def event_text(event: Event) -> str:
    """The event as stored: JSON, only what was said of it."""
    return event.model_dump_json(exclude_defaults=True)


def packed(raw: dict[str, Any]) -> bytes:
    """The raw original, compressed. Lone surrogates stay as they came."""
    return zlib.compress(json.dumps(raw, separators=(",", ":")).encode("ascii"), 6)


def unpacked(raw: bytes) -> dict[str, Any]:
    """What `packed` kept."""
    original: dict[str, Any] = json.loads(zlib.decompress(raw))
    return original
