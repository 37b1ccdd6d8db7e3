"""A recorder over an engine's table, and people who write to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.domain.event import Event
from shared.ports.table import Table
from tests.engine.record.bench import CountedTable, Hub, said


@pytest.fixture
def hub(table: Table) -> Hub:
    return Hub(CountedTable(table))


@pytest.fixture
def priced_hub(priced_table: Table) -> Hub:
    return Hub(CountedTable(priced_table))


@pytest.fixture
def contended_hub(contended_table: Table) -> Hub:
    return Hub(CountedTable(contended_table))


@pytest.fixture
def say() -> Callable[..., Event]:
    return said
