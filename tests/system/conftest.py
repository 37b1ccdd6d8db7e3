"""A whole hub as its own process, as `hilo run` starts it, and a provider that writes to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
READY_S = 15.0


class HubProcess:
    """`hilo run` on a data folder. It may be stopped, killed and started again."""

    def __init__(self, data: Path, config: Path = ROOT / "config" / "demo.yaml") -> None:
        self.data = data
        self.config = config
        self.process: subprocess.Popen[str] | None = None
        self.access: dict[str, Any] = {}

    def start(self, port: int = 0) -> None:
        """Returns when `run.json` is there. Fails when that takes longer than promised."""
        self.process = self.spawn(port)
        until = time.monotonic() + READY_S
        while self._read_access().get("pid") != self.process.pid:
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < until, "not ready in time"
            time.sleep(0.02)
        self.access = self._read_access()

    def spawn(self, port: int = 0) -> subprocess.Popen[str]:
        hilo = [sys.executable, "-c", "from cli.main import main; main()"]
        command = [*hilo, "run", "--port", str(port), "--data", str(self.data)]
        return subprocess.Popen(
            [*command, "--config", str(self.config), "--clock-every", "0.5"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def _read_access(self) -> dict[str, Any]:
        try:
            access: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        except FileNotFoundError:
            return {}
        return access

    def end(self, with_signal: signal.Signals) -> tuple[int, str, str]:
        """Sends the signal and waits. Exit code, standard output, standard error."""
        assert self.process is not None
        os.kill(self.process.pid, with_signal)
        output, errors = self.process.communicate(timeout=20)
        code, self.process = self.process.returncode, None
        return code, output, errors

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        host, port = self.access["url"].removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def look(self, path: str) -> Any:
        """A GET with the hub's token."""
        status, body = self.ask("GET", path, headers={"Authorization": f"Bearer {self.access['token']}"})
        assert status == 200, (status, body)
        return json.loads(body)

    def command(self, path: str, content: Any) -> None:
        headers = {"Authorization": f"Bearer {self.access['token']}", "Content-Type": "application/json"}
        status, body = self.ask("POST", path, json.dumps(content).encode(), headers)
        assert status == 200, (status, body)

    def write(self, wa_id: str, text: str, message_id: str) -> int:
        """One WhatsApp message, signed. The status of the answer."""
        account = self.access["secrets"]["whatsapp"]["account"]
        return self.post(json.dumps(_delivery(account, wa_id, text, message_id)).encode())

    def post(self, body: bytes) -> int:
        """A delivery of WhatsApp's, signed. The status of the answer."""
        secret = self.access["secrets"]["whatsapp"]
        signature = "sha256=" + hmac.new(secret["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        status, _ = self.ask("POST", "/webhooks/whatsapp", body, headers)
        return status

    def told(self) -> list[dict[str, Any]]:
        """Everything that the demo tool was told, in order of arrival."""
        events: list[dict[str, Any]] = []
        while page := self.look(f"/demo-tool/events?after={events[-1]['n'] if events else 0}")["events"]:
            events += page
        return events

    def told_texts(self) -> list[str]:
        """The texts of the interactions that the demo tool was told, in order of arrival."""
        bodies = [event["body"] for event in self.told()]
        return [body["data"]["interaction"]["text"] for body in bodies if body["type"] == "interaction.created"]


def _delivery(account: str, wa_id: str, text: str, message_id: str) -> dict[str, Any]:
    message = {
        "from": wa_id,
        "id": message_id,
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "12025550100", "phone_number_id": account},
        "contacts": [{"profile": {"name": "Ana Example"}, "wa_id": wa_id}],
        "messages": [message],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }


@pytest.fixture
def hub_process(tmp_path: Path) -> Iterator[HubProcess]:
    """Not started yet."""
    hub = HubProcess(tmp_path / "data")
    yield hub
    hub.close()


@pytest.fixture
def running_hub(hub_process: HubProcess) -> HubProcess:
    hub_process.start()
    return hub_process


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Look again until it holds; fails when it does not in time."""

    def wait(holds: Callable[[], Any], timeout_s: float = 30.0) -> None:
        until = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < until, "it did not come to hold in time"
            time.sleep(0.05)

    return wait
