"""One message after the other through all functions, each call measured: CPU time, and what left the function.

Every message gets invocations of its own at each stage: the dearest case, as on a quiet day. A full batch shares them.
Prints what was measured as JSON. Run as `python -m bench.walk moto|embedded PEOPLE MESSAGES`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from bench.meter import Meter
from bench.servers import moto, receiver
from bench.worlds import ACCOUNT, APP_SECRET, OnMoto, World, embedded, write_config
from functions.crm_sync import app as crm_sync
from functions.intake import app as intake
from functions.relay import app as relay
from functions.whatsapp_webhook import app as webhook
from local.deliveries import Person, message_delivery
from local.functions import Context

STAGES: Final = ("acknowledge", "intake", "relay", "sync")
WARM_UP: Final = 5
"""Messages before the first that counts: clients are made, connections opened, code is imported."""


@dataclass
class Spent:
    """On one message at one stage. `counts`: what the meter counted."""

    cpu_ms: float = 0.0
    invocations: int = 0
    counts: dict[str, float] = field(default_factory=dict)


class Walk:
    """Takes messages from the webhook to the tool."""

    def __init__(self, world: World, meter: Meter, tool: str, people: int) -> None:
        self._world = world
        self._meter = meter
        self._tool = urlsplit(tool)
        self._people = [_person(number) for number in range(people + WARM_UP)]
        self._run = uuid4().hex

    def message(self, person: int, number: int) -> dict[str, Spent]:
        """One message of a person, by stage. Returns when the tool was told and nothing is left to do."""
        self._spent = {stage: Spent() for stage in STAGES}
        text = "Buenas tardes, ¿me pueden decir por favor cuándo llega mi pedido? Muchas gracias."
        head = {"id": f"wamid.{self._run}.{person}-{number}", "timestamp": str(int(time.time()))}
        said = {**head, "type": "text", "text": {"body": text}}
        body = message_delivery(ACCOUNT, self._people[person], said, by_company=False)
        answer = self._call("acknowledge", webhook.handler, _request(body))
        if answer["statusCode"] != 200:
            raise RuntimeError(f"the webhook answered {answer['statusCode']}")
        moved = True
        while moved:
            moved = self._turn()
        return self._spent

    def _turn(self) -> bool:
        """Whatever waits, once. Whether anything did."""
        inbound = self._world.received("inbound")
        for record in inbound:
            self._call("intake", intake.handler, {"Records": [record]})
        changes = self._world.changes()
        if changes:
            self._call("relay", relay.handler, {"Records": changes})
        triggers = self._world.received("sync")
        for record in triggers:
            before = self._heard()
            self._call("sync", crm_sync.handler, {"Records": [record]})
            after = self._heard()
            counts = self._spent["sync"].counts
            counts["tool.calls"] = counts.get("tool.calls", 0) + after["calls"] - before["calls"]
            counts["tool.bytes"] = counts.get("tool.bytes", 0) + after["bytes"] - before["bytes"]
        return bool(inbound or changes or triggers)

    def _call(self, stage: str, handler: Callable[[dict[str, Any], Any], Any], event: dict[str, Any]) -> Any:
        context = Context(f"hilo-bench-{stage}", "1024", time.monotonic() + 60)
        self._meter.taken()
        began = time.process_time()
        answer = handler(event, context)
        spent = self._spent[stage]
        spent.cpu_ms += (time.process_time() - began) * 1000
        spent.invocations += 1
        for kind, number in self._meter.taken().items():
            spent.counts[kind] = spent.counts.get(kind, 0) + number
        if answer.get("batchItemFailures"):
            raise RuntimeError(f"{stage} returned what it was given")
        return answer

    def _heard(self) -> dict[str, int]:
        connection = HTTPConnection(str(self._tool.hostname), self._tool.port)
        connection.request("GET", "/")
        heard: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return heard


def _person(number: int) -> Person:
    return Person(f"Ana Example {number}", f"1202555{number:04d}", f"US.3{number:018d}")


def _request(body: bytes) -> dict[str, Any]:
    """As the gateway hands it over."""
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/whatsapp",
        "headers": {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"},
        "requestContext": {"requestId": str(uuid4()), "http": {"method": "POST", "path": "/webhooks/whatsapp"}},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def walked(world: World, meter: Meter, tool: str, people: int, messages: int) -> dict[str, Any]:
    """`{"new": [...], "known": [...], "bare": {kind: [ms]}}`: by message, what was spent at each stage.

    In a world that has bare calls, one of each kind is made beside every message: what else the machine does
    touches both alike.
    """
    walk = Walk(world, meter, tool, people)
    for number in range(WARM_UP):
        walk.message(people + number, 0)
        walk.message(people + number, 1)
    bare: dict[str, list[float]] = {}
    result: dict[str, Any] = {"new": [], "known": [], "bare": bare}
    for number in range(messages):
        for person in range(people):
            spent = walk.message(person, number)
            result["known" if number else "new"].append({stage: asdict(one) for stage, one in spent.items()})
            for kind, call in getattr(world, "bare", {}).items():
                began = time.process_time()
                call()
                bare.setdefault(kind, []).append((time.process_time() - began) * 1000)
    return result


def main(place: str, people: int, messages: int) -> dict[str, Any]:
    meter = Meter()
    with tempfile.TemporaryDirectory(prefix="hilo-bench-") as folder, receiver() as tool:
        write_config(Path(folder), tool)
        if place == "moto":
            with moto() as endpoint:
                return walked(OnMoto(endpoint, meter), meter, tool, people, messages)
        with embedded(Path(folder), meter) as world:
            return walked(world, meter, tool, people, messages)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
