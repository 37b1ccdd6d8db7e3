"""The API that people, scripts and the console ask: customers, cases, dead letters, queues, and the page itself."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from functions.api.routes import Api
from shared import bootstrap


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """One request of an HTTP API (payload format 2.0) in, its answer out."""
    return Api(bootstrap, lambda: str(uuid4())).answer(event)
