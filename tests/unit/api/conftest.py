"""A hub whose table and queues are SQLite's, filled item by item, and a way to ask it as the gateway would."""

from __future__ import annotations

import itertools
import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from functions.api.routes import Api
from local.definitions import QueueDefinition, Route
from local.files import FolderFiles
from local.gateway import Gateway
from local.http_server import HttpServer
from local.sqlite.database import Database
from local.sqlite.queues import SqliteQueues
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from shared.application.figures_of_case import Making
from shared.application.record import Context
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.figures.beside import beside_of
from shared.domain.figures.facts import facts_of
from shared.ports.table import Put, Update
from shared.store import dead_letters, keys
from shared.store.dead_letters import DeadLetter

ROOT = Path(__file__).parents[3]

NOW = 1795341600.0
AT = "2026-11-22T10:00:00Z"
PHONE = "+593991234567"
OPERATOR = "token-of-an-operator"

CONFIG = """
brands:
- {name: acme, languages: [es, en], default_country: EC, time_zone: America/Guayaquil}
accounts:
- {channel: whatsapp, id: "200000000000001", brand: acme, portfolio: retail, secret: whatsapp}
- {channel: messenger, id: "300000000000001", brand: acme, secret: messenger}
"""


class NoOptions(BaseModel):
    """A kind of connector without settings of its own."""


class Counters:
    """Metrics that nobody asks for."""

    def count(self, name: str, value: float = 1, **dimensions: str) -> None: ...


@dataclass
class Parts:
    """Satisfies what the API wants of `shared.bootstrap`."""

    database: Database
    folder: Path
    now: float = NOW
    parser: Any = None
    stocks: dict[str, Any] = field(default_factory=dict)
    standing: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    signing: tuple[bytes, ...] = (b"a file key",)
    numbers: Any = field(default_factory=itertools.count)
    tokens: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"token": "token-of-a-reader", "scopes": ["read"]},
            {"token": OPERATOR, "scopes": ["read", "operate", "merge"]},
            {"token": "token-of-who-may-see-ids", "scopes": ["read", "identify"]},
        ]
    )

    def __post_init__(self) -> None:
        definitions = {name: QueueDefinition(name=name, full_name=f"hilo-{name}.fifo") for name in ("inbound", "sync")}
        self._table = SqliteTable(self.database, Stream(self.database), self.clock())
        self._queues = SqliteQueues(self.database, definitions, self.clock())
        self._files = FolderFiles(self.folder)
        self.configure("")

    def configure(self, more: str) -> None:
        """The configuration, with these lines at its end."""
        self._config = parse(CONFIG + more, "hub.yaml", {"request_tracker": NoOptions})

    def table(self) -> SqliteTable:
        return self._table

    def queues(self) -> SqliteQueues:
        return self._queues

    def secrets(self) -> Any:
        return SimpleNamespace(get=lambda name: {"api": {"tokens": self.tokens}}[name])

    def config(self) -> Any:
        return self._config

    def files(self) -> FolderFiles:
        return self._files

    def channel(self, name: str) -> Any:
        return {"whatsapp": self.parser}[name]

    def context(self) -> Context:
        return Context(
            self._table,
            self._files,
            Counters(),
            self._config,
            self.clock(),
            lambda: f"new-{next(self.numbers)}",
            lambda _: None,
        )

    def making(self) -> Making:
        rules = rules_of(self._config)
        return Making(facts_of, rules, partial(beside_of, limits=rules.limits))

    def stock(self, name: str) -> Any:
        return self.stocks[name]

    def setups(self) -> Any:
        return self.standing

    def file_keys(self) -> tuple[bytes, ...]:
        return self.signing

    def asked_connectors(self) -> dict[str, int]:
        return self.asked

    def clock(self) -> Callable[[], float]:
        return lambda: self.now


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Hub:
    parts: Parts
    asked: int = 0

    def ask(
        self,
        path: str,
        query: str = "",
        token: str | None = OPERATOR,
        method: str = "GET",
        body: str = "",
    ) -> Answered:
        """One request in the gateway's form."""
        self.asked += 1
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"authorization": f"Bearer {token}"} if token is not None else {},
            "requestContext": {"stage": "$default", "requestId": f"r-{self.asked}", "http": {"method": method}},
            "body": body,
            "isBase64Encoded": False,
        }
        answer = Api(self.parts, lambda: f"nonce-{self.asked}").answer(event)
        return Answered(answer["statusCode"], answer["headers"], answer["body"])

    def put(self, key: tuple[str, str], /, **attributes: Any) -> None:
        self.parts.table().transact([Put({"pk": key[0], "sk": key[1], **attributes})])

    def add_customer(self, customer_id: str, phone: str | None = PHONE, **more: Any) -> None:
        identities = []
        if phone:
            identities.append({"kind": "phone", "value": phone, "level": "channel", "source": "whatsapp", "since": AT})
            self.put(keys.identity("phone", None, phone), customer=customer_id, level="channel", since=AT)
        profile = {"id": customer_id, "display_name": "Ana Ejemplo", "identities": identities, "fields": {}}
        self.put(keys.customer(customer_id), **{**profile, "cases": {}, "version": 1, "contact_version": 1, **more})

    def add_case(self, case_id: str, customer_id: str, **more: Any) -> None:
        case: dict[str, Any] = {
            "id": case_id,
            "customer": customer_id,
            "brand": "acme",
            "reference": "K7QF-3M2X-R",
            "state": "open",
        }
        case |= {"channels": ["whatsapp"], "sequence": 0, "opened_at": AT}
        self.put(keys.case(case_id), **{**case, "cases_pk": f"CUS#{customer_id}", "cases_sk": case_id, **more})

    def add_entry(self, case_id: str, sequence: int, **event: Any) -> None:
        """An entry of the log; `target` is the sequence that a revision speaks of."""
        said: dict[str, Any] = {
            "channel": "whatsapp",
            "account": "200000000000001",
            "kind": "message",
            "provider_type": "text",
        }
        said |= {"message_id": f"wamid.{case_id}.{sequence}", "author": {"type": "customer", "id": PHONE}}
        said |= {"occurred_at": f"2026-11-22T10:00:{sequence % 60:02}Z", **event}
        target = said.pop("target", None)
        stored = {} if target is None else {"target": target}
        if "delivery" in said:
            stored["delivery"] = said.pop("delivery")
        item = {"sequence": sequence, "kind": said["kind"], "received_at": AT, "event": json.dumps(said), **stored}
        self.put(keys.entry(case_id, sequence), **item)
        self.parts.table().transact([Update(keys.case(case_id), set={"sequence": sequence})])

    def add_letter(self, body: str, *, origin: str = "intake", first_at: str = AT, **more: Any) -> DeadLetter:
        letter = DeadLetter(
            origin=origin,
            body=body,
            first_at=first_at,
            **{
                "queue": "inbound",
                "group": "a-group",
                "error": "Malformed",
                "reason": "no messages",
                "trace_id": "t-1",
                "last_at": first_at,
                **more,
            },
        )
        dead_letters.put(self.parts.table(), letter)
        return letter


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    database = Database(tmp_path / "hub.db")
    yield Hub(Parts(database, tmp_path / "files"))
    database.close()


@pytest.fixture
def hilo(hub: Any) -> Iterator[Callable[..., Any]]:
    """`hilo … --json` against this hub, over HTTP through the embedded gateway. With `looking_on`, standard error is a
    terminal: what it showed comes back beside the JSON. `as_text`: what people are shown, and the error."""
    api = Api(hub.parts, lambda: os.urandom(8).hex())
    gateway = Gateway([(Route(method, "/v1/{proxy+}", "api"), api.answer) for method in ("GET", "POST")])
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    server = HttpServer(gateway, bound)
    server.start()

    def run(
        *arguments: str,
        looking_on: bool = False,
        code: int = 0,
        as_text: bool = False,
        given: str = "",
        token: str = OPERATOR,
    ) -> Any:
        shape = [] if as_text else ["--json"]
        command = [sys.executable, "-c", "from cli.main import main; main()", *arguments, *shape]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HILO_TOKEN": token}
        ours, theirs = pty.openpty() if looking_on else (None, subprocess.PIPE)
        done = subprocess.run(
            [*command, "--url", url],
            input=given,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
        if ours is not None:
            shown = os.read(ours, 65_536).decode()
            os.close(theirs)
            os.close(ours)
            return json.loads(done.stdout), shown
        assert done.returncode == code, done.stderr
        assert bool(done.stderr) == (code != 0)
        if as_text:
            return done.stdout + done.stderr
        return json.loads(done.stdout)

    yield run
    server.stop(5)
