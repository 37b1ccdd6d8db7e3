"""Elements on their way into the queue."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from shared.application.receive import MAX_LANES, PAUSES_S, receive
from shared.domain.element import Element
from shared.domain.errors import Transient
from shared.ports.queues import MAX_BATCH, MAX_BATCH_BYTES, MAX_MESSAGE_BYTES, Message

BODY = b'{"the": "delivery"}'


class Queue:
    """Keeps what is sent, and refuses as told: `refusals` maps a deduplication id to how often."""

    def __init__(self, refusals: dict[str, int] | None = None, down: bool = False) -> None:
        self.sent: list[Message] = []
        self.batches: list[int] = []
        self.threads: set[int] = set()
        self.refusals = defaultdict(int, refusals or {})
        self.down = down
        self._lock = threading.Lock()

    def send(self, queue: str, batch: Sequence[Message]) -> tuple[int, ...]:
        assert queue == "inbound"
        assert 0 < len(batch) <= MAX_BATCH
        assert sum(len(message.body.encode()) for message in batch) <= MAX_BATCH_BYTES
        with self._lock:
            if self.down:
                raise Transient("unreachable")
            self.batches.append(len(batch))
            self.threads.add(threading.get_ident())
            refused = []
            for index, message in enumerate(batch):
                self.refusals[message.deduplication] -= 1
                if self.refusals[message.deduplication] >= 0:
                    refused.append(index)
                else:
                    self.sent.append(message)
            return tuple(refused)

    def depths(self) -> dict[str, Any]:
        return {}


class Folder:
    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        assert key not in self.content
        self.content[key] = content

    def get(self, key: str) -> bytes | None:
        return self.content.get(key)

    def start(self, key: str, length: int) -> bytes | None:
        return self.content[key][:length] if key in self.content else None

    def delete(self, key: str) -> None:
        del self.content[key]


def element(n: int, person: str = "a", size: int = 10, unreadable: str | None = None) -> Element:
    raw = {} if unreadable else {"n": n, "text": "x" * size}
    return Element("whatsapp", "1", person, (str(n),), raw, unreadable)


@pytest.fixture
def folder() -> Folder:
    return Folder()


def send(elements: Sequence[Element], queue: Queue, folder: Folder) -> list[float]:
    waits: list[float] = []
    receive(
        elements,
        body=BODY,
        delivery="d1",
        received_at="2026-11-22T10:00:00Z",
        queues=queue,
        files=folder,
        pause=waits.append,
    )
    return waits


def test_a_message_is_the_envelope_of_the_design(folder):
    queue = Queue()
    send([element(1)], queue, folder)
    (message,) = queue.sent
    assert json.loads(message.body) == {
        "channel": "whatsapp",
        "delivery": "d1",
        "index": 0,
        "received_at": "2026-11-22T10:00:00Z",
        "raw": {"n": 1, "text": "x" * 10},
    }
    assert (message.group, message.deduplication) == (element(1).group, element(1).deduplication)
    assert folder.content == {}


def test_nothing_to_send_sends_nothing(folder):
    queue = Queue()
    send([], queue, folder)
    assert (queue.batches, folder.content) == ([], {})


def test_a_thousand_elements_of_many_people_keep_each_persons_order(folder):
    queue = Queue()
    elements = [element(n, person=str(n % 37)) for n in range(1000)]
    send(elements, queue, folder)
    by_person = defaultdict(list)
    for message in queue.sent:
        envelope = json.loads(message.body)
        by_person[envelope["raw"]["n"] % 37].append(envelope["index"])
    assert sum(map(len, by_person.values())) == 1000
    assert all(indexes == sorted(indexes) for indexes in by_person.values())
    assert 1 <= len(queue.threads) <= MAX_LANES
    assert len(queue.batches) <= 100 + MAX_LANES


def test_one_person_stays_in_one_lane(folder):
    queue = Queue()
    send([element(n) for n in range(500)], queue, folder)
    assert len(queue.threads) == 1
    assert [json.loads(message.body)["index"] for message in queue.sent] == list(range(500))


def test_a_small_delivery_needs_no_thread(folder):
    queue = Queue()
    send([element(n, person=str(n)) for n in range(25)], queue, folder)
    assert queue.threads == {threading.get_ident()}


def test_batches_stay_within_the_size_of_a_send(folder):
    queue = Queue()
    send([element(n, size=100_000) for n in range(7)], queue, folder)
    assert queue.batches == [2, 2, 2, 1]


def test_an_element_too_large_for_a_message_is_parked_and_pointed_to(folder):
    queue = Queue()
    large = element(1, size=MAX_MESSAGE_BYTES)
    send([element(0), large], queue, folder)
    pointer = json.loads(queue.sent[1].body)
    assert pointer == {
        "channel": "whatsapp",
        "delivery": "d1",
        "index": 1,
        "received_at": "2026-11-22T10:00:00Z",
        "raw_file": "inbound/2026-11-22/d1/1.json",
    }
    assert json.loads(folder.content["inbound/2026-11-22/d1/1.json"]) == large.raw


def test_for_unreadable_elements_the_whole_body_is_kept_once(folder):
    queue = Queue()
    send([element(0, unreadable="too deep"), element(1), element(2, unreadable="too deep")], queue, folder)
    assert folder.content == {"inbound/2026-11-22/d1/body": BODY}
    envelopes = [json.loads(message.body) for message in queue.sent]
    assert [envelope.get("unreadable") for envelope in envelopes] == ["too deep", None, "too deep"]
    assert envelopes[0]["raw_file"] == envelopes[2]["raw_file"] == "inbound/2026-11-22/d1/body"
    assert "raw" not in envelopes[0]


def test_half_an_emoji_and_other_scripts_pass_as_ascii(folder):
    queue = Queue()
    odd = Element("whatsapp", "1", "a", ("1",), {"text": "\ud83d ñ \x00 \uffff"})
    send([odd], queue, folder)
    assert queue.sent[0].body.isascii()
    assert json.loads(queue.sent[0].body)["raw"] == odd.raw


def test_what_a_batch_refuses_is_sent_again_before_the_next(folder):
    elements = [element(n) for n in range(25)]
    queue = Queue(refusals={elements[3].deduplication: 2})
    waits = send(elements, queue, folder)
    assert len(queue.sent) == 25
    assert queue.batches == [10, 1, 1, 10, 5]
    assert waits == list(PAUSES_S[:2])


@pytest.mark.parametrize("count", [3, 400])
def test_what_is_refused_again_and_again_is_told(count, folder):
    elements = [element(n, person=str(n)) for n in range(count)]
    queue = Queue(refusals={elements[1].deduplication: 99})
    with pytest.raises(Transient):
        send(elements, queue, folder)


@pytest.mark.parametrize("count", [3, 400])
def test_a_queue_that_is_down_is_told(count, folder):
    with pytest.raises(Transient):
        send([element(n, person=str(n)) for n in range(count)], Queue(down=True), folder)
