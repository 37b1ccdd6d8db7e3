"""From items to what people and tools are shown."""

from __future__ import annotations

import zlib
from typing import Any

from shared.domain.event import Event
from shared.store import items
from shared.store.views import case_view, customer_view, entry_view, packed, unpacked

AT = "2026-11-22T10:00:00Z"
SOURCE = items.Source("whatsapp", AT, "digest-of-the-message", AT)
PROFILE: dict[str, Any] = {
    "pk": "CUS#c1",
    "sk": "PROFILE",
    "id": "c1",
    "display_name": "Ana",
    "fields": {"display_name": {"value": "Ana", "source": "whatsapp", "at": AT, "event": "digest-of-the-message"}},
    "identities": [
        {"kind": "phone", "value": "+593991234567", "address": "593991234567", "level": "channel"}
        | {"source": "whatsapp", "since": AT, "event": "digest-of-the-message"}
    ],
    "conversations": ["CNV#whatsapp#1#phone:-:+593991234567"],
    "cases": {"k1": {"brand": "acme", "conversation": "CNV#…"}},
    "version": 3,
    "contact_version": 2,
    "created_at": AT,
}


def said(text: str) -> Event:
    return Event.model_validate(
        {
            "channel": "whatsapp",
            "account": "1",
            "kind": "message",
            "message_id": "m1",
            "author": {"type": "customer"},
            "occurred_at": AT,
            "text": text,
            "provider_type": "text",
        }
    )


def test_a_customer_is_shown_with_sources_and_without_what_is_ours_alone() -> None:
    assert customer_view(PROFILE).dump() == {
        "id": "c1",
        "display_name": "Ana",
        "language": None,
        "identities": [
            {"kind": "phone", "value": "+593991234567", "level": "channel", "source": "whatsapp", "since": AT}
        ],
        "fields": {"display_name": {"value": "Ana", "source": "whatsapp", "at": AT}},
        "active_cases": ["k1"],
        "merged_into": None,
    }


def test_a_case_shows_the_sequence_of_its_last_entry_as_version() -> None:
    item = {"id": "k1", "reference": "K7QF-3M2X-R", "state": "new", "brand": "acme", "customer": "c1"}
    shown = case_view(item | {"channels": ["whatsapp"], "opened_at": AT, "sequence": 4, "pk": "CAS#k1", "sk": "CASE"})
    assert (shown.version, shown.state, shown.reference) == (4, "new", "K7QF-3M2X-R")


def test_an_entry_comes_back_as_it_was_said_long_or_short() -> None:
    for text in ("Hola 🌸", "", "ñandú " * 50_000):
        item = items.entry_item("k1", 7, said(text), AT, {})
        assert ("event_z" in item) == (len(text) > 1_000)
        entry = entry_view(item | {"delivery": "read"})
        assert (entry.text, entry.sequence, entry.case_id, entry.delivery) == (text, 7, "k1", "read")


def test_an_original_comes_back_with_half_an_emoji_too() -> None:
    raw = {"text": "a\ud83c", "n": [1, None, {"x": 1.5}]}
    assert unpacked(packed(raw)) == raw
    assert zlib.decompress(packed(raw)).isascii()
