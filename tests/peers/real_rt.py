"""A real Request Tracker on 127.0.0.1, installed and started by `start_rt.sh`, and what its people do in it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.contract.connectors.receiver import Received, Receiver
from tests.contract.connectors.scripted import ScriptedTool
from tests.contract.connectors.scripted_rt import lie_of_rt

SCRIPT = Path(__file__).with_name("start_rt.sh")
PAGE = 100
"""RT gives no longer one."""
TOLD_S = 60
INSTALLED_S = 900
"""The first start installs RT from Debian's mirror."""


class RealRt:
    """One RT with its state in a folder. `about`: what the script says of it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self._folder = folder
        self.about: dict[str, Any] = {}

    def start(self) -> RealRt:
        self.about = json.loads(self._run(self.port))
        return self

    def redirect(self, url: str, secret: str) -> None:
        """Its webhooks go there from now on, signed with this secret."""
        self.about = json.loads(self._run(self.port, url, secret))

    def silence(self) -> None:
        """What its scrip wrote down is sent to nobody, until it is redirected again."""
        pid = Path(self.about["state_dir"]) / "sender.pid"
        os.kill(int(pid.read_text()), signal.SIGTERM)
        pid.unlink()
        for waiting in self._untold():
            waiting.unlink()

    def tells_all(self) -> None:
        """Wait until its webhooks have told what has happened: its scrip writes that down before RT answers."""
        end = time.monotonic() + TOLD_S
        while self._untold():
            assert time.monotonic() < end, f"{len(self._untold())} webhooks were not sent within {TOLD_S} s"
            time.sleep(0.05)

    def _untold(self) -> list[Path]:
        return list((Path(self.about["state_dir"]) / "spool").glob("*.json"))

    def stop(self) -> None:
        self._run("--stop", self.port)

    def wipe(self) -> None:
        self._run("--wipe", self.port)

    def _run(self, *arguments: str) -> str:
        environment = {**os.environ, "PEER_DIR": str(self._folder)}
        ran = subprocess.run(
            [str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, timeout=INSTALLED_S
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    @property
    def url(self) -> str:
        return str(self.about["base_url"])

    def token(self, user: str = "hub") -> str:
        return str(self.about["tokens"][user])

    def ask(self, method: str, path: str, content: Any = None, user: str = "hub") -> Any:
        """One request to REST2. What it answers, read as JSON; fails when it is no 2xx."""
        headers = {"Authorization": f"token {self.token(user)}", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        status, _, said = self.send(method, f"/REST/2.0{path}", headers, body)
        assert 200 <= status < 300, (method, path, status, said)
        return json.loads(said) if said else None

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def search(self, what: str, query: str, fields: str) -> list[dict[str, Any]]:
        """Every ticket or transaction of a query, oldest first."""
        asked = {"query": query, "fields": fields, "orderby": "id"}
        return list(self._all_of(f"/{what}?{urlencode(asked)}"))

    def _all_of(self, path: str) -> Iterator[dict[str, Any]]:
        """The items of every page."""
        for page in count(1):
            items = self.ask("GET", f"{path}&per_page={PAGE}&page={page}")["items"]
            yield from items
            if len(items) < PAGE:
                return

    def notes_of(self, ticket: str) -> list[dict[str, Any]]:
        """The correspondence and comments of a ticket, in order, each with its `Text` and `HubMessageId`."""
        said: dict[str, str] = {}
        for one in self._all_of(f"/ticket/{ticket}/attachments?fields=Content,TransactionId"):
            made_by = _id_of(one["TransactionId"])
            said[made_by] = said.get(made_by, "") + (one.get("Content") or "")
        noted = []
        for one in self._all_of(f"/ticket/{ticket}/history?fields=Type,Data,CustomFields"):
            if one["Type"] in ("Correspond", "Comment"):
                fields = {field["name"]: field["values"] for field in one["CustomFields"]}
                text = said.get(str(one["id"]), "").strip()
                noted.append({**one, "Text": text, "HubMessageId": fields.get("HubMessageId")})
        return sorted(noted, key=lambda one: int(one["id"]))

    def mails(self) -> str:
        """What RT would have sent, whole."""
        box = Path(self.about["outgoing_mail"])
        return box.read_text("utf-8") if box.exists() else ""


class ScriptedRealRt(ScriptedTool):
    """The real RT behind a receiver that passes on what it does not spoil. Sees what came since it was made."""

    def __init__(self, receiver: Receiver, rt: RealRt) -> None:
        super().__init__(receiver)
        receiver.tool = self._pass_on
        self.rt = rt
        self._before = set(self._all())

    def _pass_on(self, request: Received) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "connection")}
        status, said, body = self.rt.send(request.method, request.path, headers, request.body or None)
        dropped = ("connection", "content-length", "transfer-encoding", "date", "server")
        return status, {name: value for name, value in said.items() if name.lower() not in dropped}, body

    def effects(self) -> list[str]:
        """Contacts, then cases, then entries, each in order of arrival."""
        return [effect for effect in self._all() if effect not in self._before]

    def _all(self) -> list[str]:
        return [*self._contacts(), *self._cases(), *self._entries()]

    def _contacts(self) -> list[str]:
        contacts: list[tuple[int, str]] = []
        wanted = [{"field": "CustomField.{HubContactId}", "operator": "LIKE", "value": "c-"}]
        for page in range(1, 100):
            path = f"/users?{urlencode({'fields': 'id,CustomFields', 'per_page': 100, 'page': page})}"
            items = self.rt.ask("POST", path, wanted)["items"]
            contacts += [(number, f"contact {_field(item)}") for number, item in enumerate(items, 100 * page)]
            if len(items) < 100:
                return [contact for _, contact in sorted(contacts)]
        raise AssertionError("users without end")

    def _cases(self) -> list[str]:
        return [f"case {_field(item)}" for item in self.rt.search("tickets", "CF.{HubCaseId} LIKE 'k-'", "CustomFields")
                if _field(item)]  # fmt: skip

    def _entries(self) -> list[str]:
        entries = []
        query = "ObjectType = 'RT::Ticket' AND (Type = 'Correspond' OR Type = 'Comment')"
        for item in self.rt.search("transactions", query, "Data"):
            reference, _, sequence = item["Data"].split(" ")[0].partition("/")
            entries.append(f"entry {sequence} of {reference}")
        return entries

    def lie_next(self, after: int = 0) -> None:
        self.lie_with(lie_of_rt, after)

    def hold_person(self, *, phone: str = "", email: str = "") -> str:
        made = {"Name": phone or email, "Privileged": 0} | ({"EmailAddress": email} if email else {})
        name = self.rt.ask("POST", "/user", made, user="agente1")["id"]  # not by the hub: it was there
        return str(self.rt.ask("GET", f"/user/{urlencode({'': name})[1:]}")["id"])

    def people(self) -> int:
        everybody = [{"field": "id", "operator": ">", "value": 0}]
        return int(self.rt.ask("POST", "/users?per_page=1", everybody)["total"])

    def name_of(self, person: str) -> str:
        return str(self.rt.ask("GET", f"/user/{person}")["RealName"])

    def merge(self, ticket: str, into: str) -> None:
        self.rt.ask("PUT", f"/ticket/{ticket}", {"MergeInto": int(into)}, user="agente1")

    def delete(self, ticket: str) -> None:
        self.rt.ask("DELETE", f"/ticket/{ticket}", user="agente1")

    def close(self, ticket: str) -> None:
        self.rt.ask("PUT", f"/ticket/{ticket}", {"Status": "resolved"}, user="agente1")

    def is_open(self, ticket: str) -> bool:
        return self.rt.ask("GET", f"/ticket/{ticket}")["Status"] in ("new", "open", "stalled")

    def entries_of(self, ticket: str) -> list[str]:
        return [note["Text"] for note in self.rt.notes_of(ticket)]


def _id_of(reference: Any) -> str:
    return str(reference["id"] if isinstance(reference, dict) else reference)


def _field(item: dict[str, Any]) -> str | None:
    """The hub's id on a user or a ticket."""
    named = {field["name"]: field["values"] for field in item["CustomFields"]}
    values = named.get("HubContactId") or named.get("HubCaseId")
    return str(values[0]) if values else None
