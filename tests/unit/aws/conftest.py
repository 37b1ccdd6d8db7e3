"""A scripted service on loopback: it answers what the test laid out, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.aws.http import AwsClient, Endpoint
from shared.aws.sigv4 import Credentials, Scope


@dataclass
class Scripted:
    """One answer. `then`: `keep` the connection, `close` it silently after a whole answer, or `hang` up before
    any answer, or `cut` it in the middle of the body."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    then: str = "keep"

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """The client's port: equal for requests of one connection."""

    @property
    def content(self) -> Any:
        return json.loads(self.body)


class Service:
    def __init__(self) -> None:
        self.script: list[Scripted] = []
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with service.lock:
                    service.asked.append(Asked(self.command, self.path, headers, body, self.client_address[1]))
                    scripted = service.script.pop(0)
                if scripted.then != "hang":
                    self.send_response(scripted.status)
                    for name, value in scripted.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(scripted.body)))
                    self.end_headers()
                    self.wfile.write(scripted.body[: 3 if scripted.then == "cut" else None])
                    self.wfile.flush()
                if scripted.then != "keep":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden method
                """The test says what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def answers(self, *script: Scripted) -> None:
        self.script = list(script)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Time:
    """A clock that the test moves, and a sleep that moves it."""

    def __init__(self) -> None:
        self.now = 1_795_341_600.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.stop()


@pytest.fixture
def time_of_test() -> Time:
    return Time()


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


Connecting = Callable[..., AwsClient]


@pytest.fixture
def client_of(service: Service, time_of_test: Time) -> Iterator[Connecting]:
    """Makes a client of the scripted service, under any AWS service's name."""
    made: list[AwsClient] = []

    def connect(name: str, port: int | None = None, read_timeout_s: float = 5.0) -> AwsClient:
        client = AwsClient(
            Endpoint("127.0.0.1", port or service.port, secure=False, overridden=True),
            Scope("us-east-1", name),
            lambda: Credentials("AKIDEXAMPLE", "example", "token-example"),
            clock=time_of_test,
            sleep=time_of_test.sleep,
            jitter=lambda low, high: (low + high) / 2,
            read_timeout_s=read_timeout_s,
        )
        made.append(client)
        return client

    yield connect
    for client in made:
        client.close()
