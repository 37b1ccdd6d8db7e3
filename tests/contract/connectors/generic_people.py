"""People who work in a system that tells the hub by signed webhooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from shared.ports.connectors import Request
from tests.contract.connectors.way_back import signed


class GenericPeople:
    """Its clock goes on by a second with everything that is done."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._waiting: list[Request] = []

    def reply(self, ticket: str, text: str, by: str = "agente1") -> None:
        self.tell("agent.reply", ticket, text=text, author={"id": by, "name": by.capitalize()})

    def note(self, ticket: str, text: str, by: str = "agente1") -> None:
        self.tell("note.create", ticket, text=text, author={"id": by})

    def set_state(self, ticket: str, state: str) -> None:
        self.tell("case.update", ticket, state=state)

    def assign(self, ticket: str, agent: str) -> None:
        self.tell("case.assign", ticket, assignee={"id": agent})

    def prioritise(self, ticket: str, word: str) -> None:
        self.tell("case.update", ticket, priority=word)

    def merge(self, ticket: str, into: str) -> None:
        self.tell("case.update", ticket, merged_into=into)

    def delete(self, ticket: str) -> None:
        self.tell("case.update", ticket, deleted=True)

    def tell(self, kind: str, ticket: str, **data: Any) -> None:
        number = next(self._numbers)
        at = datetime.fromtimestamp(self._clock() + number, UTC).isoformat().replace("+00:00", "Z")
        content = {"type": kind, "timestamp": at, "data": {"case_id": ticket, "external_id": f"x-{number}", **data}}
        self._waiting.append(signed(f"msg_{number}", content, self._clock()))

    def requests(self) -> list[Request]:
        waiting, self._waiting = self._waiting, []
        return waiting
