"""A real Chromium, driven over its debugging pipe, and a hub of canned answers that serves the real page."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from functions.api.routes import Api

TOKEN = "token-of-an-operator"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
    "--hide-scrollbars",
)  # fmt: skip
LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""The browser reads commands from descriptor 3 and answers on 4."""


@dataclass
class CannedHub:
    """`data`: what `GET` answers, by path without its query; `refused`: with which status it does not. `posted`: what
    was sent."""

    url: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    posted: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if path.startswith("/console"):
            event = {"rawPath": path, "requestContext": {"http": {"method": method}}}
            answer = Api(SimpleNamespace(), str).answer(event)
            return answer["statusCode"], answer["headers"], answer["body"].encode()
        kind = {"content-type": "application/json"}
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, kind, b'{"error": {"code": "unauthorized", "message": "this token is not known"}}'
        if method == "POST":
            self.posted.append((path, json.loads(body)))
        if path in self.refused:
            return self.refused[path], kind, b'{"error": {"code": "refused", "message": "refused", "trace_id": "-"}}'
        found = self.data.get(path)
        if found is None:
            return 404, kind, b'{"message": "Not Found"}'
        return 200, kind, json.dumps(found).encode()


@pytest.fixture
def canned() -> Iterator[CannedHub]:
    hub = CannedHub()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, sent, answer = hub.answer(self.command, urlsplit(self.path).path, headers, body)
            self.send_response(status)
            for name, value in {**sent, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()


class Page:
    """One tab of a Chromium. Commands of the DevTools protocol go through a pipe, so no port is opened."""

    def __init__(self, profile: Path, language: str) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        self._calls = 0
        self._events: list[dict[str, Any]] = []
        self._left = b""
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", f"--lang={language}", "about:blank"]
        wrapped = [sys.executable, "-c", LAUNCH, str(to_read), str(to_write), *command]
        self._process = subprocess.Popen(
            wrapped,
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LANGUAGE": language},
        )
        os.close(to_read)
        os.close(to_write)
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Emulation.setUserAgentOverride", userAgent="console test", acceptLanguage=language)

    def size(self, width: int, height: int, scheme: str = "light") -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url: str) -> None:
        self._call("Page.navigate", url=url)
        self.wait_for("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        done = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait_for(self, script: str, patience_s: float = 10) -> Any:
        """Waits until the expression is true."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if value := self.run(script):
                return value
            time.sleep(0.05)
        raise AssertionError(f"never became true: {script}; the page says: {self.text()[:800]}; {self.complaints()}")

    def text(self) -> str:
        return str(self.run("document.body.innerText"))

    def click(self, selector: str) -> None:
        self.wait_for(f"document.querySelector({selector!r}) !== null")
        self.run(f"document.querySelector({selector!r}).click()")

    def press(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "char" else {}
            if kind != "char" or text:
                self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def type(self, text: str) -> None:
        self._call("Input.insertText", text=text)

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> list[str]:
        """Errors of scripts and broken rules of the content policy."""
        self.run("0")
        found = []
        for event in self._events:
            if event["method"] == "Runtime.exceptionThrown":
                found.append(str(event["params"]["exceptionDetails"]))
            entry = event["params"].get("entry", {}) if event["method"] == "Log.entryAdded" else {}
            if entry.get("level") == "error" and entry.get("source") != "network":
                found.append(entry["text"])
        return found

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        os.close(self._write)
        os.close(self._read)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._calls += 1
        asked: dict[str, Any] = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                return dict(answer["result"])
            if "method" in answer:
                self._events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            chunk = os.read(self._read, 65536)
            assert chunk, "Chromium has gone"
            self._left += chunk
        message, _, self._left = self._left.partition(b"\0")
        return dict(json.loads(message))


@pytest.fixture
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A tab, in English unless the test's parameter names another language."""
    if CHROMIUM is None:
        pytest.fail("Chromium is needed: make test-peers installs it")
    page = Page(tmp_path / "profile", getattr(request, "param", "en"))
    page.size(1280, 800)
    yield page
    page.close()
