"""The handlers with the events that AWS sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.crm_sync import app as crm_sync
from functions.relay import app as relay
from shared import bootstrap
from shared.aws.attributes import marshal_item
from shared.domain.errors import Transient
from shared.store import keys


class Settings:
    name = "demo"
    brands = None
    max_concurrent = None


class Config:
    """A configuration with one connector."""

    connectors = (Settings,)

    def connector(self, name: str) -> Any:
        return Settings if name == "demo" else None

    def connectors_of(self, brand: str) -> Any:
        return self.connectors


class LambdaContext:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def hub(fresh_world: Any) -> Iterator[Any]:
    """A hub whose implementations the handlers find where they look for them."""
    world = fresh_world()
    before = dict(bootstrap._installed)
    bootstrap.install(
        table=world.table,
        queues=world.queues,
        metrics=world.metrics,
        clock=world.clock,
        config=Config(),
        connectors={"demo": world.tool},
        logs=None,
    )
    crm_sync._means.cache_clear()
    yield world
    bootstrap._installed.clear()
    bootstrap.install(**before)
    crm_sync._means.cache_clear()


def sqs(body: str, receives: int = 1) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(receives),
        "SentTimestamp": "1800000000000",
        "MessageGroupId": "g1",
    }
    return {"Records": [{"messageId": "m1", "body": body, "attributes": attributes}]}


def stream(*changes: tuple[Any, Any]) -> dict[str, Any]:
    records = []
    for number, (before, after) in enumerate(changes):
        images: dict[str, Any] = {"SequenceNumber": f"s{number}"}
        if before:
            images["OldImage"] = marshal_item(before)
        if after:
            images["NewImage"] = marshal_item(after)
        records.append({"eventID": str(number), "eventName": "MODIFY", "dynamodb": images})
    return {"Records": records}


def test_stream_to_tool(hub: Any) -> None:
    hub.case(entries=2)
    case = hub.item(keys.case("k1"))

    assert relay.handler(stream((None, case)), None) == {"batchItemFailures": []}
    [trigger] = hub.queues.take()
    assert crm_sync.handler(sqs(trigger.body), LambdaContext()) == {"batchItemFailures": []}

    assert hub.tool.entries() == [1, 2]


def test_relay_names_the_first_record_it_could_not_relay(hub: Any) -> None:
    hub.case(entries=1)
    case = hub.item(keys.case("k1"))
    broken = case | {"sequence": "many"}

    answer = relay.handler(stream((None, case), (None, broken), (None, case)), None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "s1"}]}
    assert len(hub.queues.sent) == 1
    assert hub.metrics["relay_returned"] == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [("no trigger", "Malformed"), ('{"connector": "gone", "customer": "c1", "case": "k1"}', "Misconfigured")],
)
def test_message_nobody_can_follow_is_parked(hub: Any, body: str, error: str) -> None:
    assert crm_sync.handler(sqs(body), LambdaContext()) == {"batchItemFailures": []}

    [letter] = hub.letters()
    assert (letter["error"], letter["body"], letter["trace_id"]) == (error, body, "request-1")


def test_message_stays_on_its_queue_while_the_table_cannot_be_reached(hub: Any) -> None:
    trigger = hub.case(entries=1)

    def unreachable() -> None:
        raise Transient("unreachable")

    hub.table.before = unreachable
    answer = crm_sync.handler(sqs(trigger.body), LambdaContext())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    hub.table.before = lambda: None
    crm_sync.handler(sqs(trigger.body, receives=2), LambdaContext())
    assert hub.tool.entries() == [1]


def test_breaker_outlives_an_invocation(hub: Any) -> None:
    hub.tool.down = Transient("503")
    for number in range(6):
        trigger = hub.case(entries=1, case=f"k{number}", customer=f"c{number}")
        crm_sync.handler(sqs(json.dumps(json.loads(trigger.body))), LambdaContext())

    assert len(hub.tool.calls) == 5
    assert hub.metrics["breaker_opened"] == 1
