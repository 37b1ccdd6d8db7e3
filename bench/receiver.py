"""A tool that takes whatever it is told, in a process of its own.

`GET /` says what came: `{"calls", "bytes", "messages"}`.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

heard = {"calls": 0, "bytes": 0, "messages": 0}
counting = Lock()


class Tool(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        with counting:
            heard["messages"] += b'"type":"interaction.created"' in body
            heard["calls"] += 1
            heard["bytes"] += length
        self._answer({})

    def do_GET(self) -> None:
        self._answer(heard)

    def _answer(self, content: dict[str, int]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Tool).serve_forever()
