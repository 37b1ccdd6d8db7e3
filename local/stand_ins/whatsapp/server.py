"""The stand-in on loopback.

| request | does |
| --- | --- |
| `POST /v25.0/<phone number id>/messages` | sends, with the account's token |
| `POST /v25.0/<phone number id>/media` | takes a file, for a message to name |
| `GET /v25.0/<media id>` | says of a file, with a link that lives five minutes |
| `GET /stand-in/file/<link>` | the file, with the token |
| `POST /stand-in/media` (the file, its type and `?filename=`) | a person's phone sends it: what a message says of it |
| `GET /stand-in/media/<media id>` | the file of a message, as the person sees it |
| `GET /stand-in/delivered?person=…&after=…` | what people got |
| `POST /stand-in/wrote` `{"account", "phone"?, "user_id"?, "at"?}` | a person wrote: their window is open |
| `POST /stand-in/behaviour` | see `Behaviour`; what is named changes |

Those of `/stand-in/` but links ask for a token of the hub's, as they show or change what people get.
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

from local.stand_ins.whatsapp.media import Kept, fault_of, uploaded
from local.stand_ins.whatsapp.provider import Provider

HOST: Final = "127.0.0.1"
LARGEST: Final = 1 << 20
LARGEST_FILE: Final = 101 << 20
LOOK_S: Final = 0.05
"""So often it looks whether it was stopped."""
_SENDING: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)/messages")
_UPLOADING: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)/media")
_FILE: Final = re.compile(r"/v\d+\.\d+/([0-9A-Za-z_-]+)")
_KEPT: Final = re.compile(r"/stand-in/media/([0-9]+)")
_LINK: Final = re.compile(r"/stand-in/file/([0-9a-f]+)")


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
        provider.shelf.url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), name="stand-in", daemon=True)

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
        path = urlsplit(self.path).path
        takes_files = path == "/stand-in/media" or _UPLOADING.fullmatch(path)
        if not length.isdigit() or int(length) > (LARGEST_FILE if takes_files else LARGEST):
            self.close_connection = True
            self._answer(413, {"message": "too large"})
            return
        body = self.rfile.read(int(length))
        sending, uploading = _SENDING.fullmatch(path), _UPLOADING.fullmatch(path)
        if uploading:
            self._upload(uploading[1], body)
        elif path == "/stand-in/media":
            self._take_file(body)
        elif sending:
            self._send(sending[1], body)
        elif path in ("/stand-in/wrote", "/stand-in/behaviour"):
            self._control(path, body)
        else:
            self._answer(404, {"message": "Not Found"})

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if file := _FILE.fullmatch(asked.path):
            self._about_file(file[1], asked.query)
        elif link := _LINK.fullmatch(asked.path):
            self._give_file(self.provider.shelf.behind(link[1]) if self.provider.knows(self._token()) else None)
        elif kept := _KEPT.fullmatch(asked.path):
            self._give_file(self.provider.shelf.kept(kept[1]) if self.is_token(self._token()) else None)
        elif asked.path != "/stand-in/delivered":
            self._answer(404, {"message": "Not Found"})
        elif not self.is_token(self._token()):
            self._answer(401, {"message": "Unauthorized"})
        else:
            query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
            after = query.get("after", "0")
            found = self.provider.delivered(query.get("person"), int(after) if after.isdigit() else 0)
            self._answer(200, {"delivered": [asdict(one) for one in found]})

    def _upload(self, account: str, body: bytes) -> None:
        file = uploaded(self.headers.get("content-type") or "", body)
        if not self.provider.may_use(account, self._token()):
            self._answer(401, {"error": {"code": 190, "message": "(#190) Error validating access token"}})
        elif file is None:
            self._answer(400, {"error": {"code": 100, "message": "(#100) The parameter file is required"}})
        elif fault := fault_of(file[0], file[1]):
            self._answer(400, {"error": {"code": 100, "message": f"(#100) {fault}"}})
        else:
            self._answer(200, {"id": self.provider.shelf.put(*file)["id"]})

    def _take_file(self, body: bytes) -> None:
        if not self.is_token(self._token()):
            self._answer(401, {"message": "Unauthorized"})
            return
        named = parse_qs(urlsplit(self.path).query).get("filename")
        kind = self.headers.get("content-type") or "application/octet-stream"
        self._answer(200, self.provider.shelf.put(body, kind, named[-1] if named else None))

    def _about_file(self, id_: str, query: str) -> None:
        account = parse_qs(query).get("phone_number_id", [""])[-1]
        if not self.provider.may_use(account, self._token()):
            self._answer(401, {"error": {"code": 190, "message": "(#190) Error validating access token"}})
            return
        said = self.provider.shelf.about(id_)
        unknown = {"error": {"code": 100, "error_subcode": 33, "message": "(#100) Unsupported get request"}}
        self._answer(400 if said is None else 200, said or unknown)

    def _give_file(self, kept: Kept | None) -> None:
        if kept is None:
            self._answer(404, {"message": "Not Found"})
            return
        self.send_response(200)
        self.send_header("content-type", kept.mime_type)
        self.send_header("content-length", str(len(kept.content)))
        self.end_headers()
        self.wfile.write(kept.content)

    def _send(self, account: str, body: bytes) -> None:
        said = self.provider.send(account, self._token(), body)
        self.stop.wait(said.after_s)
        if said.is_lost or self.stop.is_set():
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(said.status, said.content)

    def _control(self, path: str, body: bytes) -> None:
        if not self.is_token(self._token()):
            self._answer(401, {"message": "Unauthorized"})
            return
        try:
            wanted = json.loads(body)
            if path.endswith("wrote"):
                self.provider.wrote(**wanted)
            else:
                self.provider.behave(dict(wanted))
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
