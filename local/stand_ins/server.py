"""A stand-in as an HTTP server on loopback: what all of them do alike."""

from __future__ import annotations

import json
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit

HOST: Final = "127.0.0.1"
LOOK_S: Final = 0.05
"""So often it looks whether it was stopped."""


class Said(Protocol):
    """An answer. `after_s`: only then. `is_lost`: the caller never hears it."""

    @property
    def status(self) -> int: ...

    @property
    def content(self) -> dict[str, Any]: ...

    @property
    def after_s(self) -> float: ...

    @property
    def is_lost(self) -> bool: ...


class LoopbackServer:
    """`answering`: a kind of `Answers`, one of which is made for each connection. `is_token`: whether a token of the
    hub's may look and change behaviour."""

    def __init__(
        self, name: str, answering: type[Answers], provider: Any, is_token: Callable[[str], bool], port: int = 0
    ) -> None:
        self._stop = threading.Event()
        known = {"provider": provider, "is_token": staticmethod(is_token), "stop": self._stop}
        self._server = ThreadingHTTPServer((HOST, port), type(answering.__name__, (answering,), known))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), name=name, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Nobody is answered any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class Answers(BaseHTTPRequestHandler, ABC):
    """Answers requests. `provider` decides, as each stand-in's own does."""

    provider: Any
    is_token: Callable[[str], bool]
    stop: threading.Event

    protocol_version = "HTTP/1.1"
    timeout = 30
    too_large: ClassVar[str] = "too large"

    def do_GET(self) -> None:
        self.asked_for(urlsplit(self.path))

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        body = self._body(self.largest(path))
        if body is not None:
            self.posted(path, body)

    @abstractmethod
    def asked_for(self, asked: SplitResult) -> None:
        """A GET."""

    @abstractmethod
    def posted(self, path: str, body: bytes) -> None:
        """A POST."""

    @abstractmethod
    def largest(self, path: str) -> int:
        """Bytes of a body."""

    def _body(self, largest: int) -> bytes | None:
        """What was sent; None when it is too large, which is then answered."""
        length = self.headers.get("content-length", "0")
        if length.isdecimal() and int(length) <= largest:
            return self.rfile.read(int(length))
        self.close_connection = True
        self.answer(413, {"message": self.too_large})
        return None

    def token(self) -> str:
        scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def may(self) -> bool:
        """Whether the caller has a token of the hub's; who has not is answered so."""
        if self.is_token(self.token()):
            return True
        self.answer(401, {"message": "Unauthorized"})
        return False

    def not_found(self) -> None:
        self.answer(404, {"message": "Not Found"})

    def say(self, said: Said, **more: str) -> None:
        """When it is time; or nothing, when the answer is lost. `more`: further headers."""
        self.stop.wait(said.after_s)
        if said.is_lost or self.stop.is_set():
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.answer(said.status, said.content, more)

    def show_delivered(self, query: str, shown: Callable[[Any], dict[str, Any]] = asdict) -> None:
        """What people got, to who may see it: of one `person`, of what came `after` a number."""
        if not self.may():
            return
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        after = asked.get("after", "0")
        found = self.provider.delivered(asked.get("person"), int(after) if after.isdecimal() else 0)
        self.answer(200, {"delivered": [shown(one) for one in found]})

    def change(self, body: bytes, change: Callable[[Any], object]) -> None:
        """What is wished for as JSON, by who may. The behaviour that came of it."""
        if not self.may():
            return
        try:
            change(json.loads(body))
        except (KeyError, TypeError, ValueError) as error:
            self.answer(400, {"message": str(error)})
            return
        self.answer(200, asdict(self.provider.behaviour))

    def answer(self, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self.give(status, json.dumps(content).encode(), {"content-type": "application/json", **(headers or {})})

    def give(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing: paths and bodies name people."""
