from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.webhook import split

FIXTURES = Path(__file__).parents[2] / "fixtures" / "whatsapp"


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """The bytes of one fixture."""
    return lambda name: (FIXTURES / f"{name}.json").read_bytes()


@pytest.fixture
def events() -> Callable[[bytes], list[dict[str, Any]]]:
    """What comes of a delivery, as JSON objects."""
    return lambda body: [parse(element.raw).dump() for element in split(body)]


@pytest.fixture
def delivery() -> Callable[..., bytes]:
    """A delivery with one change, holding these lists."""

    def make(field: str = "messages", **value: Any) -> bytes:
        change = {"field": field, "value": {"metadata": {"phone_number_id": "200000000000001"}, **value}}
        return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()

    return make
