from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.stand_ins.world import ACCOUNT, ANA, ANA_ID, START, World


@pytest.fixture
def world() -> Iterator[World]:
    """Running; Ana wrote a minute ago."""
    made = World()
    made.server.start()
    made.receipts.start()
    made.provider.wrote(ACCOUNT, ANA, ANA_ID, START - 60)
    yield made
    made.server.stop()
    made.receipts.stop()
    assert not [thread for thread in threading.enumerate() if thread.name in ("receipts", "stand-in")]


@pytest.fixture
def seen_by_hub() -> Any:
    """A delivery of one message, as the hub would get it."""

    def make(**message: Any) -> bytes:
        value = {"metadata": {"phone_number_id": ACCOUNT}, "messages": [message]}
        change = {"field": "messages", "value": value}
        return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()

    return make
