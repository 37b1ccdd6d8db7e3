"""Many people write, a tool answers each of them, and everybody gets what is theirs: the parts around a hub.

The tool and WhatsApp are outside the hub's process, so that it can be killed while they go on.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.stand_ins.whatsapp import Delivered
from shared.connectors.standard_webhooks import keys_of, sign
from tests.system.embedded import RunningHub, message
from tests.system.phones import ACCOUNT, Phones

WRITERS, ANSWERERS = 4, 4
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Tool:
    """A machine that answers whatever a customer says, each thing once; every other answer names what it answers.

    `heard`: how often each thing was told, copies aside. `answers`: what it told the hub, by name.
    """

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.told_of_answers: list[Any] = []
        self.answers: dict[str, str | None] = {}
        self.refused: list[int] = []
        self._ids: set[str] = set()
        self._lock = threading.Lock()
        self._to_answer: queue.Queue[tuple[RunningHub, dict[str, Any]] | None] = queue.Queue()
        self._hub: RunningHub | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _receiving(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        for work in (self._server.serve_forever, *[self._answer_all] * ANSWERERS):
            threading.Thread(target=work, daemon=True).start()

    def belongs_to(self, hub: RunningHub) -> None:
        self._hub = hub

    def stop(self) -> None:
        for _ in range(ANSWERERS):
            self._to_answer.put(None)
        self._server.shutdown()
        self._server.server_close()

    def take(self, webhook_id: str, body: bytes) -> None:
        told = json.loads(body)
        with self._lock:
            if webhook_id in self._ids or told["type"] != "interaction.created":
                return
            self._ids.add(webhook_id)
            said = told["data"]["interaction"]
            if said["author"]["type"] != "customer":
                self.told_of_answers.append(said)
                return
            self.heard[said["message_id"]] += 1
        assert self._hub
        self._to_answer.put((self._hub, told["data"]))

    def _answer_all(self) -> None:
        while (work := self._to_answer.get()) is not None:
            hub, data = work
            said = data["interaction"]
            quoted = said["message_id"] if len(self.answers) % 2 else None
            with self._lock:
                self.answers[said["message_id"]] = quoted
            about = {"in_reply_to": quoted} if quoted else {}
            self._tell(hub, f"a-{said['message_id']}", {"case_id": data["case"]["id"], **about, **_answer(said)})

    def _tell(self, hub: RunningHub, name: str, data: dict[str, Any]) -> None:
        """Again until it is taken: the hub may be dead."""
        secret = json.loads((hub.folder / "secrets.json").read_text())["desk"]
        data = {"external_id": name, "author": {"id": "bot", "name": "Bot"}, **data}
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = json.dumps({"type": "agent.reply", "timestamp": at, "data": data}).encode()
        while True:
            now = int(time.time())
            signed = (name, str(now), sign(keys_of(secret, "desk"), name, now, body))
            try:
                status, _ = hub.ask("POST", "/connectors/desk/events", body, **dict(zip(NAMES, signed, strict=True)))
            except Exception:  # noqa: BLE001  whatever a dead hub does to a connection
                status = 0
            if status in (200, 202):
                return
            if 400 <= status < 500 and status != 429:
                self.refused.append(status)
                return
            time.sleep(0.2)


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    return {"text": f"Respuesta a {said['message_id']}"}


def _receiving(tool: Tool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            tool.take(self.headers["webhook-id"], self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Standard error stays quiet."""

    return Handler


class Town:
    """People, WhatsApp, a hub and a tool. WhatsApp loses a tenth of its answers after taking what is to be sent, and
    sends each receipt twice, in any order."""

    def __init__(self, folder: Path, people: int, each: int) -> None:
        self.tool = Tool()
        self._order = [(person, number) for number in range(each) for person in range(people)]
        self._phones = Phones(folder, _config(folder, self.tool.url), loses_every=10)
        self.hub = self._phones.hub
        self.tool.belongs_to(self.hub)

    def start(self) -> None:
        self._phones.start()

    def stop(self) -> None:
        self._phones.stop()
        self.tool.stop()

    @property
    def messages(self) -> list[str]:
        return [message(person, number)["id"] for person, number in self._order]

    def write(self) -> None:
        """Everybody, in their order; returns when all is taken."""
        lanes: list[list[tuple[int, int]]] = [[] for _ in range(WRITERS)]
        for person, number in self._order:
            lanes[person % WRITERS].append((person, number))
        threads = [threading.Thread(target=self._write, args=(lane,), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _write(self, lane: list[tuple[int, int]]) -> None:
        for person, number in lane:
            self._phones.write(person, number, f"Mensaje {number}")

    def got(self) -> list[Delivered]:
        return self._phones.provider.delivered()

    def answers(self) -> Iterator[dict[str, Any]]:
        """What the hub's log says of every answer, by its text."""
        people = sorted({person for person, _ in self._order})
        for person in people:
            [customer] = self.hub.customers(f"+59399000{person:04}")
            [case] = self.hub.get(f"/v1/customers/{customer['id']}/timeline?limit=100")["cases"]
            path: str | None = f"/v1/cases/{case['id']}"
            while path:
                page = self.hub.get(path)
                yield from (one for one in page["interactions"] if one["direction"] == "outbound" and one.get("text"))
                path = f"/v1/cases/{case['id']}?cursor={page['next']}" if page.get("next") else None


def _config(folder: Path, url: str) -> Path:
    path = folder / "hub.yaml"
    path.write_text(
        "brands:\n"
        "- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}\n"
        "accounts:\n"
        f'- {{channel: whatsapp, id: "{ACCOUNT}", brand: acme, portfolio: default, secret: whatsapp}}\n'
        "connectors:\n"
        f'- {{name: desk, kind: generic_webhook, url: "{url}", secret: desk, allow_private: true}}\n'
    )
    return path
