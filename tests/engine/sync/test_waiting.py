"""What overtook its target waits a day for it, and then comes to an end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from functions.clock import app as clock
from shared import bootstrap
from shared.application.intake import Intake
from shared.application.look_again import KINDS
from shared.application.record import Context
from shared.application.waiting import look_at
from shared.configuration import parse
from shared.domain.event import Event
from shared.domain.ids import uuid7
from shared.store import keys
from shared.store.back import key_of

CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: default, secret: whatsapp}
connectors: []
"""
MARK = keys.message("whatsapp", "200000000000001", "m1")
RECEIPT = {"receipt": {"state": "read", "target": "m1"}, "direction": "inbound", "author": {"type": "system"}}


class Plain:
    """A channel whose raw original is the event itself."""

    def parse(self, raw: Mapping[str, Any]) -> Event:
        return Event.model_validate(raw)


class Shelf(dict[str, bytes]):
    """Files in memory."""

    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self[key] = content

    def delete(self, key: str) -> None:
        self.pop(key, None)


def event(kind: str, message_id: str, **more: Any) -> dict[str, Any]:
    said = {"channel": "whatsapp", "account": "200000000000001", "kind": kind, "message_id": message_id}
    person = {"kind": "phone", "value": "+593991234567", "level": "channel"}
    return said | {"author": {"type": "customer"}, "provider_type": kind, "identities": [person]} | more


@dataclass
class Hub:
    world: Any
    intake: Intake


@pytest.fixture
def hub(fresh_world: Any) -> Hub:
    world, numbers = fresh_world(), itertools.count()
    context = Context(
        table=world.table,
        files=Shelf(),
        metrics=world.metrics,
        config=parse(CONFIG, "hub.yaml", {}),
        clock=world.clock,
        new_id=lambda: uuid7(world.now, next(numbers).to_bytes(10, "big")),
        pause=lambda _: None,
    )
    return Hub(world, Intake(context, lambda _: Plain()))


def arrives(hub: Hub, said: dict[str, Any]) -> str:
    envelope = {"channel": "whatsapp", "delivery": "d1", "index": 0, "received_at": "2027-01-15T08:00:00Z", "raw": said}
    return hub.intake.take(json.dumps(envelope)).result


def waiting(hub: Hub) -> list[Any]:
    return hub.intake.context.table.query(keys.waiting(MARK, "")[0]).items


def look(hub: Hub) -> None:
    for item in waiting(hub):
        look_at((item["pk"], item["sk"]), now=hub.intake.context.clock(), intake=hub.intake, trace_id="trace-1")


def test_revision_of_a_message_that_never_came_is_parked_after_a_day(hub: Hub) -> None:
    world = hub.world
    assert arrives(hub, event("edit", "m2", in_reply_to="m1", text="Hola")) == "waiting"
    world.pass_time(86_400)

    look(hub)

    [letter] = world.letters()
    assert (letter["origin"], letter["queue"], letter["error"]) == ("clock", "inbound", "Malformed")
    assert json.loads(letter["body"])["raw"]["message_id"] == "m2"
    assert waiting(hub) == []
    assert world.item(MARK) is None


def test_receipt_of_a_message_that_never_came_is_counted_after_a_day(hub: Hub) -> None:
    world = hub.world
    assert arrives(hub, event("receipt", "m1:read", **RECEIPT)) == "waiting"
    world.pass_time(86_400)

    look(hub)

    assert world.letters() == []
    assert waiting(hub) == []
    assert world.metrics["ignored"] == 1


def test_wait_that_is_not_over_goes_on(hub: Hub) -> None:
    world = hub.world
    arrives(hub, event("edit", "m2", in_reply_to="m1", text="Hola"))
    world.pass_time(86_399)

    look(hub)

    assert len(waiting(hub)) == 1
    assert world.letters() == []


def test_item_that_was_let_in_meanwhile_is_nothing(hub: Hub) -> None:
    look_at(keys.waiting(MARK, "gone"), now=hub.intake.context.clock(), intake=hub.intake, trace_id="trace-1")

    assert hub.world.letters() == []


class LambdaContext:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 50_000


@pytest.fixture
def installed(hub: Hub) -> Iterator[Any]:
    world, context = hub.world, hub.intake.context
    before = dict(bootstrap._installed)
    parts = {name: getattr(context, name) for name in ("table", "files", "metrics", "config", "clock")}
    bootstrap.install(**parts, queues=world.queues, logs=None)
    yield world
    bootstrap._installed.clear()
    bootstrap.install(**before)


def test_clock_function_looks_at_every_kind(installed: Any) -> None:
    world = installed
    world.case(entries=1, **keys.due(keys.case("k1"), "2027-01-15T08:00:00Z"))
    key = keys.cursor("k1", "demo")
    world.put({"pk": key[0], "sk": key[1], "customer": "c1", "pushed": 0, **keys.due(key, "2027-01-15T08:00:00Z")})
    other = keys.reference_to_contact("c1", "demo")
    world.put({"pk": other[0], "sk": other[1], "version": 0, **keys.due(other, "2027-01-15T08:00:00Z")})
    gone = keys.waiting(MARK, "e1")
    said = {"channel": "whatsapp", "delivery": "d1", "index": 0, "received_at": "2027-01-15T08:00:00Z"}
    envelope = json.dumps(said | {"unreadable": "not JSON"})
    item = {"envelope": envelope, "since": "2027-01-14T08:00:00Z", "target": MARK[0]}
    world.put({"pk": gone[0], "sk": gone[1], **item, **keys.due(gone, "2027-01-15T08:00:00Z")})
    back = key_of("demo", "12#a")
    world.put({"pk": back[0], "sk": back[1], "failures": 1, **keys.due(back, "2027-01-15T08:00:00Z")})
    for parted in ("m1", "m2"):
        pk, sk = keys.customer(parted)
        world.put({"pk": pk, "sk": sk, "id": parted, "identities": [], "conversations": [], "cases": {}, "version": 1})
    undone = keys.merge("m1", "m1~0123456789ab")
    record = {"id": "m1~0123456789ab", "status": "undone", "share": ["m2"], "stayed": ["m1"]}
    world.put({"pk": undone[0], "sk": undone[1], **record, **keys.due(undone, "2027-01-15T08:00:00Z")})

    counts = clock.handler({}, LambdaContext())

    done = {"due_announced": 3, "reconciled": 0, "waiting_looked_at": 1, "merges_looked_at": 1}
    assert counts == done
    due = "2027-01-15T08:00:00Z"
    assert [json.loads(hint) for hint in world.queues.hints] == [
        {"connector": "demo", "ticket": "12#a", "id": due, "due": due}
    ]
    assert "due_pk" not in world.item(undone)
    assert sorted(trigger.case or "" for trigger in world.queues.sent) == ["", "k1"]
    assert [letter["origin"] for letter in world.letters()] == ["clock"]
    assert set(KINDS) - {"CAS/OUT", "CAS/FILE"} == {
        *("CAS/SYNC", "CAS/CASE", "CUS/REF", "CUS/MRG", "CUS/JRN", "EXT/BACK", "KPI/LOOK", "PEND")
    }
