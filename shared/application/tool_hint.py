"""What goes through `tools.fifo`: "ticket T of connector X may have changed", or "sweep connector X".

Standard library alone: the webhook puts hints there. A hint carries no content, but where its tool cannot be asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.domain.element import digest
from shared.domain.errors import Malformed, Transient
from shared.ports.connectors import Hint
from shared.ports.queues import MAX_BATCH, MAX_MESSAGE_BYTES, Message, Queues

QUEUE: Final = "tools"

_TEXTS: Final = ("connector", "ticket", "id", "at", "due", "thing")


@dataclass(frozen=True, slots=True)
class ToolHint:
    """`id`: by which a copy is known. `swept`: a sweep found it, no webhook told. `due`: the clock sends it again.
    `thing`: what happened; its ticket is to be asked for.

    Without `ticket` it asks for a sweep.
    """

    connector: str
    id: str
    ticket: str | None = None
    at: str | None = None
    told: Mapping[str, Any] | None = None
    swept: bool = False
    due: str | None = None
    attempt: int | None = None
    thing: str | None = None

    @classmethod
    def of(cls, connector: str, hint: Hint) -> ToolHint:
        return cls(connector, hint.id, hint.ticket, hint.at, hint.told, thing=hint.thing)

    @property
    def group(self) -> str:
        """All of one ticket, in order; the sweeps of a connector, one after the other."""
        if self.ticket is None:
            return digest("sweep", self.connector)
        return digest("tool", self.connector, self.ticket)

    @property
    def deduplication(self) -> str:
        about = (self.connector, self.ticket or "", self.due or "", str(self.attempt or ""), self.thing or "")
        return digest("hint", *about, "swept" if self.swept else "", self.id)

    @property
    def body(self) -> str:
        said: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(self, name)) is not None}
        said |= {"told": self.told} if self.told is not None else {}
        said |= {"swept": True} if self.swept else {}
        said |= {"attempt": self.attempt} if self.attempt is not None else {}
        return json.dumps(said, separators=(",", ":"))

    @property
    def message(self) -> Message:
        return Message(self.body, self.group, self.deduplication)

    @property
    def is_too_large(self) -> bool:
        """No queue takes it."""
        return len(self.body) > MAX_MESSAGE_BYTES


def read_hint(body: str) -> ToolHint:
    """The hint in a message. Raises `Malformed` for what is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("a hint that is not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("a hint that is not an object")
    texts: dict[str, Any] = {name: said.get(name) for name in _TEXTS}
    if any(value is not None and not (isinstance(value, str) and value) for value in texts.values()):
        raise Malformed("a hint with a text that is none")
    if not texts["connector"] or not texts["id"]:
        raise Malformed("a hint without connector or id")
    told, attempt = said.get("told"), said.get("attempt")
    if not (told is None or isinstance(told, dict)) or not (attempt is None or isinstance(attempt, int)):
        raise Malformed("a hint of another shape")
    return ToolHint(**texts, told=told, swept=said.get("swept") is True, attempt=attempt)


def send(queues: Queues, hints: Sequence[ToolHint]) -> None:
    """Put the hints on `tools.fifo`, ten at a time. Durable when it returns; raises `Transient` otherwise."""
    for start in range(0, len(hints), MAX_BATCH):
        if queues.send(QUEUE, [hint.message for hint in hints[start : start + MAX_BATCH]]):
            raise Transient("the tools queue refused a hint")
