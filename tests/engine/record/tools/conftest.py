"""A hub with two tools that know of its cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record import Context, Outcome
from shared.configuration import Config, ConnectorSettings
from shared.domain.event import HUB, Event
from shared.ports import Put, Table
from shared.store import keys
from tests.engine.record.bench import START, CountedTable, Hub, config


def with_tools() -> Config:
    tools = [ConnectorSettings(name=name, kind="generic_webhook", secret=name) for name in ("desk", "crm")]
    return config().model_copy(update={"connectors": tools})


@dataclass
class ToolHub(Hub):
    @property
    def context(self) -> Context:
        return replace(super().context, config=with_tools())

    def opened_in(self, case_id: str | None, tool: str = "desk", ticket: str | None = None) -> str:
        """The tool has a ticket of this case, as the sync would have written it."""
        assert case_id
        ticket = ticket or f"T-{case_id}"
        pk, sk = keys.remote(tool, "case", ticket)
        self.table.table.transact([Put({"pk": pk, "sk": sk, "case": case_id, "customer": "c"})])
        return ticket

    def does(self, event: Event) -> Outcome:
        return self.record(event)


@pytest.fixture
def tool_hub(table: Table) -> ToolHub:
    return ToolHub(CountedTable(table))


def done(
    message: str,
    ticket: str,
    *,
    tool: str = "desk",
    at: timedelta = timedelta(),
    agent: str = "luis",
    **more: Any,
) -> Event:
    """Something that an agent did in a tool: a public answer, unless `more` says what else."""
    parts: dict[str, Any] = {
        "channel": tool,
        "account": tool,
        "thread": ticket,
        "kind": "message",
        "message_id": message,
        "direction": "outbound",
        "author": {"type": "agent", "id": agent, "name": "Luis"},
        "occurred_at": START + at,
        "text": "Buenas tardes",
        "provider_type": "reply",
    }
    return Event.model_validate(parts | more)


@pytest.fixture
def do() -> Callable[..., Event]:
    return done


@pytest.fixture
def put() -> Callable[..., Event]:
    """Something that sets an attribute of the case: `put("1", ticket, "state", "resolved")`."""

    def setting(message: str, ticket: str, what: str, text: str, **more: Any) -> Event:
        return done(message, ticket, kind="state_change", provider_type=what, text=text, **more)

    return setting


@pytest.fixture
def staff(put: Callable[..., Event]) -> Callable[..., Event]:
    def setting(message: str, case: str, what: str, text: str, **more: Any) -> Event:
        return put(message, case, what, text, tool=HUB, **more)

    return setting
