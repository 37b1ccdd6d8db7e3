"""Whatever happens to a delivery on its way here, each element becomes one event and nothing raises."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split
from shared.domain.errors import Malformed

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp"
DOCUMENTS = [
    json.loads(path.read_text("utf-8")) for path in sorted(FIXTURES.glob("*.json")) if "absurd" not in path.stem
]

LISTS = ["messages", "statuses", "message_echoes", "calls", "user_preferences", "user_id_update"]
LISTS += ["state_sync", "history", "groups", "errors"]


def _nested(depth: int) -> Any:
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"text": value}
    return value


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 10**12, 10**18, 10**39, 2**63, 0.5, 1e308, float("nan"), float("inf"), -0.0]),
    st.sampled_from(["", " ", "0", "-1", "1e999", "253402300800", "NaN", "١٢٣", "EC.1", "EC.ENT.1", "+", "@", ":"]),
    st.sampled_from(["\ud83d", "\udc00\ud800", "\x00", "\u202e", "مرحبا", "👩‍👩‍👧‍👦", "ﬁ" * 50, "9" * 300, "a" * 5000]),
    st.text(max_size=20),
    st.sampled_from([[], {}, [[]], [None], {"": None}, [{}], [1, "x", {}]]),
    st.sampled_from(
        ["text", "image", "interactive", "system", "edit", "user_changed_number", "group", "call", "calls"]
    ),
    st.builds(_nested, st.sampled_from([5, 30, 60, 70, 150])),
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _mutate(draw: st.DrawFn, document: Any) -> Any:
    # the outermost places decide which body it is at all: most changes belong deeper
    place = draw(st.sampled_from([place for place in _places(document) if len(place) < 60][1:]))
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    key = place[-1]
    change = draw(st.sampled_from(["replace", "replace", "drop", "null", "double", "wrap", "rename"]))
    if change == "replace":
        holder[key] = deepcopy(draw(ODD))
    elif change == "drop":
        del holder[key]
    elif change == "null":
        holder[key] = None
    elif change == "wrap":
        holder[key] = draw(st.sampled_from([[holder[key]], {"x": holder[key]}]))
    elif change == "double" and isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    elif change == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from([*LISTS, "messaging", "standby", "changes", "type", "id", "from"]))] = holder.pop(
            key
        )
    return document


@st.composite
def deliveries(draw: st.DrawFn) -> Any:
    """A fixture to which one to four things happened."""
    document = deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 4))):
        document = _mutate(draw, document) if isinstance(document, dict) and document else document
    return document


def _expected_count(document: Any) -> int:
    """How many elements the contract counts, written a second time from its text."""
    if document.get("object") != "whatsapp_business_account" or document.get("entry") is None:
        return 0
    entries = document["entry"]
    return sum(map(_count_entry, entries)) if isinstance(entries, list) else 1


def _count_entry(entry: Any) -> int:
    if not isinstance(entry, dict):
        return 1
    others = [entry[key] for key in ("messaging", "standby") if key in entry]
    count = sum(len(items) if isinstance(items, list) else 1 for items in others)
    changes = entry.get("changes")
    if changes is None:
        return count
    return count + (sum(map(_count_change, changes)) if isinstance(changes, list) else 1)


def _count_change(change: Any) -> int:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        return 1
    return sum(len(value[key]) if isinstance(value[key], list) else 1 for key in LISTS if key in value) or 1


def _check(document: Any) -> None:
    body = json.dumps(document).encode()
    elements = split(body)
    assert len(elements) == _expected_count(json.loads(body))
    for element in elements:
        json.dumps(element.raw, allow_nan=False)
        event = parse(element.raw)
        dump = event.dump()
        json.dumps(dump, ensure_ascii=False, allow_nan=False).encode("utf-8")
        assert dump["message_id"]
        assert dump["provider_type"]
        assert dump["channel"] == "whatsapp"
        assert not (event.kind in ("unsupported", "ignored") and not event.reason)
        assert event.kind == "unsupported" or not event.is_malformed
        assert parse(element.raw).dump() == dump
        if element.unreadable:
            assert event.is_malformed


COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=300, **COMMON)
@given(deliveries())
def test_a_mutated_delivery_gives_one_event_for_each_element(document):
    _check(document)


@pytest.mark.slow
@settings(max_examples=6000, **COMMON)
@given(deliveries())
def test_thousands_of_mutated_deliveries_give_one_event_for_each_element(document):
    _check(document)


ENDS = {"recorded", "copy", "receipt", "waiting", "ignored", "dead letter"}


def _check_intake(hub, document):
    body = json.dumps(document).encode()
    wanted = _expected_count(json.loads(body))
    first, again = hub.take(body), hub.take(body)
    assert len(first) == len(again) == wanted
    assert set(first) <= ENDS
    assert set(again) <= ENDS
    assert "recorded" not in again, "a second delivery has no effect"


@settings(max_examples=250, **COMMON)
@given(deliveries())
def test_a_mutated_delivery_ends_somewhere_and_once(hub, document):
    _check_intake(hub, document)


@pytest.mark.slow
@settings(max_examples=3000, **COMMON)
@given(deliveries())
def test_thousands_of_mutated_deliveries_end_somewhere_and_once(hub, document):
    _check_intake(hub, document)


def test_every_fixture_ends_somewhere_and_once(hub):
    for document in DOCUMENTS:
        if isinstance(document, dict):
            _check_intake(hub, document)
    assert set(hub.taken) >= ENDS - {"receipt"}, "no fixture is of anything that we sent here"


@settings(max_examples=200, **COMMON)
@given(st.data())
def test_damaged_bytes_are_read_or_malformed(data):
    body = bytearray(json.dumps(data.draw(st.sampled_from(DOCUMENTS)), ensure_ascii=False).encode("utf-8", "replace"))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        elements = split(bytes(body))
    except Malformed:
        return
    for element in elements:
        assert parse(element.raw).dump()["channel"] == "whatsapp"
