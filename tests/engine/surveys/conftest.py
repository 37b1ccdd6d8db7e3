"""A hub that asks its customers, over each engine."""

from __future__ import annotations

import pytest

from shared.ports.table import Table
from tests.engine.record.bench import CountedTable
from tests.engine.surveys.bench import AskingHub


@pytest.fixture
def hub(table: Table) -> AskingHub:
    return AskingHub(CountedTable(table))
