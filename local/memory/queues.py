"""The `Queues` port in memory and its consumer side, with SQS FIFO's groups, visibility and redrive.

A standard queue is a queue in which every message is a group of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from threading import RLock
from uuid import UUID

from local.definitions import QueueDefinition
from local.sqlite.queues import DEDUPLICATION_S, Received, is_acceptable, is_sent_to
from shared.domain.errors import Misconfigured
from shared.ports.queues import Message, QueueDepth, QueueName, check_batch
from shared.ports.surroundings import Clock


@dataclass(slots=True)
class _Waiting:
    """One message. `received`: its latest receipt, with how often it came; `visible_at` 0: not in flight."""

    received: Received
    visible_at: float = 0.0


class MemoryQueues:
    """The queues of `definitions`, by their port names. Ids count up: two equal runs see the same. Safe for several
    threads."""

    def __init__(self, definitions: Mapping[QueueName, QueueDefinition], clock: Clock) -> None:
        self._definitions = definitions
        self._clock = clock
        self._numbers = count(1)
        self._receipts = count(1)
        self._groups: dict[QueueName, dict[str, list[_Waiting]]] = {name: {} for name in definitions}
        """The messages of each group in order; a group without messages is not there."""
        self._copies: dict[tuple[QueueName, str, str], float] = {}
        """When a queue's group last took a deduplication id."""
        self._lock = RLock()

    def send(self, queue: QueueName, batch: Sequence[Message]) -> tuple[int, ...]:
        """As the port says; refused are bodies and ids with characters that SQS does not take."""
        definition = self.definition(queue)
        check_batch(batch)
        refused = tuple(number for number, message in enumerate(batch) if not is_acceptable(message))
        with self._lock:
            now = self._clock()
            for number, message in enumerate(batch):
                if number not in refused and not (definition.fifo and self._is_copy(queue, message, now)):
                    self._insert(definition, message, now)
        return refused

    def definition(self, queue: QueueName) -> QueueDefinition:
        """Raises `Misconfigured` for a queue that nobody defined."""
        if queue not in self._definitions:
            raise Misconfigured(f"there is no queue {queue}: {', '.join(sorted(self._definitions))}")
        return self._definitions[queue]

    def depths(self) -> dict[QueueName, QueueDepth]:
        """Of the queues that functions send to, as deployed; dead letters and failures are not among them."""
        dead_letters = {definition.dead_letters for definition in self._definitions.values()}
        sent_to = [name for name, each in self._definitions.items() if is_sent_to(each) and name not in dead_letters]
        with self._lock:
            now = self._clock()
            return {name: _depth(list(self._all(name)), now) for name in sent_to}

    def receive(self, queue: QueueName, most: int = 10, visibility_s: float | None = None) -> list[Received]:
        """At most `most` messages, of a group in order; they are in flight for `visibility_s` (default: the queue's).

        A group with a message in flight is passed over. What was received too often goes to the dead letters.
        """
        definition = self.definition(queue)
        received: list[Received] = []
        with self._lock:
            now = self._clock()
            until = now + (definition.visibility_s if visibility_s is None else visibility_s)
            groups = self._groups[queue]
            for group in sorted(groups, key=lambda name: groups[name][0].received.sequence):
                if len(received) == most:
                    break
                if all(waiting.visible_at <= now for waiting in groups[group]):
                    received += self._receive_group(definition, group, most - len(received), now, until)
        return received

    def delete(self, queue: QueueName, receipts: Sequence[str]) -> None:
        """These are done. A receipt that is no longer the latest of its message does nothing."""
        with self._lock:
            for name, group in list(self._groups[queue].items()):
                self._keep(queue, name, [waiting for waiting in group if waiting.received.receipt not in receipts])

    def change_visibility(self, queue: QueueName, receipts: Sequence[str], visibility_s: float) -> None:
        """These stay in flight so much longer, from now; with 0 they return to the queue at once."""
        with self._lock:
            until = self._clock() + visibility_s if visibility_s > 0 else 0.0
            for waiting in self._all(queue):
                if waiting.received.receipt in receipts:
                    waiting.visible_at = until

    def next_visible(self, queue: QueueName) -> float | None:
        """Seconds until the first blocked group may be received again; None when none is blocked."""
        with self._lock:
            now = self._clock()
            blocked = [
                max(waiting.visible_at for waiting in group)
                for group in self._groups[queue].values()
                if any(waiting.visible_at > now for waiting in group)
            ]
        return min(blocked) - now if blocked else None

    def _all(self, queue: QueueName) -> Iterator[_Waiting]:
        for group in self._groups[queue].values():
            yield from group

    def _is_copy(self, queue: QueueName, message: Message, now: float) -> bool:
        """Whether this group had this deduplication id in the last five minutes; notes it when not."""
        key = (queue, message.group, message.deduplication)
        at = self._copies.get(key)
        if at is not None and now - at < DEDUPLICATION_S:
            return True
        self._copies[key] = now
        return False

    def _insert(self, definition: QueueDefinition, message: Message, now: float) -> None:
        number = next(self._numbers)
        name = str(UUID(int=number))
        group = message.group if definition.fifo else name
        made = Received(name, "", message.body, group, message.deduplication, number, now, 0, 0.0)
        self._groups[definition.name].setdefault(group, []).append(_Waiting(made))

    def _receive_group(
        self, definition: QueueDefinition, name: str, most: int, now: float, until: float
    ) -> list[Received]:
        group = self._groups[definition.name][name]
        received: list[Received] = []
        kept: list[_Waiting] = []
        for waiting in group:
            if len(received) < most and _is_worn(definition, waiting.received.receives):
                self._bury(definition, waiting.received)
                continue
            if len(received) < most:
                received.append(self._take(waiting, now, until))
            kept.append(waiting)
        self._keep(definition.name, name, kept)
        return received

    def _take(self, waiting: _Waiting, now: float, until: float) -> Received:
        was = waiting.received
        first = now if was.receives == 0 else was.first_received_at
        waiting.received = replace(
            was, receipt=f"{was.sequence}:{next(self._receipts)}", receives=was.receives + 1, first_received_at=first
        )
        waiting.visible_at = until
        return waiting.received

    def _bury(self, definition: QueueDefinition, worn: Received) -> None:
        """To the dead letters, the last place there; id and time of sending stay, as with SQS."""
        moved = replace(worn, receipt="", sequence=next(self._numbers), receives=0, first_received_at=0.0)
        self._groups[definition.dead_letters or ""].setdefault(worn.group, []).append(_Waiting(moved))

    def _keep(self, queue: QueueName, name: str, group: list[_Waiting]) -> None:
        if group:
            self._groups[queue][name] = group
        else:
            self._groups[queue].pop(name, None)


def _is_worn(definition: QueueDefinition, receives: int) -> bool:
    """Whether SQS would move it to the dead letters instead of handing it out once more."""
    return definition.dead_letters is not None and receives >= (definition.max_receives or receives + 1)


def _depth(messages: Sequence[_Waiting], now: float) -> QueueDepth:
    in_flight = sum(waiting.visible_at > now for waiting in messages)
    return QueueDepth(len(messages) - in_flight, in_flight)
