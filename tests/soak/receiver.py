"""The tool at the far end: notes what it is told, knows a copy by its `webhook-id`, and loses some of its answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any


class Receiver:
    """`told`: how often each message was told, copies aside. `disordered`: entries after a later one of their case."""

    def __init__(self, rate: float, seed: int) -> None:
        self.told: Counter[str] = Counter()
        self.contacts: set[str] = set()
        self.cases: set[str] = set()
        self.copies = 0
        self.disordered = 0
        self._ids: set[str] = set()
        self._last: dict[str, int] = {}
        self._rate = rate
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, webhook_id: str, body: bytes) -> bool:
        """What was told takes effect. Whether it is answered: each thing is answered the second time at the latest."""
        told = json.loads(body)
        with self._lock:
            if webhook_id in self._ids:
                self.copies += 1
                return True
            self._ids.add(webhook_id)
            self._note(told)
            return self._random.random() >= self._rate

    def _note(self, told: dict[str, Any]) -> None:
        data = told["data"]
        self.contacts.add(data["customer"]["id"])
        case = data.get("case")
        if case is None:
            return
        self.cases.add(case["id"])
        self.disordered += data["sequence"] <= self._last.get(case["id"], -1)
        self._last[case["id"]] = max(data["sequence"], self._last.get(case["id"], -1))
        if told["type"] == "interaction.created":
            self.told[data["interaction"]["message_id"]] += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A hub that is killed hangs up."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True  # the hub was killed while it spoke: it has told nothing yet
                return
            if not receiver.take(self.headers["webhook-id"], body):
                self.close_connection = True  # it was taken, and the connection breaks before the answer
                return
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Standard error stays quiet."""

    return Handler
