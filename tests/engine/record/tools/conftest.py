"""Hubs with tools, and what agents do in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.event import HUB, Event
from shared.ports.table import Table
from tests.engine.record.bench import CountedTable
from tests.engine.record.tools.bench import ToolHub, done


@pytest.fixture
def tool_hub(table: Table) -> ToolHub:
    return ToolHub(CountedTable(table))


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
