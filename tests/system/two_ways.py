"""People on WhatsApp, agents in a Request Tracker, and a hub in between that may be killed."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from local.stand_ins.whatsapp import Delivered
from shared.ports.table import Item
from shared.store import keys
from tests.peers.dropping_proxy import DroppingProxy
from tests.system.phones import ACCOUNT, LEASE_S, Phones

SECRET = "whsec_" + b64encode(b"two ways between hub and RT, 32b").decode()
PLACE = "Soporte"
LOST = 0.1
TIMERS = ("CASE", "LOOK", "JRN")
"""Of the answers to what changes RT."""
AGENTS = ("agente1", "agente2")
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
  sweep_minutes: {sweep_minutes}
  allow_private: true
"""


@dataclass
class Done:
    """What an agent did in a ticket, in their order: `kind` is `reply`, `note` or a status of RT's."""

    kind: str
    text: str


@dataclass
class Note:
    """A reply (`public`) or a comment. `subject` bears the hub's mark, where the hub wrote it."""

    public: bool
    subject: str
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


class Desk(Protocol):
    """A Request Tracker and its agents."""

    def token(self) -> str: ...

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request to its REST interface."""

    def tell(self, door: str, secret: str) -> None:
        """Its webhooks go there from now on, signed with this secret."""

    def do(self, ticket: str, done: Done, agent: str) -> None: ...

    def said(self, ticket: str) -> Sequence[Note]:
        """Replies and comments, in its order."""

    def status(self, ticket: str) -> str: ...


class Company:
    """RT behind a proxy that loses some of its answers, a hub, and WhatsApp."""

    def __init__(self, folder: Path, desk: Desk, people: Sequence[int], sweep_minutes: int = 5) -> None:
        self.desk = desk
        self.people = [Person(number) for number in people]
        self.proxy = DroppingProxy(desk.send, LOST)
        config = folder / "hub.yaml"
        text = CONFIG.format(account=ACCOUNT, url=self.proxy.url, queue=PLACE, sweep_minutes=sweep_minutes)
        config.write_text(text, "utf-8")
        data = folder / "hub"
        data.mkdir(mode=0o700)
        (data / "secrets.json").touch(mode=0o600)
        secret = {"token": desk.token(), "signing_secrets": [SECRET]}
        (data / "secrets.json").write_text(json.dumps({"soporte": secret}))
        self._phones = Phones(folder, config, LEASE_S + 7)
        self.hub = self._phones.hub

    @property
    def door(self) -> str:
        """Where RT's webhooks go."""
        return f"{self.hub.url}/connectors/soporte/events"

    def start(self) -> None:
        self._phones.start()

    def stop(self) -> None:
        self._phones.stop()
        self.proxy.stop()

    def kill_and_start(self) -> None:
        self.hub.kill()
        time.sleep(1)
        self.hub.start()

    # what people do

    def write(self, person: Person, text: str) -> None:
        """On WhatsApp: sent again until it is taken."""
        self._phones.write(person.number, len(person.wrote), text)
        person.wrote.append(text)

    def do(self, person: Person, done: Done, agent: str) -> None:
        """In RT, not through the proxy."""
        self.desk.do(person.ticket, done, agent)
        person.done.append(done)

    def has_ticket(self, person: Person) -> bool:
        """Whether RT has one for this person, as the hub knows; it is then known here, too."""
        if not person.ticket:
            try:
                person.ticket = str((self.case(person)["remote"].get("soporte") or {}).get("id") or "")
            except Exception:  # noqa: BLE001  the hub is dead, or nobody has written yet
                return False
        return bool(person.ticket)

    # what came of it

    def history(self, person: Person) -> list[tuple[str, str, str]]:
        """RT's: author, visibility and text of whatever people said in the ticket, in its order."""
        return [
            ("customer" if MARK.match(note.subject) else "agent", "public" if note.public else "internal", note.text)
            for note in self.desk.said(person.ticket)
            if note.text and (note.public or not MARK.match(note.subject))  # else the hub's own word, which nobody said
        ]

    def log(self, person: Person) -> list[tuple[str, str, str]]:
        """The hub's, of the same."""
        return [
            (one["author"]["type"], one["visibility"], one["text"])
            for one in self.entries(person)
            if one["kind"] == "message" and one.get("text")
        ]

    def entries(self, person: Person) -> list[dict[str, Any]]:
        about = f"/v1/cases/{self.case(person)['id']}?log=full"
        path: str | None = about
        found: list[dict[str, Any]] = []
        while path:
            page = self.hub.get(path)
            found += page["entries"]
            path = f"{about}&cursor={page['next']}" if page.get("next") else None
        return found

    def case(self, person: Person) -> dict[str, Any]:
        [customer] = self.hub.customers(person.phone)
        [case] = self.hub.get(f"/v1/customers/{customer['id']}/timeline?limit=100")["cases"]
        return dict(case)

    def missing(self, person: Person) -> list[str]:
        """What somebody said and the hub does not hold, or that agents sent and neither arrived nor is known to be
        unsure. RT is not asked: it has enough to do."""
        said = Counter([*person.wrote, *(deed.text for deed in person.done if deed.text)])
        entries = self.entries(person)
        lacking = list(said - Counter(str(one.get("text")) for one in entries if one["kind"] == "message"))
        unsure = sum(entry["kind"] == "receipt" for entry in entries)
        unsent = set(replies_to(person)) - {one.content["body"] for one in self.got(person)}
        return lacking + (sorted(unsent) if len(unsent) > unsure else [])

    def behind(self) -> list[str]:
        """Cases of which RT was not told all."""
        cases = [self.case(person) for person in self.people]
        heads = [(case["id"], self.hub.get(f"/v1/cases/{case['id']}")["version"]) for case in cases]
        told = {case["id"]: _told(case) for case in cases}
        return [f"{case_id}: {told[case_id]} of {version}" for case_id, version in heads if told[case_id] < version]

    def unresolved(self) -> list[str]:
        return [f"{one.phone} {state}" for one in self.people if (state := self.case(one)["state"]) != "resolved"]

    def got_on(self) -> list[int]:
        """Grows with whatever is said, done, recorded, told and delivered, and with nothing else."""
        people = [one for one in self.people if self.has_ticket(one)]
        cases = [self.case(one) for one in people]
        said = [len(one.wrote) + len(one.done) for one in self.people]
        heads = [self.hub.get(f"/v1/cases/{case['id']}")["version"] for case in cases]
        return [*said, self.delivered(), len(people), *heads, *(_told(case) for case in cases)]

    def delivered(self) -> int:
        return sum(len(self.got(one)) for one in self.people)

    def got(self, person: Person) -> list[Delivered]:
        """What reached their phone."""
        return self._phones.provider.delivered(person.phone[1:])

    def status(self, person: Person) -> str:
        return self.desk.status(person.ticket)

    def on_the_clock(self) -> Iterator[Item]:
        """Whatever waits in the table of a hub that ended, but for the timers of cases, figures and journeys."""
        database = Database(self.hub.folder / "hub.db")
        try:
            table = SqliteTable(database, Stream(database), time.time)
            for number in range(keys.DUE_PARTITIONS):
                found = table.query(f"DUE#{number}", index="due").items
                yield from (item for item in found if item["sk"] not in TIMERS)
        finally:
            database.close()


def replies_to(person: Person) -> list[str]:
    """What agents said to them and they are to get, in order."""
    return [deed.text for deed in person.done if deed.text and deed.kind != "note"]


def _told(case: Mapping[str, Any]) -> int:
    """How far RT was told of a case."""
    return int((case["remote"].get("soporte") or {}).get("pushed", -1))
