"""The embedded run's HTTP server: how it ends while somebody waits for an answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.definitions import Route
from local.gateway import Gateway
from local.http_server import THREADS, HttpServer

ASK = b"GET /slow HTTP/1.1\r\nHost: hub.example\r\n\r\n"
PATIENCE_S = 0.3


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Who asks is not answered before it is set."""
    event = threading.Event()
    yield event
    event.set()


def test_whoever_is_not_answered_by_the_end_sees_it_at_once(held: threading.Event) -> None:
    def slow(_: dict[str, Any]) -> Any:
        held.wait(30)
        return {"statusCode": 200, "body": "late"}

    bound = socket.create_server(("127.0.0.1", 0))
    place = bound.getsockname()
    server = HttpServer(Gateway([(Route("GET", "/slow", "test"), slow)]), bound)
    server.start()
    asking = [socket.create_connection(place, timeout=10) for _ in range(THREADS + 4)]  # the last ones stand in line
    for one in asking:
        one.sendall(ASK)
    time.sleep(0.2)
    began = time.monotonic()
    server.stop(PATIENCE_S)
    assert [one.recv(1) for one in asking] == [b""] * len(asking)
    assert time.monotonic() - began < 3
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(place, timeout=1)
    for one in asking:
        one.close()
