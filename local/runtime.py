"""The hub in one process: the gateway, and whatever brings events to the functions."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from local.definitions import Hub, Route
from local.functions import Function, Handler
from local.gateway import Answering, Event, Gateway
from local.http_server import HttpServer
from local.precedence import Precedence
from local.queue_poller import QueuePoller
from local.schedule import Schedule
from local.storage import Storage
from local.stream_reader import StreamReader

PATIENCE_S: Final = 2.5
"""For what is under way when the hub is stopped; what is not done by then is done after the next start."""


class Worker(Protocol):
    """Something that brings events to a function, on threads of its own, until the stop."""

    threads: list[threading.Thread]

    def wake(self) -> None: ...


class Runtime:
    """Runs the template's functions with these handlers on this storage. `own_routes` come before the template's.

    `stop` is set when it ends; whoever waits for long waits for it.
    """

    def __init__(
        self,
        hub: Hub,
        handlers: Mapping[str, Handler],
        storage: Storage,
        bound: socket.socket,
        *,
        own_routes: Iterable[tuple[Route, Answering]] = (),
        stop: threading.Event | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        functions = {
            logical_id: Function(definition, handlers[logical_id]) for logical_id, definition in hub.functions.items()
        }
        storage.stream.attach((source.reader, source.lanes) for source in hub.stream_sources)
        precedence = Precedence()
        self._workers: list[Worker] = [
            *(
                QueuePoller(source, functions[source.function], storage.queues, self.stop, precedence)
                for source in hub.queue_sources
            ),
            *(
                StreamReader(source, functions[source.function], storage.stream, storage.queues, self.stop, precedence)
                for source in hub.stream_sources
            ),
            *(Schedule(source, functions[source.function], self.stop) for source in hub.schedules),
        ]
        routes: list[tuple[Route, Answering]] = [
            *own_routes,
            *((route, _answering(route, functions[route.function], precedence)) for route in hub.routes),
        ]
        self._server = HttpServer(Gateway(routes), bound)

    def start(self) -> None:
        for worker in self._workers:
            for thread in worker.threads:
                thread.start()
        self._server.start()

    def shut_down(self) -> None:
        """Stop taking anything in, and give what is under way a moment to end."""
        until = time.monotonic() + PATIENCE_S
        self.stop.set()
        for worker in self._workers:
            worker.wake()
        self._server.stop(PATIENCE_S / 2)
        for worker in self._workers:
            for thread in worker.threads:
                thread.join(max(0.0, until - time.monotonic()))


def _answering(route: Route, function: Function, precedence: Precedence) -> Answering:
    """Those who bring something go first. Who only looks does not: a page that asks often would slow what it shows."""
    if route.method == "GET":
        return function

    def answer(event: Event) -> Any:
        with precedence.request():
            return function(event)

    return answer
