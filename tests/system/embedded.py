"""A running hub, from outside: started as a process, spoken to over HTTP, killed."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60


class RunningHub:
    """One embedded hub on a free port over one folder. Starting again goes on where it was."""

    def __init__(self, folder: Path, config: Path | None = None, clock_every: float = 0.5) -> None:
        self.folder = folder
        self.config = config or ROOT / "config" / "demo.yaml"
        self.clock_every = clock_every
        self.process: subprocess.Popen[bytes] | None = None
        self.about: dict[str, Any] = {}
        self._local = threading.local()

    def start(self) -> RunningHub:
        (self.folder / "run.json").unlink(missing_ok=True)
        log = (self.folder.parent / f"{self.folder.name}.log").open("ab")
        self.process = subprocess.Popen(self.command(), cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
        try:
            self.about = eventually(self._ready, within_s=READY_S)
        except AssertionError:
            self.kill()
            raise
        return self

    def command(self) -> list[str]:
        command = [sys.executable, "-c", "from cli.main import main; main()", "run", "--port", "0"]
        command += ["--data", str(self.folder), "--config", str(self.config)]
        return [*command, "--clock-every", str(self.clock_every)]

    def _ready(self) -> dict[str, Any] | None:
        assert self.process is not None
        assert self.process.poll() is None, "the hub ended while starting"
        path = self.folder / "run.json"
        if not path.exists():
            return None
        self.about = json.loads(path.read_text())
        try:
            status, _ = self.ask("GET", "/health")
        except OSError:
            return None
        return self.about if status == 200 else None

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._local = threading.local()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """One request on this thread's own kept connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            parts = urlsplit(self.about["url"])
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            self._local.connection = connection
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._local.connection = None
            raise

    def get(self, path: str) -> Any:
        bearer = f"Bearer {self.about['token']}"
        try:
            status, body = self.ask("GET", path, Authorization=bearer)
        except (OSError, http.client.HTTPException):  # it closes a connection that was idle for a minute
            status, body = self.ask("GET", path, Authorization=bearer)
        assert status == 200, (status, body)
        return json.loads(body)

    def put_right(self, path: str, body: dict[str, Any]) -> Any:
        """POST as an operator."""
        bearer = f"Bearer {self.about['token']}"
        status, answer = self.ask("POST", path, json.dumps(body).encode(), Authorization=bearer)
        assert status == 200, (status, answer)
        return json.loads(answer)

    def deliver(self, delivery: dict[str, Any] | bytes, secret: str | None = None) -> int:
        """Post as WhatsApp would. Returns the status."""
        body = delivery if isinstance(delivery, bytes) else json.dumps(delivery).encode()
        key = secret or self.about["secrets"]["whatsapp"]["app_secret"]
        signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        return self.ask("POST", "/webhooks/whatsapp", body, **headers)[0]

    def customers(self, phone: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/v1/customers?identity={quote(f'phone:{phone}')}")["customers"]
        return found

    def timeline(self, phone: str) -> dict[str, Any]:
        [customer] = self.customers(phone)
        told: dict[str, Any] = self.get(f"/v1/customers/{customer['id']}/timeline?limit=100")
        return told

    def told(self) -> list[dict[str, Any]]:
        """Everything the demo tool was told, in order of arrival."""
        events: list[dict[str, Any]] = []
        while True:
            after = events[-1]["n"] if events else 0
            page = self.get(f"/demo-tool/events?after={after}&limit=500")["events"]
            if not page:
                return events
            events += page

    def said(self) -> list[dict[str, Any]]:
        """The interactions the demo tool was told."""
        return [one for one in self.told() if one["body"]["type"] == "interaction.created"]

    def letters(self) -> list[dict[str, Any]]:
        letters: list[dict[str, Any]] = []
        path = "/v1/dead-letters?limit=100"
        while True:
            page = self.get(path)
            letters += page["dead_letters"]
            if not page.get("next"):
                return letters
            path = f"/v1/dead-letters?limit=100&cursor={quote(page['next'])}"


def eventually(look: Callable[[], Any], within_s: float, every_s: float = 0.05) -> Any:
    """What `look` returns once it is true. Fails when it is not within the time."""
    end = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, f"not within {within_s} s; last seen: {str(seen)[:300]}"
        time.sleep(every_s)


def comes(holds: Callable[[], bool], moving: Callable[[], Any], quiet_s: float, every_s: float = 0.05) -> bool:
    """Whether it came to hold. Given up when nothing has moved for so long: a busy machine is waited for."""
    last, seen = time.monotonic(), moving()
    while not holds():
        time.sleep(every_s)
        if (now := moving()) != seen:
            seen, last = now, time.monotonic()
        if time.monotonic() - last > quiet_s:
            return holds()
    return True


def message(person: int, number: int, text: str = "Hola", *, number_id: str = "200000000000001") -> dict[str, Any]:
    """One text message of an invented person."""
    phone, scoped = f"59399000{person:04}", f"EC.{person:04}"
    return {
        "from": phone,
        "from_user_id": scoped,
        "id": f"wamid.{number_id[-1]}.{person}.{number}",
        "timestamp": str(1_795_340_000 + number),
        "type": "text",
        "text": {"body": text},
    }


def delivery(*messages: dict[str, Any], number_id: str = "200000000000001") -> dict[str, Any]:
    """A delivery that holds these messages and the contacts they come from."""
    contacts = {
        one["from"]: {
            "profile": {"name": f"Persona {one['from'][-4:]}"},
            "wa_id": one["from"],
            "user_id": one["from_user_id"],
        }
        for one in messages
        if "from_user_id" in one
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100001", "phone_number_id": number_id},
        "contacts": list(contacts.values()),
        "messages": list(messages),
    }
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "100000000000001", "changes": [change]}]}


def each_phone(people: int) -> Iterator[str]:
    return (f"+59399000{person:04}" for person in range(people))
