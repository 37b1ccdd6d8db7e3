"""A database of one's own, and a hub of a few functions on it."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.definitions import FunctionDefinition, Hub
from local.functions import Handler
from local.runtime import Runtime
from local.sqlite.database import Database
from local.storage import Storage


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "hub.db")
    yield made
    made.close()


def wait_until(holds: Callable[[], Any], timeout_s: float = 5.0) -> None:
    """Look again until it holds; fails when it does not in time."""
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it did not come to hold in time"
        time.sleep(0.005)


@pytest.fixture
def eventually() -> Callable[..., None]:
    return wait_until


@dataclass
class Running:
    storage: Storage
    port: int

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def echoed(self, method: str, path: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
        """The event that a handler got which answers with it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, content = self.ask(method, path, body, named)
        assert status == 200
        event: dict[str, Any] = json.loads(content)
        return event


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a hub of these sources and handlers on one data folder; a later call goes on with what is there."""
    running: list[tuple[Runtime, Storage]] = []

    def stop_all() -> None:
        while running:
            runtime, storage = running.pop()
            runtime.shut_down()
            storage.database.close()

    def start(handlers: Mapping[str, Handler], **parts: Any) -> Running:
        stop_all()
        functions = {name: FunctionDefinition(name, f"test-{name}", "none", 30) for name in handlers}
        empty: dict[str, Any] = {
            "routes": (),
            "queues": {},
            "queue_sources": (),
            "stream_sources": (),
            "schedules": (),
        }
        hub = Hub(functions=functions, **{**empty, **parts})
        storage = Storage.open(tmp_path, hub.queues, time.time)
        bound = socket.create_server(("127.0.0.1", 0))
        runtime = Runtime(hub, handlers, storage, bound)
        running.append((runtime, storage))
        runtime.start()
        return Running(storage, bound.getsockname()[1])

    yield start
    stop_all()
