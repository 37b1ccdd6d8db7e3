"""The stand-in, the hub it reports to, and the hub's own way out, for its tests."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.stand_ins.whatsapp import Known, Provider, Receipts, Server
from local.stand_ins.whatsapp.people import People
from shared.channels.whatsapp.parse import parse
from shared.channels.whatsapp.send import WhatsAppOut
from shared.channels.whatsapp.upload import Uploader
from shared.channels.whatsapp.webhook import split, verify
from shared.domain.answer import SendOutcome
from shared.domain.errors import Transient
from shared.http.client import Client
from shared.http.transport import Dialer

ACCOUNT, OTHER = "200000000000001", "200000000000002"
ANA, ANA_ID = "593990000001", "EC.1000000000000000001"
TOKEN, SECRET, LOOK = "EAAexample", "a secret", "look"
START = 1_795_340_000.0

TEMPLATES = {
    ("case_update", "es_EC"): Known(2),
    ("named", "es"): Known(frozenset({"case"})),
    ("hello", "es"): Known(),
    ("code", "es"): Known(1, "authentication"),
    ("paused", "es"): Known(paused=True),
}


@dataclass
class Hub:
    """Takes receipts as the hub's webhook does. `refuses`: so many next ones are answered 503."""

    events: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        if self.refuses:
            self.refuses -= 1
            return 503
        verify(body, headers["X-Hub-Signature-256"], [SECRET])
        self.events += [parse(element.raw).dump() for element in split(body)]
        return 200

    def states(self) -> list[str]:
        return [event["receipt"]["state"] for event in self.events]


@dataclass
class World:
    """The stand-in, the hub it reports to, and the hub's own way out that leads to it."""

    now: float = START
    hub: Hub = field(default_factory=Hub)
    files: dict[str, bytes] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=lambda: {"access_token": TOKEN})

    def __post_init__(self) -> None:
        numbers = count(1)
        self.receipts = Receipts(self.hub.post, lambda _: SECRET, random.Random(7))
        self.provider = Provider(
            {ACCOUNT: TOKEN, OTHER: TOKEN}.get,
            self.receipts,
            lambda: self.now,
            templates=TEMPLATES,
            people=People({"5215550000001": "525550000001"}),
            nowhere=frozenset({"12025550199"}),
            new_id=lambda: f"OUT{next(numbers)}",
        )
        self.server = Server(self.provider, lambda token: token == LOOK)
        self.way = self.way_out()

    def way_out(self, timeout_s: float = 5.0) -> WhatsAppOut:
        dialer = Dialer(allow_private=True, keeps=False)
        http = Client("channel whatsapp", clock=time.time, timeout_s=timeout_s, dialer=dialer)
        uploader = Uploader(http, self, lambda _: "whatsapp", self.piece, self.server.url)
        return WhatsAppOut(http, self, lambda _: "whatsapp", self.server.url, uploader)

    def piece(self, key: str, at: int, length: int) -> bytes | None:
        """The hub's files."""
        if key == "unreached":
            raise Transient("Files cannot be reached")
        return self.files[key][at : at + length] if key in self.files else None

    def get(self, name: str) -> dict[str, Any]:
        assert name == "whatsapp"
        return dict(self.secrets)

    def send(self, account: str = ACCOUNT, **body: Any) -> SendOutcome:
        content = {} if {"type", "text"} & set(body) else {"type": "text", "text": {"body": "Hola"}}
        to = {} if {"to", "recipient"} & set(body) else {"to": f"+{ANA}"}
        whole = {"messaging_product": "whatsapp", **to, **content, **body}
        return self.way.send(account, {name: value for name, value in whole.items() if value is not None})

    def texts(self, person: str = ANA) -> list[str]:
        return [one.content["body"] for one in self.provider.delivered(person) if one.kind == "text"]
