"""Whatever happens to a delivery of Messenger or Instagram on its way here, each element becomes one event, none raises
and all of them end somewhere."""

from __future__ import annotations

import itertools
import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.application.intake import Intake
from shared.application.record import Context
from shared.channels.instagram import parse as instagram
from shared.channels.instagram.webhook import split as split_instagram
from shared.channels.messenger import parse as messenger
from shared.channels.messenger.webhook import split as split_messenger
from shared.configuration import parse as configuration
from shared.domain.errors import Malformed, Permanent
from shared.domain.ids import uuid7
from tests.contract.meta.tables import fixtures
from tests.engine.record.bench import Counters, Shelf

READ = {"messenger": (split_messenger, messenger), "instagram": (split_instagram, instagram)}
DOCUMENTS = [(channel, json.loads(body)) for channel in READ for body in fixtures(channel).values()]
NOW = 1_795_341_600.0
CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: messenger, id: "400000000000001", brand: acme, secret: messenger}
- {channel: instagram, id: "17840000000000001", brand: acme, secret: instagram, page: "400000000000001"}
connectors: []
"""
ENDS = {"recorded", "copy", "receipt", "waiting", "ignored", "dead letter"}


def _nested(depth: int) -> Any:
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"text": value}
    return value


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 10**11, 10**12, 10**18, 10**39, 2**63, 0.5, 1e308, float("nan"), float("inf")]),
    st.sampled_from(
        ["", " ", "0", "-1", "1e999", "NaN", "١٢٣", "17840000000000001", "400000000000001", "https://", "#"]
    ),
    st.sampled_from(["\ud83d", "\x00", "\u202e", "👩‍👩‍👧‍👦", "9" * 300, "a" * 5000, "https://[", "hilo:x:1:0"]),
    st.text(max_size=20),
    st.sampled_from([[], {}, [[]], [None], {"": None}, [{}], [1, "x", {}], {"id": "7"}]),
    st.sampled_from(["image", "sticker", "location", "template", "add", "edited", "remove", "comment", "unreact"]),
    st.builds(_nested, st.sampled_from([5, 30, 60, 70, 150])),
)
NAMES = ["message", "messaging", "standby", "changes", "value", "id", "sender", "recipient", "mid", "postback", "read"]
NAMES += ["statuses", "messages", "from", "delivery", "text", "type", "payload", "is_echo", "timestamp"]


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


def _mutate(draw: st.DrawFn, document: Any) -> Any:
    places = [place for place in _places(document) if 0 < len(place) < 60]
    if not places:
        return document
    place = draw(st.sampled_from(places))
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    key = place[-1]
    change = draw(st.sampled_from(["replace", "replace", "drop", "double", "wrap", "rename"]))
    if change == "replace":
        holder[key] = deepcopy(draw(ODD))
    elif change == "drop":
        del holder[key]
    elif change == "wrap":
        holder[key] = draw(st.sampled_from([[holder[key]], {"x": holder[key]}]))
    elif change == "double" and isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    elif change == "rename" and isinstance(holder, dict):
        holder[draw(st.sampled_from(NAMES))] = holder.pop(key)
    return document


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, Any]:
    """A fixture to which one to four things happened."""
    channel, document = draw(st.sampled_from(DOCUMENTS))
    document = deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        document = _mutate(draw, document)
    return channel, document


def _check(channel: str, document: Any) -> None:
    split, parser = READ[channel]
    for element in split(json.dumps(document).encode()):
        json.dumps(element.raw, allow_nan=False)
        event = parser.parse(element.raw)
        dump = event.dump()
        json.dumps(dump, ensure_ascii=False, allow_nan=False).encode("utf-8")
        assert dump["message_id"]
        assert dump["provider_type"]
        assert dump["channel"] == channel
        assert not (event.kind in ("unsupported", "ignored") and not event.reason)
        assert event.kind == "unsupported" or not event.is_malformed
        assert parser.parse(element.raw).dump() == dump
        if element.unreadable:
            assert event.is_malformed


COMMON: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


@settings(max_examples=400, **COMMON)
@given(deliveries())
def test_a_mutated_delivery_gives_one_event_for_each_element(delivery: tuple[str, Any]) -> None:
    _check(*delivery)


@pytest.mark.slow
@settings(max_examples=10_000, **COMMON)
@given(deliveries())
def test_thousands_of_mutated_deliveries_give_one_event_for_each_element(delivery: tuple[str, Any]) -> None:
    _check(*delivery)


def test_every_single_value_replaced_removed_or_doubled_is_read() -> None:
    """One change at each place of each fixture, with one odd value of each sort."""
    for channel, document in DOCUMENTS:
        for place in _places(document)[1:]:
            for odd in (None, True, -1, 10**18, "", "\ud83d", [], {}, [None], {"id": "7"}):
                changed = deepcopy(document)
                holder = changed
                for key in place[:-1]:
                    holder = holder[key]
                holder[place[-1]] = odd
                split, parser = READ[channel]
                for element in split(json.dumps(changed).encode()):
                    assert parser.parse(element.raw).channel == channel


class Taking:
    """Intake over a table, to which deliveries are handed whole."""

    def __init__(self, table: Any) -> None:
        numbers = itertools.count()
        self._deliveries = itertools.count()
        context = Context(
            table,
            Shelf(),
            Counters(),
            configuration(CONFIG, "test", {}),
            lambda: NOW,
            lambda: uuid7(NOW + next(numbers) / 1000, next(numbers).to_bytes(10, "big")),
            lambda _: None,
        )
        self._intake = Intake(context, {channel: parser for channel, (_, parser) in READ.items()}.__getitem__)

    def take(self, channel: str, document: Any) -> list[str]:
        head = {"channel": channel, "delivery": f"d{next(self._deliveries)}", "received_at": "2026-11-22T10:00:00Z"}
        ends = []
        for index, element in enumerate(READ[channel][0](json.dumps(document).encode())):
            envelope: dict[str, Any] = {**head, "index": index, "raw": element.raw}
            if element.unreadable:
                envelope["unreadable"] = element.unreadable
            try:
                ends.append(self._intake.take(json.dumps(envelope)).result)
            except (Malformed, Permanent):
                ends.append("dead letter")
        return ends


@pytest.fixture(scope="module")
def taking(hub: Any) -> Taking:
    """On one table for all examples of this module: what earlier ones left is part of the trial."""
    return Taking(hub.table)


def test_every_fixture_ends_somewhere_and_once(taking: Taking) -> None:
    seen = set()
    for channel, document in DOCUMENTS:
        first, again = taking.take(channel, document), taking.take(channel, document)
        assert "recorded" not in again, (channel, document)
        seen |= set(first) | set(again)
    assert seen == ENDS


@settings(max_examples=250, **COMMON)
@given(deliveries())
def test_a_mutated_delivery_ends_somewhere_and_once(taking: Taking, delivery: tuple[str, Any]) -> None:
    first, again = taking.take(*delivery), taking.take(*delivery)
    assert set(first) | set(again) <= ENDS
    assert "recorded" not in again, "a second delivery has no effect"
