"""WhatsApp, the people on it, and a hub that may be killed while they write on."""

from __future__ import annotations

import re
import socket
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from local.run import TEMPLATE
from local.stand_ins.teller import posting_to
from local.stand_ins.whatsapp import Behaviour, Provider, Receipts, Server
from tests.system.embedded import RunningHub, delivery, message

ACCOUNT, TOKEN = "200000000000001", "token-of-the-stand-in"
SOON_S = 4
"""What failed is shown again after this, and not after the minutes of the deployed queues."""
LEASE_S = 28
"""The time limit of a worker that tells: its lease ends soon after, where it died."""


class TwoWayHub(RunningHub):
    """On one port for life: Meta and the tool know no other."""

    def __init__(self, folder: Path, config: Path, template: Path, stand_in: str) -> None:
        super().__init__(folder, config)
        self._template = template
        self._stand_in = stand_in
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        where = [str(self.port), str(self.folder), str(self.config), str(self.clock_every), str(self._template)]
        return [sys.executable, "-m", "tests.system.two_way_hub", *where, self._stand_in, TOKEN]


class Phones:
    """A hub and WhatsApp outside its process: a stand-in that behaves as told, and sends each receipt twice, in any
    order. `soon_s`: as of `quick_template`."""

    def __init__(self, folder: Path, config: Path, soon_s: int = SOON_S, loses_every: int = 0) -> None:
        behaviour = Behaviour(loses_every=loses_every, copies=2, order="shuffled")
        self._receipts = Receipts(self._post_receipt, self._app_secret, Random(1))
        self.provider = Provider(lambda _: TOKEN, self._receipts, time.time, behaviour=behaviour)
        self._server = Server(self.provider, lambda _: False)
        self.hub = TwoWayHub(folder / "hub", config, quick_template(folder, soon_s), self._server.url)

    def start(self) -> None:
        self.hub.start()
        self._server.start()
        self._receipts.start()

    def stop(self) -> None:
        self.hub.stop()
        self._server.stop()
        self._receipts.stop()

    def write(self, person: int, number: int, text: str) -> None:
        """One message of a person, sent again until it is taken: the hub may be dead."""
        said = {**message(person, number, text), "timestamp": str(int(time.time()))}
        self.provider.wrote(ACCOUNT, said["from"], said["from_user_id"])
        while not self._is_taken(delivery(said)):
            time.sleep(0.2)

    def _is_taken(self, body: dict[str, Any]) -> bool:
        try:
            return self.hub.deliver(body) == 200
        except Exception:  # noqa: BLE001  whatever a dead hub does to a connection
            return False

    def _post_receipt(self, body: bytes, headers: Any) -> int:
        return posting_to(f"{self.hub.url}/webhooks/whatsapp")(body, headers)

    def _app_secret(self, _: str) -> str:
        return str(self.hub.about["secrets"]["whatsapp"]["app_secret"])


def quick_template(folder: Path, soon_s: int = SOON_S) -> Path:
    """The hub's own, less patient. `soon_s`: what is in somebody's hands for so long is given to another; longer than
    the slowest tool takes."""
    text = TEMPLATE.read_text("utf-8")
    text = re.sub(r"VisibilityTimeout: \d+", f"VisibilityTimeout: {soon_s}", text)
    text = re.sub(r"( Timeout:) 60\b", rf"\1 {LEASE_S}", text)
    path = folder / "template.yaml"
    path.write_text(text, "utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
