"""Stands before a tool and loses some of its answers: the tool did what it was asked, and nobody hears of it."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

SEARCHES = re.compile(r"/REST/2\.0/(tickets|transactions|users)\b")
"""What asks by POST, and changes nothing."""
Ask = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, Mapping[str, str], bytes]]
"""Method, path, headers and body to the tool's status, headers and body."""
HOP = ("connection", "content-length", "transfer-encoding", "keep-alive", "host", "date", "server")


class DroppingProxy:
    """Passes everything on to a tool. Of requests that change something a share of the answers, by chance, is lost.
    `passed`: how many of each method; `dropped`: what was lost, method and path."""

    def __init__(self, ask: Ask, share: float, seed: int = 7) -> None:
        self.ask = ask
        self.passed: Counter[str] = Counter()
        self.dropped: list[str] = []
        self._share = share
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _passing(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def loses(self, method: str, path: str) -> bool:
        """Whether the answer to this request never arrives."""
        changes = method != "GET" and not SEARCHES.match(path)
        with self._lock:
            self.passed[method] += 1
            is_lost = changes and self._random.random() < self._share
            if is_lost:
                self.dropped.append(f"{method} {path}")
            return is_lost


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A hub that was killed hangs up."""


def _passing(proxy: DroppingProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 120

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            status, heads, said = proxy.ask(self.command, self.path, headers, body or None)
            if proxy.loses(self.command, self.path):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for name, value in heads.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            with suppress(OSError):  # the hub was killed meanwhile
                self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Standard error stays quiet."""

    return Handler
