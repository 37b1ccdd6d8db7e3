"""A scripted HTTP server on 127.0.0.1: what the other side says, and how it says it badly."""

from __future__ import annotations

import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Reply: TypeAlias = Callable[[BaseHTTPRequestHandler], None]
Tool: TypeAlias = Callable[[Received], tuple[int, Mapping[str, str], bytes]]
"""What a request does at the other side, and its answer: status, headers, body."""


def nothing_to_say(_: Received) -> tuple[int, Mapping[str, str], bytes]:
    return 204, {}, b""


def answer(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
    def write(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return write


def lost(request: BaseHTTPRequestHandler) -> None:
    """The request was taken, and the connection breaks before the answer."""
    request.close_connection = True


def raw(said: bytes) -> Reply:
    """These bytes, whatever they are, and the end."""

    def write(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.wfile.write(said)

    return write


def bomb(status: int = 200, megabytes: int = 64) -> Reply:
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1 << 20)  # 31: gzip's own frame
    packed = b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    return answer(status, {"content-encoding": "gzip"}, packed)


@dataclass
class Receiver:
    """Answers each request by the next reply of `script`, or as `tool` does when it is empty."""

    tool: Tool = nothing_to_say
    script: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    flooded: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def as_usual(self, request: BaseHTTPRequestHandler) -> None:
        answer(*self.tool(self.received[-1]))(request)

    def lost_after(self, request: BaseHTTPRequestHandler) -> None:
        """The request takes effect, and the connection breaks before the answer."""
        self.tool(self.received[-1])
        lost(request)

    def stalled(self, request: BaseHTTPRequestHandler) -> None:
        """Says nothing until the test is over."""
        self.released.wait(30)
        request.close_connection = True

    def dripping(self, beginning: bytes) -> Reply:
        """One byte every 50 ms after this beginning, so that no single wait is long."""

        def write(request: BaseHTTPRequestHandler) -> None:
            request.close_connection = True
            request.wfile.write(beginning)
            for _ in range(100):  # 5 s: a client that waits fails its test, and the test ends
                if self.released.wait(0.05):
                    return
                try:
                    request.wfile.write(b"x")
                except OSError:
                    return

        return write

    def flooding(self, status: int) -> Reply:
        """A body without end; `flooded` counts the bytes that went out."""

        def write(request: BaseHTTPRequestHandler) -> None:
            request.close_connection = True
            request.send_response(status)
            request.end_headers()
            while self.flooded < 200 << 20 and not self.released.is_set():
                try:
                    request.wfile.write(b"x" * 65536)
                except OSError:
                    return
                self.flooded += 65536

        return write

    def start(self, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
        server = _Server(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def stop(self, server: ThreadingHTTPServer) -> None:
        self.released.set()
        server.shutdown()
        server.server_close()

    def wait_for(self, count: int) -> None:
        """Until so many requests were received; a lost answer may overtake its own record."""
        ends = time.monotonic() + 5
        while len(self.received) < count:
            assert time.monotonic() < ends, f"{len(self.received)} of {count} requests came"
            time.sleep(0.01)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or refuses the certificate, is what many of these tests are about."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait for an acknowledgement

        def setup(self) -> None:
            super().setup()
            receiver.connections += 1

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.command, self.path, headers, body))
            reply = receiver.script.pop(0) if receiver.script else receiver.as_usual
            reply(self)

        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def do_PUT(self) -> None:
            self._take()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Standard error stays quiet."""

    return Handler
