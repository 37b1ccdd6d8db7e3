from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.contract.connectors.receiver import Receiver
from tests.contract.connectors.stories import Story
from tests.peers.real_rt import RealRt


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRt]:
    """A real, empty RT."""
    if os.geteuid() != 0:
        pytest.skip("installs Request Tracker from Debian's packages, which only root may")
    with (Path(tempfile.gettempdir()) / "hilo-real-rt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time: the installation, and a machine of two cores, bear no more
        real = RealRt(tmp_path_factory.mktemp("rt"))
        try:
            yield real.start()
        finally:
            real.wipe()


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def stories(numbers: Iterator[int]) -> Iterator[Story]:
    """Invented customers without end, none twice in one RT."""
    return (Story(number) for number in numbers)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = receiver.start()
    yield receiver
    receiver.stop(server)
