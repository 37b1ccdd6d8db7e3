"""One batch of a FIFO queue: each message to its end, a group never out of order, nothing given up silently."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.application.park import park
from shared.domain.errors import HubError, Transient, describe
from shared.domain.moment import utc_text
from shared.ports.surroundings import Metrics
from shared.ports.table import Delete, Table, Update
from shared.store import keys
from shared.store.dead_letters import DeadLetter

log = logging.getLogger("hilo")

SUSPICIOUS_RECEIVES = 3
"""Received more often than this, a message may be what kills the function."""
MAX_SUDDEN_ENDS = 3
"""Begun this often without an end of any kind, it is parked."""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One record of an SQS event. `sent_at`: when it was queued."""

    id: str
    body: str
    group: str
    receives: int
    sent_at: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> QueuedMessage:
        attributes = record["attributes"]
        sent = datetime.fromtimestamp(int(attributes["SentTimestamp"]) // 1000, UTC)
        group = attributes.get("MessageGroupId", record["messageId"])
        receives = int(attributes.get("ApproximateReceiveCount", 1))
        return cls(record["messageId"], record["body"], group, receives, utc_text(sent))


@dataclass(frozen=True, slots=True)
class FifoBatch:
    """`origin`: the function that works; `queue`: where its messages come from; `trace_id`: of this invocation."""

    table: Table
    metrics: Metrics
    origin: str
    queue: str
    trace_id: str
    now: Callable[[], str]

    def run(self, records: Sequence[Mapping[str, Any]], take: Callable[[str], object]) -> dict[str, Any]:
        """Take every message; answer SQS with those to be shown again.

        After a `Transient` failure the rest of that message's group is given back too, so order is kept.
        `Malformed` and `Permanent` are parked; anything unforeseen is tried once more, then parked as a defect.
        """
        stuck: set[str] = set()
        failures = []
        for record in records:
            message = QueuedMessage.of(record)
            if message.group in stuck or not self._finish(message, take):
                stuck.add(message.group)
                failures.append({"itemIdentifier": message.id})
        return {"batchItemFailures": failures}

    def _finish(self, message: QueuedMessage, take: Callable[[str], object]) -> bool:
        """Whether the message came to an end, good or bad. One that could not even be parked did not."""
        try:
            if message.receives > SUSPICIOUS_RECEIVES:
                self._take_counted(message, take)
            else:
                self._take(message, take)
        except HubError as again:
            log.warning("will look again: %s", again.reason)
            self.metrics.count("looked_at_again", function=self.origin)
            return False
        return True

    def _take_counted(self, message: QueuedMessage, take: Callable[[str], object]) -> None:
        """Count this beginning until it ends. 2 writes and 1 read more; only for what was received suspiciously often.

        A message is begun when those of its group before it have ended, so whoever is begun is its head: when the
        function dies, all come again, the ended ones too.
        """
        key = keys.attempt(message.id)
        self.table.transact([Update(key, add={"attempts": 1})])
        try:
            item = self.table.get(key).item
            if item and item["attempts"] > MAX_SUDDEN_ENDS:
                self._park(message, "Defect", "it was begun several times and never came to an end")
            else:
                self._take(message, take)
            self.table.transact([Delete(key)])
        except HubError:
            self._not_our_death(message)
            raise

    def _take(self, message: QueuedMessage, take: Callable[[str], object]) -> None:
        try:
            self._twice(message, take)
        except Transient:
            raise
        except HubError as fault:
            self._park(message, type(fault).__name__, fault.reason)

    def _twice(self, message: QueuedMessage, take: Callable[[str], object]) -> None:
        """Anything that is not our own error is tried once more, then it is a defect of ours."""
        try:
            take(message.body)
        except HubError:
            raise
        except Exception as first:  # noqa: BLE001 the boundary: nothing unforeseen may stop a customer
            log.warning("unforeseen %s, trying once more", type(first).__name__)
            try:
                take(message.body)
            except HubError:
                raise
            except Exception as second:  # noqa: BLE001 as above
                self._park(message, "Defect", f"unforeseen {describe(second)}")

    def _park(self, message: QueuedMessage, error: str, reason: str) -> None:
        letter = DeadLetter(
            origin=self.origin,
            queue=self.queue,
            group=message.group,
            body=message.body,
            error=error,
            reason=reason,
            trace_id=self.trace_id,
            first_at=message.sent_at,
            last_at=self.now(),
        )
        park(self.table, self.metrics, letter)
        log.error("parked as %s (trace %s)", error, self.trace_id)

    def _not_our_death(self, message: QueuedMessage) -> None:
        """It ended with an error we know, so this beginning was no sudden end."""
        try:
            self.table.transact([Update(keys.attempt(message.id), add={"attempts": -1})])
        except Transient:
            log.warning("the count of attempts could not be taken back")
