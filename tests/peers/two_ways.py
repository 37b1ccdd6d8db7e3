"""A real RT, people on WhatsApp and agents in RT, with a hub in between that may be killed."""

from __future__ import annotations

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from local.sqlite.database import Database
from local.sqlite.table import SqliteTable
from local.stand_ins.whatsapp import Behaviour, Delivered, Provider, Receipts, Server
from local.stand_ins.whatsapp.receipts import posting_to
from shared.ports import Item
from shared.store import keys
from tests.peers.dropping_proxy import DroppingProxy
from tests.peers.real_rt import RealRt
from tests.system.embedded import delivery, message
from tests.system.round_trips import ACCOUNT, TOKEN, TwoWayHub, quick_template

SECRET = "whsec_" + b64encode(b"two ways between hub and RT, 32b").decode()
PLACE = "Soporte"
MARK = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]/(\d+) ")

CONFIG = """
brands:
- {{name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}}
accounts:
- {{channel: whatsapp, id: "{account}", brand: acme, portfolio: default, secret: whatsapp}}
connectors:
- name: soporte
  kind: request_tracker
  url: "{url}"
  secret: soporte
  queue: {queue}
  max_concurrent: 2
  allow_private: true
"""


@dataclass
class Done:
    """What an agent did in a ticket, in their order: `kind` is `reply`, `note` or a status of RT's."""

    kind: str
    text: str


@dataclass
class Person:
    """`number`: of the invented phone. `wrote`, `done`: what they wrote and what agents did, in order."""

    number: int
    wrote: list[str] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    ticket: str = ""

    @property
    def phone(self) -> str:
        return f"+59399000{self.number:04}"


class Company:
    """RT behind a proxy that loses a tenth of the answers to what changes it, a hub, and WhatsApp."""

    def __init__(self, folder: Path, rt: RealRt, people: Sequence[int], share: float = 0.1) -> None:
        self.rt = rt
        self.people = [Person(number) for number in people]
        self.proxy = DroppingProxy(int(rt.port), share)
        self.receipts = Receipts(self._post_receipt, self._app_secret, Random(1))
        behaviour = Behaviour(copies=2, order="shuffled")
        self.provider = Provider(lambda _: TOKEN, self.receipts, time.time, behaviour=behaviour)
        self._server = Server(self.provider, lambda _: False)
        config = folder / "hub.yaml"
        config.write_text(CONFIG.format(account=ACCOUNT, url=self.proxy.url, queue=PLACE), "utf-8")
        data = folder / "hub"
        data.mkdir(mode=0o700)
        (data / "secrets.json").touch(mode=0o600)
        secret = {"token": rt.token(), "signing_secrets": [SECRET]}
        (data / "secrets.json").write_text(json.dumps({"soporte": secret}))
        self.hub = TwoWayHub(data, config, quick_template(folder), self._server.url)
        self._up = threading.Event()

    @property
    def door(self) -> str:
        """Where RT's webhooks go."""
        return f"{self.hub.url}/connectors/soporte/events"

    def start(self) -> None:
        for _ in range(6):  # each of RT's processes reads its code when first asked
            self.rt.search("tickets", "id > 0", "Subject")
        self.hub.start()
        self._server.start()
        self.receipts.start()
        self._up.set()

    def stop(self) -> None:
        self.hub.stop()
        self._server.stop()
        self.receipts.stop()
        self.proxy.stop()

    def kill_and_start(self) -> None:
        self._up.clear()
        self.hub.kill()
        time.sleep(1)
        self.hub.start()
        self._up.set()

    def _post_receipt(self, body: bytes, headers: Any) -> int:
        return posting_to(f"{self.hub.url}/webhooks/whatsapp")(body, headers)

    def _app_secret(self, _: str) -> str:
        return str(self.hub.about["secrets"]["whatsapp"]["app_secret"])

    # what people do

    def write(self, person: Person, text: str) -> None:
        """On WhatsApp: sent again until it is taken."""
        said = message(person.number, len(person.wrote), text)
        said["timestamp"] = str(int(time.time()))
        self.provider.wrote(ACCOUNT, said["from"], said["from_user_id"])
        while not self._is_taken(delivery(said)):
            time.sleep(0.2)
        person.wrote.append(text)

    def _is_taken(self, body: dict[str, Any]) -> bool:
        self._up.wait()
        try:
            return self.hub.deliver(body) == 200
        except Exception:  # noqa: BLE001  whatever a dead hub does to a connection
            return False

    def do(self, person: Person, done: Done, agent: str) -> None:
        """In RT, by its own REST interface, not through the proxy."""
        path = f"/ticket/{person.ticket}"
        content = {"Content": done.text, "ContentType": "text/plain"}
        if done.kind == "reply":
            self.rt.ask("POST", f"{path}/correspond", content, user=agent)
        elif done.kind == "note":
            self.rt.ask("POST", f"{path}/comment", content, user=agent)
        elif done.text:
            self.rt.ask("POST", f"{path}/correspond", {**content, "Status": done.kind}, user=agent)
        else:
            self.rt.ask("PUT", path, {"Status": done.kind}, user=agent)
        person.done.append(done)

    def has_ticket(self, person: Person) -> bool:
        """Whether RT has one for this person, which is then known."""
        if not person.ticket:
            query = f"Subject LIKE 'Persona {person.number:04}'"
            person.ticket = next((str(one["id"]) for one in self.rt.search("tickets", query, "Subject")), "")
        return bool(person.ticket)

    # what came of it

    def history(self, person: Person) -> list[tuple[str, str, str]]:
        """RT's: author, visibility and text of whatever people said in the ticket, in its order."""
        found = []
        for note in self.rt.notes_of(person.ticket):
            if not note["Text"] or _is_hubs_own_word(note):
                continue
            public = "public" if note["Type"] == "Correspond" else "internal"
            found.append(("customer" if MARK.match(note["Data"]) else "agent", public, note["Text"]))
        return found

    def log(self, person: Person) -> list[tuple[str, str, str]]:
        """The hub's, of the same."""
        return [
            (one["author"]["type"], one["visibility"], one["text"])
            for one in self.entries(person)
            if one["kind"] == "message"
        ]

    def entries(self, person: Person) -> list[dict[str, Any]]:
        about = f"/v1/cases/{self.case(person)['id']}?log=full&limit=100"
        path: str | None = about
        found: list[dict[str, Any]] = []
        while path:
            page = self.hub.get(path)
            found += page["interactions"]
            path = f"{about}&cursor={page['next']}" if page.get("next") else None
        return found

    def case(self, person: Person) -> dict[str, Any]:
        [customer] = self.hub.customers(person.phone)
        [case] = self.hub.get(f"/v1/customers/{customer['id']}/timeline?limit=100")["cases"]
        return dict(case)

    def got(self, person: Person) -> list[Delivered]:
        """What reached their phone."""
        return self.provider.delivered(person.phone[1:])

    def status(self, person: Person) -> str:
        return str(self.rt.ask("GET", f"/ticket/{person.ticket}")["Status"])

    def on_the_clock(self) -> Iterator[Item]:
        """Whatever waits in the table of a hub that ended, but for the timers of cases."""
        database = Database(self.hub.folder / "hub.db")
        try:
            table = SqliteTable(database)
            for number in range(keys.DUE_PARTITIONS):
                found = table.query(f"DUE#{number}", index="due").items
                yield from (item for item in found if item["sk"] != "CASE")
        finally:
            database.close()


def _is_hubs_own_word(note: dict[str, Any]) -> bool:
    """A change of state, or that something was not delivered: a comment of the hub's that nobody wrote."""
    return bool(MARK.match(note["Data"])) and note["Type"] == "Comment"


def side_by_side(*works: Callable[[], None]) -> list[threading.Thread]:
    """Each in a thread of its own, begun."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads
