"""The command line in a process of its own, and a hub that answers what a test tells it to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    def said(self, text: str) -> bool:
        """One line on standard error with this text, and no traceback."""
        return len(self.err.splitlines()) == 1 and self.err.startswith("hilo: ") and text in self.err


Hilo = Callable[..., Ended]


@pytest.fixture
def hilo(tmp_path: Path) -> Hilo:
    """Runs `hilo` with these arguments, in an empty folder, and returns how it ended."""

    def run(*arguments: str, given: bytes | str = b"", cwd: Path = tmp_path, **environment: str) -> Ended:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HILO_")}
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import main; main()", *arguments],
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            cwd=cwd,
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@dataclass
class Served:
    url: str
    answers: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, request: str, value: Any, status: int = 200) -> None:
        """What `GET /path` gets next; the last one given is repeated."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.answers.setdefault(request, []).append((status, body))


@pytest.fixture
def served() -> Iterator[Served]:
    """A hub on a free port of 127.0.0.1."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            hub.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            waiting = hub.answers.get(f"{self.command} {self.path}", [(404, b'{"message": "Not Found"}')])
            status, answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            self.send_response(status)
            if status in (301, 307):
                self.send_header("location", hub.url + "/elsewhere")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    hub = Served(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def running(served: Served, tmp_path: Path) -> Served:
    """The same hub, as if it had been started in the folder that commands run in."""
    folder = tmp_path / ".hilo"
    folder.mkdir()
    secrets = {"whatsapp": {"account": "200000000000001", "app_secret": "example-app-secret", "verify_token": "v"}}
    found = {"url": served.url, "token": "token-of-this-run", "secrets": secrets, "pid": 1}
    (folder / "run.json").write_text(json.dumps(found))
    return served
