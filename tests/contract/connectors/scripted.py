"""An `OtherSide` made of a `Receiver`: what every scripted tool has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tests.contract.connectors.receiver import Received, Receiver, Reply, answer, bomb

Lie: TypeAlias = Callable[[Received], tuple[int, Mapping[str, str], bytes] | None]
"""What to answer to a request to write that is not carried out; None for one that only reads."""


class ScriptedTool:
    """Whatever is not scripted, the receiver's tool answers."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def requests(self) -> int:
        return len(self._receiver.received)

    def answer_next(self, status: int, headers: dict[str, str], after: int = 0) -> None:
        self._script(answer(status, headers), after)

    def lose_next_answer(self, after: int = 0) -> None:
        self._script(self._receiver.lost_after, after)

    def stall_next(self) -> None:
        self._script(self._receiver.stalled)

    def drip_next(self) -> None:
        self._script(self._receiver.dripping(b"HTTP/1.1 200 OK\r\nx-slow: "))

    def flood_next(self, status: int) -> None:
        self._script(self._receiver.flooding(status))

    def flooded(self) -> int:
        return self._receiver.flooded

    def bomb_next(self, status: int) -> None:
        self._script(bomb(status))

    def as_usual(self) -> None:
        self._receiver.script.clear()

    def lie_with(self, lie: Lie, after: int) -> None:
        """A request to write is answered by `lie` and not carried out."""

        def reply(request: object) -> None:
            lied = lie(self._receiver.received[-1])
            chosen: Reply = self._receiver.as_usual if lied is None else answer(*lied)
            chosen(request)  # type: ignore[arg-type]

        self._script(reply, after)

    def _script(self, reply: Reply | Callable[[object], None], after: int = 0) -> None:
        self._receiver.script.extend([self._receiver.as_usual] * after)
        self._receiver.script.append(reply)
