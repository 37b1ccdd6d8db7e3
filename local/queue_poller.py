"""Brings a queue's messages to a function, as Lambda's SQS poller does."""

from __future__ import annotations

import threading
from typing import Any, Final

from local.definitions import QueueDefinition, QueueSource
from local.functions import ACCOUNT, REGION, Function, failed_items, report
from local.precedence import Precedence
from local.sqlite.queues import Received, SqliteQueues
from shared.domain.errors import Transient

PAUSE_S: Final = 1.0
"""After the database could not be reached."""


class QueuePoller:
    """As many threads as the source may have at once; each receives a batch, calls the function, deletes the rest.

    What the function reports failed, or the whole batch when it raises, stays in flight until its visibility is
    over, as deployed.
    """

    def __init__(
        self,
        source: QueueSource,
        function: Function,
        queues: SqliteQueues,
        stop: threading.Event,
        precedence: Precedence,
    ) -> None:
        self._source = source
        self._function = function
        self._queues = queues
        self._stop = stop
        self._precedence = precedence
        self._definition = queues.definition(source.queue)
        self.threads = [
            threading.Thread(target=self._poll, name=f"{source.queue}-{number}", daemon=True)
            for number in range(source.concurrency)
        ]

    def wake(self) -> None:
        """Let those who sleep notice that they should stop."""
        self._queues.arrived[self._source.queue].call_all()

    def _poll(self) -> None:
        while not self._stop.is_set():
            try:
                self._receive_or_sleep()
            except Transient as error:
                if not self._stop.is_set():
                    report(f"queue {self._source.queue}", error)
                    self._stop.wait(PAUSE_S)

    def _receive_or_sleep(self) -> None:
        arrived = self._queues.arrived[self._source.queue]
        seen = arrived.seen()
        with self._precedence.turn():
            batch = self._queues.receive(self._source.queue, self._source.batch_size)
            if batch:
                self._work(batch)
        if not batch and not self._stop.is_set():
            arrived.wait(seen, self._queues.next_visible(self._source.queue))

    def _work(self, batch: list[Received]) -> None:
        try:
            answer = self._function({"Records": [record(self._definition, message) for message in batch]})
        except Exception as error:  # noqa: BLE001  as Lambda: whatever a handler raises fails its batch
            report(f"{self._function.name}: a batch of {len(batch)} failed", error)
            return
        failed: set[str] = set()
        if self._source.partial:
            failed = failed_items(answer, [message.message_id for message in batch])
        self._queues.delete(
            self._source.queue, [message.receipt for message in batch if message.message_id not in failed]
        )


def record(definition: QueueDefinition, message: Received) -> dict[str, Any]:
    """One record of an SQS event, as Lambda shapes it."""
    attributes = {
        "ApproximateReceiveCount": str(message.receives),
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "SenderId": ACCOUNT,
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1000)),
    }
    if definition.fifo:
        attributes |= {
            "SequenceNumber": f"{message.sequence:020d}",
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.deduplication,
        }
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{definition.full_name}",
        "awsRegion": REGION,
    }
