"""The trigger: "case C, or customer C, may be ahead of connector X". Standard library alone, for the relay's sake.

A trigger carries no content: whoever gets one reads how far things are. Losing, doubling or reordering
triggers therefore never changes what a tool ends up with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.element import digest
from shared.domain.errors import Malformed, Transient
from shared.ports.queues import MAX_BATCH, Message, Queues

QUEUE = "sync"

_NUMBERS = ("sequence", "version", "entry", "pushed", "attempt", "answer", "filed")
_TEXTS = ("connector", "customer", "case", "due", "delivery")


@dataclass(frozen=True, slots=True)
class Trigger:
    """`case` with `sequence`: the case may be ahead; without `case`, `version`: the contact may be.

    `entry`: push exactly this entry again (a redriven dead letter). `pushed`: a continuation from there.
    `answer`, `delivery`: the entry of an agent's answer, which has come so far; to be shown where the tool can.
    `filed`: the entry whose files have settled, where the tool may be waiting for them.
    `due`: from the clock, which met this `due_at`. `attempt`: redriven, so it does not wait for a due time.
    """

    connector: str
    customer: str
    case: str | None = None
    sequence: int | None = None
    version: int | None = None
    entry: int | None = None
    pushed: int | None = None
    due: str | None = None
    attempt: int | None = None
    answer: int | None = None
    delivery: str | None = None
    filed: int | None = None

    @property
    def group(self) -> str:
        return digest("sync", self.connector, self.customer)

    @property
    def deduplication(self) -> str:
        """(connector, case, sequence) or (connector, customer, version), and whatever makes this one another.

        From the clock it is (item, `due_at`) alone: the same wait is announced once, however often it is seen.
        """
        about = ("case", self.case) if self.case is not None else ("customer", self.customer)
        if self.due is not None:
            return digest("trigger", self.connector, *about, "due", self.due)
        if self.answer is not None:
            return digest("trigger", self.connector, *about, "answer", str(self.answer), self.delivery or "")
        more = (self.sequence, self.version, self.entry, self.pushed, self.attempt)
        said = ["" if part is None else str(part) for part in more]
        said += ["filed", str(self.filed)] if self.filed is not None else []
        return digest("trigger", self.connector, *about, *said)

    @property
    def body(self) -> str:
        said = {name: part for name, part in asdict(self).items() if part is not None}
        return json.dumps(said, separators=(",", ":"))

    @property
    def message(self) -> Message:
        return Message(self.body, self.group, self.deduplication)


def read_trigger(body: str) -> Trigger:
    """The trigger in a message. Raises `Malformed` for what is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("a trigger that is not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("a trigger that is not an object")
    parts: dict[str, Any] = {name: _text(said, name) for name in _TEXTS}
    parts |= {name: _number(said, name) for name in _NUMBERS}
    if not parts["connector"] or not parts["customer"]:
        raise Malformed("a trigger without connector or customer")
    if (parts["entry"] is not None or parts["answer"] is not None) and parts["case"] is None:
        raise Malformed("a trigger that names an entry and no case")
    return Trigger(**parts)


def _text(said: dict[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise Malformed(f"a trigger's {name} is no text")
    return value


def _number(said: dict[str, Any], name: str) -> int | None:
    value = said.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise Malformed(f"a trigger's {name} is no whole number")
    return value


def send(queues: Queues, triggers: Sequence[Trigger]) -> int:
    """Put the triggers on `sync.fifo`, in order, ten at a time.

    Returns how many of them, from the first on, are durable: fewer than all when one was refused.
    Raises `Transient` when a batch could not be sent at all.
    """
    for start in range(0, len(triggers), MAX_BATCH):
        refused = queues.send(QUEUE, [trigger.message for trigger in triggers[start : start + MAX_BATCH]])
        if refused:
            return start + min(refused)
    return len(triggers)


def send_all(queues: Queues, triggers: Sequence[Trigger]) -> None:
    """As `send`; raises `Transient` when not every trigger is durable."""
    if send(queues, triggers) < len(triggers):
        raise Transient("the sync queue refused a trigger")
