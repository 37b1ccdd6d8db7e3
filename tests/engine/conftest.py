"""Fixtures of the ports' contract suite, filled by every engine that offers them.

A test asks for `table`, `queues`, …; it then runs once for each engine in `engines/` whose `OFFERS` names
all it asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import engines
import pytest
from engines.bench import QueueBench

from shared.ports.files import Files
from shared.ports.surroundings import Secrets
from shared.ports.table import Table

FIXTURES = frozenset(
    {
        "table",
        "strict_table",  # compares by type as DynamoDB does
        "priced_table",  # what plain calls cost is what DynamoDB asks
        "priced_transactions",  # what transactions cost, too
        "contended_table",  # many threads at once
        "table_with_empty_text",  # takes an empty string outside keys
        "queues",
        "queues_on_our_clock",  # remember copies for five minutes, which can pass
        "files",
        "secrets_of",
    }
)


def _engines() -> dict[str, ModuleType]:
    modules = [importlib.import_module(f"engines.{found.name}") for found in pkgutil.iter_modules(engines.__path__)]
    return {module.NAME: module for module in modules if hasattr(module, "OFFERS") and module.is_available()}


ENGINES = _engines()
SERVERS = frozenset({"dynamodb_local", "moto"})
ON_SERVERS_TOO = frozenset({"test_messages", "test_merging", "test_races", "test_sync", "test_dispatch", "test_replay"})
"""The use cases' files that ask a server in every run. What engines do differently, the ports' suite finds."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    wanted = FIXTURES & set(metafunc.fixturenames)
    able = [module for module in ENGINES.values() if wanted <= module.OFFERS]
    parameters = [pytest.param(module.NAME, marks=_marks(module, metafunc)) for module in able]
    metafunc.parametrize("engine", parameters, indirect=True)


def _marks(module: ModuleType, metafunc: pytest.Metafunc) -> tuple[Any, ...]:
    """On servers all tests run in the long run; in the short one those of the ports, and a file of each use case."""
    path = metafunc.definition.path
    is_large = metafunc.definition.get_closest_marker("large") is not None
    is_short = path.parent.name == "ports" or path.stem in ON_SERVERS_TOO
    is_slow = module.NAME in SERVERS and (is_large or not is_short)
    return (*module.MARKS, pytest.mark.slow) if is_slow else tuple(module.MARKS)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Starts an engine when it is first asked for, and keeps it for the session."""
    running: dict[str, Any] = {}
    with ExitStack() as stack:

        def start(name: str) -> Any:
            if name not in running:
                running[name] = stack.enter_context(ENGINES[name].start(tmp_path_factory.mktemp(name)))
            return running[name]

        yield start


@pytest.fixture(scope="session")
def dynamodb_local(started: Callable[[str], Any]) -> Any:
    """A running DynamoDB Local for tests that want it alone: `.table()` makes a fresh table, `.client` is boto3's."""
    if "dynamodb_local" not in ENGINES:
        pytest.skip("DynamoDB Local needs Java and npm")
    return started("dynamodb_local")


@pytest.fixture
def engine(request: pytest.FixtureRequest, started: Callable[[str], Any]) -> Any:
    return started(request.param)


@pytest.fixture
def table(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def strict_table(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def priced_table(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def priced_transactions(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def contended_table(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def table_with_empty_text(engine: Any) -> Table:
    made: Table = engine.table()
    return made


@pytest.fixture
def queues(engine: Any) -> QueueBench:
    made: QueueBench = engine.queues()
    return made


@pytest.fixture
def queues_on_our_clock(engine: Any) -> QueueBench:
    made: QueueBench = engine.queues()
    return made


@pytest.fixture
def files(engine: Any) -> Files:
    made: Files = engine.files()
    return made


@pytest.fixture
def secrets_of(engine: Any) -> Callable[[dict[str, dict[str, Any]]], Secrets]:
    """Makes Secrets that hold these named values."""
    made: Callable[[dict[str, dict[str, Any]]], Secrets] = engine.secrets
    return made
