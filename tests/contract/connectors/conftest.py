from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.contract.connectors.receiver import Receiver
from tests.contract.connectors.stories import Story


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = receiver.start()
    yield receiver
    receiver.stop(server)


@pytest.fixture
def stories() -> Iterator[Story]:
    """Invented customers without end, none twice."""
    return (Story(number) for number in count(1))


@pytest.fixture
def peak_memory() -> Iterator[Callable[[], int]]:
    """Bytes that Python held at most since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
