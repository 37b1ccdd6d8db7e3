from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from tests.contract.connectors.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = receiver.start()
    yield receiver
    receiver.stop(server)


@pytest.fixture
def peak_memory() -> Iterator[Callable[[], int]]:
    """Bytes that Python held at most since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
