"""The embedded hub over HTTP: how fast it acknowledges, and how many messages a second reach the tool.

The hub is a process of its own. Who writes to it runs on the same machine and takes its share of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from local.deliveries import Person, message_delivery

ROOT: Final = Path(__file__).parents[1]
DEMO: Final = ROOT / "config" / "demo.yaml"
PEOPLE: Final = 60
START_S: Final = 20
DONE_S: Final = 120


@contextmanager
def hub(folder: str, config: Path = DEMO) -> Iterator[dict[str, Any]]:
    """A running hub; what its `run.json` says. What it says of tools that fail is not shown."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "run", "--port", "0", "--data", folder]
    command += ["--config", str(config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield _access(Path(folder) / "run.json", running)
        finally:
            running.terminate()


def _access(file: Path, hub: subprocess.Popen[bytes]) -> dict[str, Any]:
    until = time.monotonic() + START_S
    while time.monotonic() < until and hub.poll() is None:
        if file.exists():
            access: dict[str, Any] = json.loads(file.read_text())
            return access
        time.sleep(0.05)
    raise RuntimeError("the hub did not start")


class Provider:
    """Posts signed messages of many people, over connections that stay open."""

    def __init__(self, access: dict[str, Any]) -> None:
        self._access = access
        self._address = urlsplit(access["url"])
        self._people = [Person(f"Ana Example {n}", f"1202555{n:04d}", f"US.4{n:018d}") for n in range(PEOPLE)]
        self._run = uuid4().hex
        self._told_until = 0
        self._told = 0

    def post(
        self, numbers: Sequence[int], connections: int, per_second: float | None = None
    ) -> tuple[list[float], float]:
        """One message for each number. Seconds until each was acknowledged, and seconds in all.

        As fast as it is acknowledged, or `per_second`. Raises RuntimeError for an answer other than 200.
        """
        taken: list[float] = []
        wrong: list[BaseException] = []
        begun = time.monotonic()

        def lane(mine: int) -> None:
            connection = HTTPConnection(str(self._address.hostname), self._address.port, timeout=30)
            try:
                for place in range(mine, len(numbers), connections):
                    if per_second is not None:
                        time.sleep(max(0.0, begun + place / per_second - time.monotonic()))
                    taken.append(self._one(connection, numbers[place]))
            except (OSError, RuntimeError) as error:
                wrong.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=lane, args=(mine,)) for mine in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise RuntimeError("the hub did not take a message") from wrong[0]
        return taken, time.monotonic() - begun

    def _one(self, connection: HTTPConnection, number: int) -> float:
        secret = self._access["secrets"]["whatsapp"]
        head = {"id": f"wamid.{self._run}.{number}", "timestamp": str(int(time.time()))}
        said = {**head, "type": "text", "text": {"body": f"Mensaje {number}: ¿cuándo llega mi pedido?"}}
        body = message_delivery(secret["account"], self._people[number % PEOPLE], said, by_company=False)
        signature = hmac.new(secret["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        began = time.monotonic()
        connection.request("POST", "/webhooks/whatsapp", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the webhook answered {answer.status}")
        return time.monotonic() - began

    def wait_until_told(self, messages: int) -> None:
        """Returns when the demonstration's tool was told of so many messages in all."""
        until = time.monotonic() + DONE_S
        while self._told < messages:
            if time.monotonic() > until:
                raise RuntimeError(f"the tool was told {self._told} of {messages} messages")
            connection = HTTPConnection(str(self._address.hostname), self._address.port, timeout=30)
            headers = {"Authorization": f"Bearer {self._access['token']}"}
            connection.request("GET", f"/demo-tool/events?after={self._told_until}", headers=headers)
            events = json.loads(connection.getresponse().read())["events"]
            connection.close()
            self._told += sum(event["body"]["type"] == "interaction.created" for event in events)
            self._told_until = events[-1]["n"] if events else self._told_until
            if len(events) < 100:
                time.sleep(0.1)


def measure(paced: int = 400, per_second: float = 50, flood: int = 1500, connections: int = 8) -> dict[str, Any]:
    """At a steady pace, and as fast as it goes."""
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder, hub(folder) as access:
        provider = Provider(access)
        provider.post(range(2 * PEOPLE), connections)
        provider.wait_until_told(2 * PEOPLE)
        steady, _ = provider.post(range(1000, 1000 + paced), connections, per_second)
        provider.wait_until_told(2 * PEOPLE + paced)
        began = time.monotonic()
        fast, acknowledged_s = provider.post(range(10_000, 10_000 + flood), connections)
        provider.wait_until_told(2 * PEOPLE + paced + flood)
        told_s = time.monotonic() - began
    return {
        "paced": {"per_second": per_second, **_percentiles(steady)},
        "flood": {
            "messages": flood,
            "connections": connections,
            "acknowledged_per_second": flood / acknowledged_s,
            "told_per_second": flood / told_s,
            **_percentiles(fast),
        },
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100)
    return {"p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}
