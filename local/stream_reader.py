"""Brings the table's changes to a function, in order, as Lambda's stream poller does."""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local.definitions import StreamSource
from local.functions import ACCOUNT, REGION, Function, failed_items, report
from local.precedence import Precedence
from local.sqlite.queues import SqliteQueues
from local.sqlite.stream import Change, Lane, Stream
from shared.domain.errors import Transient
from shared.ports.queues import Message

LOG: Final = logging.getLogger("hilo")

STREAM_ARN: Final = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/hub/stream/embedded"
SHARD: Final = "shardId-embedded"
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0


class StreamReader:
    """One thread per lane. A lane goes on only when a batch was taken, or given up after the retries allowed."""

    def __init__(
        self,
        source: StreamSource,
        function: Function,
        stream: Stream,
        queues: SqliteQueues,
        stop: threading.Event,
        precedence: Precedence,
    ) -> None:
        self._stream = stream
        lanes = [
            _LaneReader(source, function, stream, number, queues, stop, precedence) for number in range(source.lanes)
        ]
        self.threads = [
            threading.Thread(target=lane.read, name=f"{source.reader}-{number}", daemon=True)
            for number, lane in enumerate(lanes)
        ]

    def wake(self) -> None:
        """Let those who sleep notice that they should stop."""
        self._stream.changed.call_all()


class _LaneReader:
    def __init__(
        self,
        source: StreamSource,
        function: Function,
        stream: Stream,
        number: int,
        queues: SqliteQueues,
        stop: threading.Event,
        precedence: Precedence,
    ) -> None:
        self._source = source
        self._function = function
        self._changed = stream.changed
        self._lane: Lane = stream.lane(source.reader, number)
        self._queues = queues
        self._stop = stop
        self._precedence = precedence
        self._window = window(f"{SHARD}-{number}") if source.in_windows else {}

    def read(self) -> None:
        while not self._stop.is_set():
            try:
                seen = self._changed.seen()
                with self._precedence.turn():
                    changes = self._lane.next(self._source.batch_size)
                    if changes:
                        self._bring(changes)
                if not changes and not self._stop.is_set():
                    self._changed.wait(seen)
            except Transient as error:
                if not self._stop.is_set():
                    report(self._source.reader, error)
                    self._stop.wait(1.0)

    def _bring(self, changes: list[Change]) -> None:
        """Everything of this batch, in order: halves of a failing batch one after the other."""
        waiting = [(changes, 0)]
        while waiting and not self._stop.is_set():
            batch, attempts = waiting.pop()
            taken = self._call(batch)
            if taken:
                self._lane.commit(batch[taken - 1].seq)
            rest = batch[taken:]
            if rest:
                # A step forward is not counted as an attempt at what comes after it.
                waiting += self._again(rest, 1 if taken else attempts + 1)

    def _again(self, rest: list[Change], attempts: int) -> list[tuple[list[Change], int]]:
        """What to try next, the first of it last; nothing when the batch is given up."""
        if self._source.bisect and len(rest) > 1:
            middle = len(rest) // 2
            return [(rest[middle:], 0), (rest[:middle], 0)]
        if self._source.retries is not None and attempts > self._source.retries:
            self._give_up(rest, attempts)
            return []
        self._stop.wait(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts - 1, 10)))
        return [(rest, attempts)]

    def _call(self, batch: list[Change]) -> int:
        """How many of the batch were taken, from its beginning."""
        try:
            answer = self._function({"Records": [record(change) for change in batch], **self._window})
        except Exception as error:  # noqa: BLE001  as Lambda: whatever a handler raises fails its batch
            report(f"{self._function.name}: a batch of {len(batch)} failed", error)
            return 0
        if self._source.in_windows and "state" not in (answer or {}):
            LOG.error("%s: an answer without the state of its window", self._function.name)
            return 0
        if not self._source.partial:
            return len(batch)
        numbers = [str(change.seq) for change in batch]
        failed = failed_items(answer, numbers)
        return next((place for place, number in enumerate(numbers) if number in failed), len(batch))

    def _give_up(self, rest: list[Change], attempts: int) -> None:
        """Tell the failure queue which changes, not what they held, and go on behind them."""
        LOG.error("%s: gave up %d changes after %d attempts", self._source.reader, len(rest), attempts)
        if self._source.failures is not None:
            note = Message(json.dumps(self._note(rest, attempts)), "failures", str(uuid4()))
            self._queues.send(self._source.failures, [note])
        self._lane.commit(rest[-1].seq)

    def _note(self, rest: list[Change], attempts: int) -> dict[str, Any]:
        """As Lambda writes it. Source: "Retaining discarded records for a DynamoDB event source"."""
        return {
            "requestContext": {
                "requestId": str(uuid4()),
                "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._function.definition.name}",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": attempts,
            },
            "version": "1.0",
            "timestamp": _time(datetime.now(UTC).timestamp()),
            "DDBStreamBatchInfo": {
                "shardId": SHARD,
                "startSequenceNumber": str(rest[0].seq),
                "endSequenceNumber": str(rest[-1].seq),
                "approximateArrivalOfFirstRecord": _time(rest[0].at),
                "approximateArrivalOfLastRecord": _time(rest[-1].at),
                "batchSize": len(rest),
                "streamArn": STREAM_ARN,
            },
        }


def window(shard: str) -> dict[str, Any]:
    """What a source with tumbling windows adds to the records. Here a window never ends: no state is kept in it.
    Source: "Implementing stateful DynamoDB stream processing in Lambda"."""
    return {
        "window": {"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T00:15:00Z"},
        "state": {},
        "shardId": shard,
        "eventSourceARN": STREAM_ARN,
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


def _time(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_NAMES: Final[dict[tuple[bool, bool], str]] = {(False, True): "INSERT", (True, True): "MODIFY", (True, False): "REMOVE"}


def record(change: Change) -> dict[str, Any]:
    """One record of a DynamoDB stream event, as Lambda shapes it."""
    images: dict[str, Any] = {}
    if change.new is not None:
        images["NewImage"] = change.new
    if change.old is not None:
        images["OldImage"] = change.old
    return {
        "eventID": f"{change.seq:032x}",
        "eventName": _NAMES[change.old is not None, change.new is not None],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": change.at,
            "Keys": {"pk": {"S": change.pk}, "sk": {"S": change.sk}},
            **images,
            "SequenceNumber": str(change.seq),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": STREAM_ARN,
    }
