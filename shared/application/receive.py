"""Makes the elements of a delivery durable: one message each on `inbound`. Standard library alone.

Nothing is answered before this returns. A delivery of 1,000 elements goes out in parallel lanes; all elements
of one person stay in one lane, in order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from shared.domain.element import Element
from shared.domain.errors import Transient
from shared.ports.files import Files
from shared.ports.queues import MAX_BATCH, MAX_BATCH_BYTES, MAX_MESSAGE_BYTES, Message, Queues

QUEUE: Final = "inbound"
MAX_LANES: Final = 8
BATCHES_PER_LANE: Final = 4
"""A thread is worth its start only when it saves a few round trips."""

PAUSES_S: Final = (0.05, 0.2, 0.5)
"""Waits before entries that a batch refused are tried again. Meta wants its answer within a second or so."""


def receive(
    elements: Sequence[Element],
    *,
    body: bytes,
    delivery: str,
    received_at: str,
    queues: Queues,
    files: Files,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Queue every element of this delivery; durable when it returns.

    `body` is the delivery as it came, `delivery` its id, `received_at` our clock (`…Z`). What is too large for a
    queue is put in Files as `inbound/<day>/<delivery>/<index>.json` and a pointer queued; for elements that nobody
    can read the whole body is put there once. `queues.send` is called from several threads.
    Raises Transient when an element could not be made durable: the provider will send the delivery again.
    """
    folder = f"inbound/{received_at[:10]}/{delivery}"
    if any(element.unreadable for element in elements):
        files.put(f"{folder}/body", body, "application/octet-stream")
    head = {"delivery": delivery, "received_at": received_at}
    messages = [_message(element, index, head, folder, files) for index, element in enumerate(elements)]
    lanes = _lanes(messages)
    if len(lanes) == 1:
        _send_lane(lanes[0], queues, pause)
    elif lanes:
        _send_lanes(lanes, queues, pause)


def _message(element: Element, index: int, head: dict[str, Any], folder: str, files: Files) -> Message:
    envelope: dict[str, Any] = {"channel": element.channel, **head, "index": index}
    if element.unreadable:
        envelope |= {"unreadable": element.unreadable, "raw_file": f"{folder}/body"}
        return _queued(element, _json(envelope))
    whole = _json({**envelope, "raw": element.raw})
    if len(whole) <= MAX_MESSAGE_BYTES:
        return _queued(element, whole)
    parked = f"{folder}/{index}.json"
    files.put(parked, _json(element.raw).encode(), "application/json")
    return _queued(element, _json({**envelope, "raw_file": parked}))


def _queued(element: Element, body: str) -> Message:
    return Message(body, element.group, element.deduplication)


def _json(content: dict[str, Any]) -> str:
    """ASCII alone: half an emoji, control characters and other scripts pass through any queue unchanged."""
    return json.dumps(content, separators=(",", ":"))


def _lanes(messages: Sequence[Message]) -> list[list[Message]]:
    """The messages spread over as many lanes as pay off, each group in one lane, in the order they came."""
    groups: dict[str, list[Message]] = {}
    for message in messages:
        groups.setdefault(message.group, []).append(message)
    wanted = -(-len(messages) // (MAX_BATCH * BATCHES_PER_LANE))
    lanes: list[list[Message]] = [[] for _ in range(min(MAX_LANES, wanted, len(groups)))]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(lanes, key=len).extend(group)
    return lanes


def _send_lanes(lanes: Sequence[list[Message]], queues: Queues, pause: Callable[[float], object]) -> None:
    from concurrent.futures import ThreadPoolExecutor  # only large deliveries pay for it

    with ThreadPoolExecutor(len(lanes)) as pool:
        sent = [pool.submit(_send_lane, lane, queues, pause) for lane in lanes]
    for each in sent:
        each.result()


def _send_lane(lane: Sequence[Message], queues: Queues, pause: Callable[[float], object]) -> None:
    for batch in _batches(lane):
        _send_batch(batch, queues, pause)


def _batches(lane: Sequence[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    for message in lane:
        length = len(message.body)  # ASCII: characters are bytes
        if batch and (len(batch) == MAX_BATCH or size + length > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += length
    if batch:
        yield batch


def _send_batch(batch: list[Message], queues: Queues, pause: Callable[[float], object]) -> None:
    """Send until nothing is refused. The next batch waits: within a person the order must hold."""
    refused = batch
    for wait_s in (0.0, *PAUSES_S):
        if wait_s:
            pause(wait_s)
        refused = [refused[index] for index in queues.send(QUEUE, refused)]
        if not refused:
            return
    raise Transient("the queue refused some of the elements again and again")
