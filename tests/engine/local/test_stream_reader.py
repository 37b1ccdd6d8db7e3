"""Changes on their way to a function, as Lambda brings them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.definitions import QueueDefinition, StreamSource
from shared.ports.table import Delete, Put, Update

Start = Callable[..., Any]
Eventually = Callable[..., None]

FAILURES = {"failures": QueueDefinition("failures", "failures", fifo=False)}


def source(**how: Any) -> StreamSource:
    usual: dict[str, Any] = {
        "reader": "Relay.Changes",
        "function": "relay",
        "batch_size": 100,
        "lanes": 1,
        "partial": True,
        "bisect": True,
        "retries": 2,
        "failures": "failures",
    }
    return StreamSource(**{**usual, **how})


class Recorder:
    """A handler that notes each call's records and answers as it is told."""

    def __init__(self, answer: Callable[[list[dict[str, Any]]], Any] = lambda _: None) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._answer = answer

    def __call__(self, event: dict[str, Any], _: Any) -> Any:
        self.calls.append(event["Records"])
        return self._answer(event["Records"])

    def calls_by_key(self) -> list[list[str]]:
        return [[record["dynamodb"]["Keys"]["sk"]["S"] for record in call] for call in self.calls]

    def all_keys(self) -> list[str]:
        return [key for call in self.calls_by_key() for key in call]


def put(hub: Any, *sort_keys: str, pk: str = "CAS#1") -> None:
    hub.storage.table.transact([Put({"pk": pk, "sk": sk}) for sk in sort_keys])


def test_records_have_the_shape_of_the_stream(started: Start, eventually: Eventually) -> None:
    relay = Recorder()
    hub = started({"relay": relay}, queues=FAILURES, stream_sources=(source(),))
    table = hub.storage.table
    table.transact([Put({"pk": "CAS#1", "sk": "CASE", "n": 1, "raw": b"\x00"})])
    table.transact([Update(("CAS#1", "CASE"), add={"n": 1})])
    table.transact([Delete(("CAS#1", "CASE"))])
    eventually(lambda: len(relay.all_keys()) == 3)
    records = [record for call in relay.calls for record in call]
    first = {"pk": {"S": "CAS#1"}, "sk": {"S": "CASE"}, "n": {"N": "1"}, "raw": {"B": "AA=="}}
    second = {**first, "n": {"N": "2"}}
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    images = [(record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage")) for record in records]
    assert images == [(None, first), (first, second), (second, None)]
    assert all(record["dynamodb"]["Keys"] == {"pk": {"S": "CAS#1"}, "sk": {"S": "CASE"}} for record in records)
    assert all(record["eventSource"] == "aws:dynamodb" for record in records)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


def test_what_changes_nothing_is_no_change(started: Start, eventually: Eventually) -> None:
    relay = Recorder()
    hub = started({"relay": relay}, queues=FAILURES, stream_sources=(source(),))
    put(hub, "a")
    put(hub, "a")
    hub.storage.table.transact([Delete(("CAS#1", "nothing"))])
    put(hub, "b")
    eventually(lambda: relay.all_keys()[-1:] == ["b"])
    assert relay.all_keys() == ["a", "b"]


def test_after_a_partial_failure_the_rest_comes_again(started: Start, eventually: Eventually) -> None:
    answers: list[int | None] = [2, None, None, None]

    def fail_at(records: list[dict[str, Any]]) -> Any:
        place = answers.pop(0)
        if place is None:
            return {"batchItemFailures": []}
        return {"batchItemFailures": [{"itemIdentifier": records[place]["dynamodb"]["SequenceNumber"]}]}

    relay = Recorder(fail_at)
    hub = started({})
    put(hub, "a", "b", "c", "d")
    started({"relay": relay}, queues=FAILURES, stream_sources=(source(),))
    eventually(lambda: len(relay.all_keys()) == 6)
    assert relay.calls_by_key() == [["a", "b", "c", "d"], ["c"], ["d"]]


def test_one_poison_change_is_given_up_and_no_other(started: Start, eventually: Eventually) -> None:
    def fail_on_poison(records: list[dict[str, Any]]) -> None:
        if any(record["dynamodb"]["Keys"]["sk"]["S"] == "poison" for record in records):
            raise RuntimeError

    relay = Recorder(fail_on_poison)
    hub = started({})
    put(hub, "a", "b", "poison", "c", "d")
    hub = started({"relay": relay}, queues=FAILURES, stream_sources=(source(),))
    eventually(lambda: "d" in [key for call in relay.calls_by_key() if "poison" not in call for key in call])
    taken = [key for call in relay.calls_by_key() if "poison" not in call for key in call]
    assert taken == ["a", "b", "c", "d"]
    assert relay.calls_by_key().count(["poison"]) == 3
    (note,) = hub.storage.queues.receive("failures")
    told = json.loads(note.body)
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert "CAS#1" not in note.body


def test_a_reader_goes_on_where_it_was(started: Start, eventually: Eventually) -> None:
    first, second = Recorder(), Recorder()
    hub = started({"relay": first}, queues=FAILURES, stream_sources=(source(),))
    put(hub, "a")
    eventually(lambda: first.all_keys() == ["a"])
    hub = started({})
    put(hub, "b")
    hub = started({"relay": second}, queues=FAILURES, stream_sources=(source(),))
    put(hub, "c")
    eventually(lambda: second.all_keys()[-1:] == ["c"])
    assert second.all_keys() in (["b", "c"], ["a", "b", "c"])


@pytest.mark.parametrize("lanes", [(1, 3), (3, 1), (3, 3), (2, 4)])
def test_items_of_one_key_keep_their_order_whatever_the_lanes(
    started: Start, eventually: Eventually, lanes: tuple[int, int]
) -> None:
    relay = Recorder()
    total = 0
    for count in lanes:
        hub = started({"relay": relay}, queues=FAILURES, stream_sources=(source(lanes=count, batch_size=3),))
        for n in range(10):
            for customer in "abcd":
                hub.storage.table.transact([Put({"pk": customer, "sk": f"{total + n:03d}"})])
        total += 10
        expected = 4 * total
        eventually(lambda expected=expected: len(_names(relay)) == expected)
    for customer in "abcd":
        firsts = [name for name in _names(relay) if name.startswith(customer)]
        assert firsts == sorted(firsts)


def _names(relay: Recorder) -> dict[str, None]:
    """Every change once, in the order in which they were first brought."""
    records = [record["dynamodb"]["Keys"] for call in list(relay.calls) for record in call]
    return dict.fromkeys(keys["pk"]["S"] + keys["sk"]["S"] for keys in records)


def test_what_every_reader_has_passed_is_deleted(started: Start, eventually: Eventually) -> None:
    relay, other = Recorder(), Recorder()
    sources = (source(), source(reader="Figures.Changes", function="figures", lanes=2))
    handlers = {"relay": relay, "figures": other}
    hub = started(handlers, queues=FAILURES, stream_sources=sources)
    put(hub, *"abcdefgh")
    eventually(lambda: len(relay.all_keys()) == 8 and len(other.all_keys()) == 8)
    hub = started(handlers, queues=FAILURES, stream_sources=sources)
    left = hub.storage.database.read(
        lambda connection: connection.execute("SELECT COUNT(*) FROM changes").fetchone()[0]
    )
    assert left == 0
    assert len(relay.all_keys()) == 8


def test_a_source_with_windows_is_told_its_shard_and_answers_with_a_state(started: Any, eventually: Eventually) -> None:
    told: list[dict[str, Any]] = []

    def figures(event: dict[str, Any], _: Any) -> Any:
        told.append(event)
        return {"state": {}} if len(told) > 1 else {}

    hub = started({"relay": figures}, queues=FAILURES, stream_sources=(source(in_windows=True),))
    put(hub, "a")
    eventually(lambda: len(told) == 2)
    assert [each["shardId"] for each in told] == ["shardId-embedded-0"] * 2, "without a state the batch comes again"
    assert not told[0]["isFinalInvokeForWindow"]
    put(hub, "b")
    eventually(lambda: len(told) == 3)
    assert told[2]["Records"][0]["dynamodb"]["Keys"]["sk"] == {"S": "b"}
