"""The stand-in on loopback. Both hosts of the Graph API are one, each under a path of its own.

| request | does |
| --- | --- |
| `POST /<facebook or instagram>/v25.0/<node>/messages` | sends, with the account's token |
| `GET /stand-in/delivered?person=…&after=…` | what people got |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |

Those of `/stand-in/` ask for a token of the hub's, as they show or change what people get.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from local.stand_ins.messenger.provider import Provider

HOST: Final = "127.0.0.1"
LARGEST: Final = 1 << 20
LOOK_S: Final = 0.05
"""So often it looks whether it was stopped."""
_SENDING: Final = re.compile(r"/(facebook|instagram)/v\d+\.\d+/([0-9A-Za-z_-]+)/messages")


class Server:
    """`is_token`: whether a token may look and change behaviour."""

    def __init__(self, provider: Provider, is_token: Callable[[str], bool], port: int = 0) -> None:
        self._stop = threading.Event()
        stop = self._stop

        class Handler(_Handler):
            pass

        Handler.provider, Handler.is_token, Handler.stop = provider, staticmethod(is_token), stop
        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), name="stand-in", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def hosts(self) -> dict[Any, str]:
        """Where each login's host is."""
        return {name: f"{self.url}/{name}" for name in ("facebook", "instagram")}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Nobody is answered any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    is_token: Callable[[str], bool]
    stop: threading.Event

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            self._answer(413, {"message": "too large"})
            return
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        if sending := _SENDING.fullmatch(path):
            self._send(sending[1], sending[2], body)
        elif path == "/stand-in/behaviour":
            self._behave(body)
        else:
            self._answer(404, {"message": "Not Found"})

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != "/stand-in/delivered":
            self._answer(404, {"message": "Not Found"})
        elif not self.is_token(self._token()):
            self._answer(401, {"message": "Unauthorized"})
        else:
            query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
            after = query.get("after", "0")
            found = self.provider.delivered(query.get("person"), int(after) if after.isdigit() else 0)
            self._answer(200, {"delivered": [asdict(one) for one in found]})

    def _send(self, host: str, node: str, body: bytes) -> None:
        said = self.provider.send(host, node, self._token(), body)
        self.stop.wait(said.after_s)
        if said.is_lost or self.stop.is_set():
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(said.status, said.content)

    def _behave(self, body: bytes) -> None:
        if not self.is_token(self._token()):
            self._answer(401, {"message": "Unauthorized"})
            return
        try:
            self.provider.behave(dict(json.loads(body)))
        except (TypeError, ValueError) as error:
            self._answer(400, {"message": str(error)})
            return
        self._answer(200, asdict(self.provider.behaviour))

    def _token(self) -> str:
        scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: paths and bodies name people."""
