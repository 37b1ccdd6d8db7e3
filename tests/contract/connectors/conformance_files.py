"""What every tool must do into which files go, and whose people attach files of their own. Inherit `AttachingBack`
beside `AskedBack`, with the same fixtures; its `tool` is an `AttachingTool`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from shared.domain.errors import Transient
from shared.domain.event import Event
from tests.contract.connectors.conformance import shows
from tests.contract.connectors.conformance_back import AskedTool
from tests.contract.connectors.way_back import Hub

Tickets = Iterator[str]
CUSTOMERS, AGENTS = ("caja.png", b"\x89PNG of a customer"), ("guia.png", b"\x89PNG of an agent")


class AttachingTool(AskedTool, Protocol):
    """A tool whose entries hold files: `(name, content)`."""

    def told_with_file(self, ticket: str, text: str, file: tuple[str, bytes], *, retry: bool = False) -> None:
        """The hub's own connector tells an entry with a customer's file; with `retry` the same one again."""

    def reply_with_file(self, ticket: str, text: str, file: tuple[str, bytes]) -> None:
        """An agent answers, with a file that they attach."""

    def write_file_as_hub(self, ticket: str, file: tuple[str, bytes]) -> None:
        """A file that our user attached there, without any mark of ours."""

    def lose_next_answer(self, after: int) -> None:
        """The request `after` so many others takes effect; its answer never arrives."""

    def as_usual(self) -> None:
        """Forget what was scripted and did not come to pass."""

    def files_of(self, ticket: str) -> list[tuple[str, bytes]]:
        """What a ticket holds, oldest first."""


def files(events: list[Event]) -> list[str | None]:
    return [one.filename for event in events for one in event.attachments]


class AttachingBack:
    @shows("back: a file of ours never comes back as an agent's")
    def test_the_file_of_a_customer_does_not_come_back_and_an_agents_does(
        self, hub: Hub, tool: AttachingTool, tickets: Tickets
    ) -> None:
        ticket = next(tickets)
        tool.told_with_file(ticket, "Así llegó", CUSTOMERS)
        assert tool.files_of(ticket) == [CUSTOMERS]
        assert hub.told(tool) == []
        tool.reply_with_file(ticket, "Esta es la guía", AGENTS)
        events = hub.told(tool)
        assert [(one.author.type, one.text) for one in events if one.kind == "message"] == [
            ("agent", "Esta es la guía")
        ]
        assert files(events) == [AGENTS[0]]

    @shows("back: a file of ours never comes back as an agent's")
    def test_a_sweep_does_not_find_it_either(self, hub: Hub, tool: AttachingTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.told_with_file(ticket, "Así llegó", CUSTOMERS)
        tool.reply_with_file(ticket, "Esta es la guía", AGENTS)
        tool.requests()  # lost
        found = []
        for turn in range(3):
            hub.now += 300
            tool.pass_time(300)
            hub.sweep(str(turn))
            found += files(hub.events())
        assert found == [AGENTS[0]]

    @shows("back: a file of ours never comes back as an agent's")
    @pytest.mark.parametrize("after", range(6))
    def test_whichever_answer_is_lost_it_is_there_once_and_stays(
        self, hub: Hub, tool: AttachingTool, tickets: Tickets, after: int
    ) -> None:
        ticket = next(tickets)
        tool.lose_next_answer(after)
        try:
            tool.told_with_file(ticket, "Así llegó", CUSTOMERS)
        except Transient:
            assert files(hub.told(tool)) == []
        tool.as_usual()
        tool.told_with_file(ticket, "Así llegó", CUSTOMERS, retry=True)
        assert tool.files_of(ticket) == [CUSTOMERS]
        assert hub.told(tool) == []

    @shows("back: a file of ours never comes back as an agent's")
    def test_nor_from_the_ticket_that_took_it_in(self, hub: Hub, tool: AttachingTool, tickets: Tickets) -> None:
        ticket, survivor = next(tickets), next(tickets)
        tool.told_with_file(ticket, "Así llegó", CUSTOMERS)
        tool.merge(ticket, survivor)
        tool.reply_with_file(survivor, "Esta es la guía", AGENTS)
        assert files(hub.told(tool)) == [AGENTS[0]]

    @shows("back: a file of ours never comes back as an agent's")
    def test_nor_one_that_lost_its_mark(self, hub: Hub, tool: AttachingTool, tickets: Tickets) -> None:
        ticket = next(tickets)
        tool.write_file_as_hub(ticket, CUSTOMERS)
        tool.reply_with_file(ticket, "Esta es la guía", AGENTS)
        assert files(hub.told(tool)) == [AGENTS[0]]
