"""A hub with two tools that know of its cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from shared.application.record import Context, Outcome
from shared.configuration import Config, ConnectorSettings
from shared.domain.event import Event
from shared.ports.table import Put, Update
from shared.store import keys
from tests.engine.record.bench import START, Hub, config


def with_tools() -> Config:
    tools = [ConnectorSettings(name=name, kind="generic_webhook", secret=name) for name in ("desk", "crm")]
    return config().model_copy(update={"connectors": tools})


@dataclass
class ToolHub(Hub):
    @property
    def context(self) -> Context:
        return replace(super().context, config=with_tools())

    def opened_in(self, case_id: str | None, tool: str = "desk", ticket: str | None = None, told: int = 1000) -> str:
        """The tool has a ticket of this case, and was told all of it, or so much, as the sync would have written it."""
        assert case_id
        ticket = ticket or f"T-{case_id}"
        pk, sk = keys.remote(tool, "case", ticket)
        self.table.table.transact([Put({"pk": pk, "sk": sk, "case": case_id, "customer": "c"})])
        self.table.table.transact([Update(keys.cursor(case_id, tool), set={"pushed": told})])
        return ticket

    def does(self, event: Event) -> Outcome:
        return self.record(event)


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
