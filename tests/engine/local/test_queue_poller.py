"""Messages on their way to a function, as Lambda brings them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from local.definitions import QueueDefinition, QueueSource
from shared.ports.queues import Message

Start = Callable[..., Any]
Eventually = Callable[..., None]

QUEUES = {
    "inbound": QueueDefinition("inbound", "test-inbound.fifo", visibility_s=0.3, dead_letters="dead", max_receives=2),
    "dead": QueueDefinition("dead", "test-inbound-dlq.fifo"),
}


def source(*, batch: int = 10, concurrency: int = 4, partial: bool = True) -> QueueSource:
    return QueueSource("reader", "inbound", batch, concurrency, partial)


def send(hub: Any, *bodies: str, group: str = "g") -> None:
    assert hub.storage.queues.send("inbound", [Message(body, group, f"{group}{body}") for body in bodies]) == ()


class Recorder:
    """A handler that notes the bodies of each call and answers as it is told."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any] = lambda _: None) -> None:
        self.events: list[dict[str, Any]] = []
        self._answer = answer

    def __call__(self, event: dict[str, Any], _: Any) -> Any:
        self.events.append(event)
        return self._answer(event)

    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in event["Records"]] for event in self.events]


def is_empty(hub: Any) -> bool:
    depth = hub.storage.queues.depths()["inbound"]
    return (depth.waiting, depth.in_flight) == (0, 0)


def test_a_record_has_the_shape_of_sqs(started: Start, eventually: Eventually) -> None:
    reader = Recorder()
    hub = started({"reader": reader}, queues=QUEUES, queue_sources=(source(),))
    send(hub, "hola")
    eventually(lambda: is_empty(hub))
    (record,) = reader.events[0]["Records"]
    attributes = record.pop("attributes")
    assert attributes["ApproximateReceiveCount"] == "1"
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "ghola")
    assert abs(int(attributes["SentTimestamp"]) / 1000 - time.time()) < 10
    assert attributes["ApproximateFirstReceiveTimestamp"] >= attributes["SentTimestamp"]
    assert attributes["SequenceNumber"].isdigit()
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":test-inbound.fifo")
    assert all(record[name] for name in ("messageId", "receiptHandle", "awsRegion"))


def test_a_message_is_brought_in_milliseconds(started: Start, eventually: Eventually) -> None:
    arrived: list[float] = []
    hub = started({"reader": lambda *_: arrived.append(time.perf_counter())}, queues=QUEUES, queue_sources=(source(),))
    delays = []
    for n in range(10):
        sent = time.perf_counter()
        send(hub, str(n))
        eventually(lambda n=n: len(arrived) == n + 1)
        delays.append(arrived[-1] - sent)
    assert sorted(delays)[5] < 0.1


def test_what_failed_comes_again_after_its_visibility_and_the_rest_does_not(
    started: Start, eventually: Eventually
) -> None:
    def second_fails_once(event: dict[str, Any]) -> dict[str, Any]:
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]}
                for record in event["Records"]
                if record["body"] == "2" and record["attributes"]["ApproximateReceiveCount"] == "1"
            ]
        }

    reader = Recorder(second_fails_once)
    hub = started({"reader": reader}, queues=QUEUES, queue_sources=(source(concurrency=1),))
    send(hub, "1", "2")
    began = time.monotonic()
    eventually(lambda: len(reader.events) == 2 and is_empty(hub))
    assert reader.bodies() == [["1", "2"], ["2"]]
    assert time.monotonic() - began >= 0.25


def test_a_batch_whose_handler_raises_comes_again_whole_then_is_dead(started: Start, eventually: Eventually) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError

    reader = Recorder(fail)
    hub = started({"reader": reader}, queues=QUEUES, queue_sources=(source(),))
    send(hub, "1", "2")
    eventually(lambda: is_empty(hub))
    assert reader.bodies() == [["1", "2"]] * 2
    assert [message.body for message in hub.storage.queues.receive("dead")] == ["1", "2"]


def test_a_strange_identifier_fails_the_whole_batch(started: Start, eventually: Eventually) -> None:
    answers = [{"batchItemFailures": [{"itemIdentifier": "nobody"}]}, {"batchItemFailures": []}]
    reader = Recorder(lambda _: answers.pop(0))
    hub = started({"reader": reader}, queues=QUEUES, queue_sources=(source(),))
    send(hub, "1", "2")
    eventually(lambda: is_empty(hub))
    assert reader.bodies() == [["1", "2"]] * 2


def test_without_partial_answers_what_is_answered_does_not_matter(started: Start, eventually: Eventually) -> None:
    reader = Recorder(lambda event: {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]})
    hub = started({"reader": reader}, queues=QUEUES, queue_sources=(source(partial=False),))
    send(hub, "1")
    eventually(lambda: is_empty(hub))
    assert reader.bodies() == [["1"]]


def test_groups_are_worked_on_at_once_and_a_group_never_twice_at_once(started: Start, eventually: Eventually) -> None:
    lock = threading.Lock()
    running: list[str] = []
    seen: list[list[str]] = []
    together = threading.Barrier(2, timeout=5)

    def work(event: dict[str, Any], _: Any) -> None:
        groups = [record["attributes"]["MessageGroupId"] for record in event["Records"]]
        with lock:
            assert not set(groups) & set(running)
            running.extend(groups)
        if event["Records"][0]["body"] == "0":
            together.wait()
        with lock:
            seen.append([record["body"] for record in event["Records"]])
            for group in groups:
                running.remove(group)

    hub = started({"reader": work}, queues=QUEUES, queue_sources=(source(batch=1),))
    for n in range(3):
        for group in ("a", "b"):
            send(hub, str(n), group=group)
    eventually(lambda: is_empty(hub))
    assert len(seen) == 6
    assert together.broken is False


def test_what_was_in_flight_at_the_end_comes_again_at_the_next_start(started: Start, eventually: Eventually) -> None:
    reader = Recorder()
    queues = {"inbound": QueueDefinition("inbound", "test-inbound.fifo", visibility_s=3600)}
    hub = started({}, queues=queues)
    send(hub, "1")
    assert len(hub.storage.queues.receive("inbound")) == 1
    hub = started({"reader": reader}, queues=queues, queue_sources=(source(),))
    eventually(lambda: is_empty(hub))
    assert reader.events[0]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
