"""The stand-in on loopback.

| request | does |
| --- | --- |
| `POST /v2/email/outbound-emails` | sends, signed for `ses` |
| `GET /v2/email/account`, `GET /v2/email/identities/<name>` | as SES says |
| `GET /stand-in/delivered?person=…&after=…` | what people got: `{"delivered": [{"n", "id", …, "raw"}]}` |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |
| `POST /stand-in/vanish` `{"address"}` | nobody has this address any more |

The last three ask for a token of the hub's, as they show or change what people get.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from local.stand_ins.ses.provider import Delivered, Provider, Said

HOST: Final = "127.0.0.1"
LARGEST: Final = 60 * 1024 * 1024
LOOK_S: Final = 0.05
"""So often it looks whether it was stopped."""
SENDING: Final = "/v2/email/outbound-emails"
IDENTITIES: Final = "/v2/email/identities/"


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
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), name="ses", daemon=True)

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
            self._answer(Said(413, {"message": "Request Too Long"}))
            return
        body, path = self.rfile.read(int(length)), urlsplit(self.path).path
        if path == SENDING:
            self._send(body)
        elif path in ("/stand-in/behaviour", "/stand-in/vanish"):
            self._control(path, body)
        else:
            self._answer(Said(404, {"message": "Not Found"}))

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/v2/email/account":
            self._answer(self.provider.account(self._named()))
        elif asked.path.startswith(IDENTITIES):
            self._answer(self.provider.identity(self._named(), unquote(asked.path.removeprefix(IDENTITIES))))
        elif asked.path != "/stand-in/delivered":
            self._answer(Said(404, {"message": "Not Found"}))
        elif not self.is_token(self._token()):
            self._answer(Said(401, {"message": "Unauthorized"}))
        else:
            query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
            after = query.get("after", "0")
            found = self.provider.delivered(query.get("person"), int(after) if after.isdigit() else 0)
            self._answer(Said(200, {"delivered": [_shown(one) for one in found]}))

    def _send(self, body: bytes) -> None:
        said = self.provider.send(self._named(), body)
        self.stop.wait(said.after_s)
        if said.is_lost or self.stop.is_set():
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(said)

    def _control(self, path: str, body: bytes) -> None:
        if not self.is_token(self._token()):
            self._answer(Said(401, {"message": "Unauthorized"}))
            return
        try:
            wanted = json.loads(body)
            if path.endswith("vanish"):
                self.provider.vanish(str(wanted["address"]))
            else:
                self.provider.behave(dict(wanted))
        except (KeyError, TypeError, ValueError) as error:
            self._answer(Said(400, {"message": str(error)}))
            return
        self._answer(Said(200, asdict(self.provider.behaviour)))

    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _token(self) -> str:
        scheme, _, token = (self.headers.get("authorization") or "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def _answer(self, said: Said) -> None:
        body = json.dumps(said.content).encode()
        self.send_response(said.status)
        if said.code:
            self.send_header("x-amzn-errortype", f"{said.code}:http://internal.amazon.com/coral/com.amazonaws.ses/")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: paths and bodies name people."""


def _shown(one: Delivered) -> dict[str, Any]:
    return {**asdict(one), "raw": one.raw.decode("utf-8", "replace"), "text": one.text}
