"""People on WhatsApp, agents in a Request Tracker, and a hub in between that may be killed."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local.sqlite.database import Database
from local.sqlite.stream import Stream
from local.sqlite.table import SqliteTable
from local.stand_ins.whatsapp import Behaviour, Delivered, Provider, Receipts, Server
from local.stand_ins.whatsapp.receipts import posting_to
from shared.ports import Item
from shared.store import keys
from tests.peers.dropping_proxy import DroppingProxy
from tests.system.embedded import delivery, message
from tests.system.round_trips import ACCOUNT, LEASE_S, TOKEN, TwoWayHub, quick_template

SECRET = "whsec_" + b64encode(b"two ways between hub and RT, 32b").decode()
PLACE = "Soporte"
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
    """RT behind a proxy that loses a tenth of the answers to what changes it, a hub, and WhatsApp."""

    def __init__(self, folder: Path, desk: Desk, people: Sequence[int], share: float = 0.1) -> None:
        self.desk = desk
        self.people = [Person(number) for number in people]
        self.proxy = DroppingProxy(desk.send, share)
        self.receipts = Receipts(self._post_receipt, self._app_secret, random.Random(1))
        behaviour = Behaviour(copies=2, order="shuffled")
        self.provider = Provider(lambda _: TOKEN, self.receipts, time.time, behaviour=behaviour)
        self._server = Server(self.provider, lambda _: False)
        config = folder / "hub.yaml"
        config.write_text(CONFIG.format(account=ACCOUNT, url=self.proxy.url, queue=PLACE), "utf-8")
        data = folder / "hub"
        data.mkdir(mode=0o700)
        (data / "secrets.json").touch(mode=0o600)
        secret = {"token": desk.token(), "signing_secrets": [SECRET]}
        (data / "secrets.json").write_text(json.dumps({"soporte": secret}))
        self.hub = TwoWayHub(data, config, quick_template(folder, LEASE_S + 7), self._server.url)
        self._up = threading.Event()

    @property
    def door(self) -> str:
        """Where RT's webhooks go."""
        return f"{self.hub.url}/connectors/soporte/events"

    def start(self) -> None:
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
        lacking = list(said - Counter(text for _, _, text in self.log(person)))
        unsure = sum(entry["kind"] == "receipt" for entry in self.entries(person))
        unsent = set(_replies_to(person)) - {one.content["body"] for one in self.got(person)}
        return lacking + (sorted(unsent) if len(unsent) > unsure else [])

    def behind(self) -> list[str]:
        """Cases of which RT was not told all."""
        cases = [self.case(person) for person in self.people]
        heads = [(case["id"], self.hub.get(f"/v1/cases/{case['id']}")["version"]) for case in cases]
        told = {case["id"]: (case["remote"].get("soporte") or {}).get("pushed", -1) for case in cases}
        return [f"{case_id}: {told[case_id]} of {version}" for case_id, version in heads if told[case_id] < version]

    def got(self, person: Person) -> list[Delivered]:
        """What reached their phone."""
        return self.provider.delivered(person.phone[1:])

    def status(self, person: Person) -> str:
        return self.desk.status(person.ticket)

    def on_the_clock(self) -> Iterator[Item]:
        """Whatever waits in the table of a hub that ended, but for the timers of cases."""
        database = Database(self.hub.folder / "hub.db")
        try:
            table = SqliteTable(database, Stream(database), time.time)
            for number in range(keys.DUE_PARTITIONS):
                found = table.query(f"DUE#{number}", index="due").items
                yield from (item for item in found if item["sk"] != "CASE")
        finally:
            database.close()


def side_by_side(*works: Callable[[], None]) -> list[threading.Thread]:
    """Each in a thread of its own, begun."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


@dataclass
class Day:
    """So many messages of each person, so many deeds of agents; `pause_s` between two of theirs, and between two
    looks at what came of it."""

    each: int
    acts: int
    pause_s: float
    patience_s: float

    def begin(self, there: Company) -> list[threading.Thread]:
        """People write and agents answer at the same time."""
        return side_by_side(
            *(work for one in there.people for work in (self._writing(there, one), self._acting(there, one)))
        )

    def _writing(self, there: Company, person: Person) -> Callable[[], None]:
        def write() -> None:
            chance = random.Random(person.number)
            for number in range(self.each):
                there.write(person, f"Persona {person.number}, mensaje {number}")
                time.sleep(chance.uniform(0, self.pause_s))

        return write

    def _acting(self, there: Company, person: Person) -> Callable[[], None]:
        def act() -> None:
            chance = random.Random(-person.number)
            assert self.comes(lambda: there.has_ticket(person), lambda: 0)
            kinds = ["reply"] * 6 + ["note"] * 2 + ["stalled"]
            chance.shuffle(kinds)
            for number, kind in enumerate(kinds[: self.acts]):
                text = "" if kind == "stalled" else f"{kind} {number} a {person.number}"
                there.do(person, Done(kind, text), AGENTS[number % 2])
                time.sleep(chance.uniform(0, 3 * self.pause_s))

        return act

    def comes(self, holds: Callable[[], bool], moving: Callable[[], Any]) -> bool:
        """Whether it came to hold; given up when nothing has moved for long enough. Looks seldom: each look is work
        for RT."""
        last, seen = time.monotonic(), moving()
        while not holds():
            if time.monotonic() - last > self.patience_s:
                return False
            time.sleep(self.pause_s)
            if (now := moving()) != seen:
                seen, last = now, time.monotonic()
        return True

    def ends_level(self, there: Company) -> None:
        """Both sides hold everything; then each agent answers and resolves at once, and that comes through, too."""

        def missing() -> list[str]:
            return [text for one in there.people for text in there.missing(one)]

        assert self.comes(lambda: not missing() and not there.behind(), lambda: (missing(), there.behind())), (
            missing(),
            there.behind(),
        )
        for one in there.people:
            there.do(one, Done("resolved", f"Listo, {one.number}"), AGENTS[0])

        def unlike() -> list[str]:
            states = [there.case(one)["state"] for one in there.people]
            return missing() + [state for state in states if state != "resolved"] + there.behind()

        assert self.comes(lambda: not unlike(), unlike), unlike()


def delivered(there: Company) -> int:
    return sum(len(there.got(one)) for one in there.people)


def _replies_to(person: Person) -> list[str]:
    return [deed.text for deed in person.done if deed.text and deed.kind != "note"]


def check(there: Company, killed: int) -> int:
    """Both hold the same, and everybody got what is theirs. How many answers may or may not have gone out."""
    unsure = 0
    for one in there.people:
        history, log = there.history(one), there.log(one)
        assert Counter(history) == Counter(log), "both hold the same, each thing once"
        for author in ("customer", "agent"):
            assert [said for said in history if said[0] == author] == [said for said in log if said[0] == author]
        assert [text for author, _, text in log if author == "customer"] == one.wrote
        assert [text for author, _, text in log if author == "agent"] == [deed.text for deed in one.done if deed.text]
        replies = _replies_to(one)
        got = [each.content["body"] for each in there.got(one)]
        assert len(set(got)) == len(got), "nobody gets anything twice"
        missing = [text for text in replies if text not in got]
        assert got == [text for text in replies if text in got], "in order, to nobody else"
        told = [entry for entry in there.entries(one) if entry["kind"] == "receipt"]
        assert len(told) >= len(missing), "of what nobody knows the agent is told"
        unsure += len(missing)
        assert there.status(one) == "resolved"
    assert unsure <= 5 * killed, "only what a worker had in its hands when it was killed"
    assert there.hub.letters() == []
    there.hub.stop()
    assert [item["pk"].partition("#")[0] + item["sk"] for item in there.on_the_clock()] == [], "nothing is left waiting"
    return unsure
