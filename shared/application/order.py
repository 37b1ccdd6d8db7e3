"""The order to send: "the answer that is entry n of case C may have to go out". Standard library alone, for the relay.

It carries no content: whoever gets one reads what is to be sent. Losing, doubling or reordering orders therefore
never changes what a customer gets.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.element import digest
from shared.domain.errors import Malformed
from shared.ports.queues import Message

QUEUE = "outbound"


@dataclass(frozen=True, slots=True)
class Order:
    """`conversation`: the key of the conversation it goes to. `due`: from the clock, which met this `due_at`, or before
    that from whoever settled the files that it waits for. `part`: a continuation. `attempt`: redriven."""

    case: str
    sequence: int
    conversation: str
    due: str | None = None
    part: int | None = None
    attempt: int | None = None

    @property
    def message(self) -> Message:
        said = {name: part for name, part in asdict(self).items() if part is not None}
        about = (self.case, str(self.sequence))
        if self.due is not None:
            deduplication = digest("order", *about, "due", self.due)
        else:
            part = "" if self.part is None else str(self.part)
            deduplication = digest("order", *about, part, str(self.attempt or ""))
        body = json.dumps(said, separators=(",", ":"))
        return Message(body, digest("outbound", self.conversation), deduplication)


def read_order(body: str) -> Order:
    """The order in a message. Raises `Malformed` for what is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("an order that is not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("an order that is not an object")
    texts = {name: _of(str, said, name) for name in ("case", "conversation", "due")}
    numbers = {name: _of(int, said, name) for name in ("sequence", "part", "attempt")}
    if not texts["case"] or not texts["conversation"] or not numbers["sequence"]:
        raise Malformed("an order without case, sequence or conversation")
    return Order(**texts, **numbers)


def _of(kind: type, said: dict[str, Any], name: str) -> Any:
    value = said.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise Malformed(f"an order's {name} is not what it should be")
    return value
