"""RT as a scripted `TicketsTool`: the fake one, and what lies it tells."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.contract.connectors.fake_rt import FakeRt, User
from tests.contract.connectors.receiver import Received, Receiver
from tests.contract.connectors.scripted import ScriptedTool

NOWHERE = 99999999


def lie_of_rt(request: Received) -> tuple[int, Mapping[str, str], bytes] | None:
    """What RT answers to a write, of which nothing is carried out."""
    kind = request.path.removeprefix("/REST/2.0").split("?")[0].split("/")
    if request.method == "PUT":
        return 200, {"Content-Type": "application/json"}, b"[]"
    if request.method != "POST" or kind[1] not in ("user", "ticket"):
        return None
    made = "transaction" if kind[-1] in ("correspond", "comment") else kind[1]
    return 201, {"Location": f"/REST/2.0/{made}/{NOWHERE}"}, json.dumps({"id": str(NOWHERE), "type": made}).encode()


class ScriptedRt(ScriptedTool):
    """The fake RT behind a receiver that spoils what a test says."""

    def __init__(self, receiver: Receiver, rt: FakeRt) -> None:
        super().__init__(receiver)
        receiver.tool = rt
        self.rt = rt

    def effects(self) -> list[str]:
        return list(self.rt.effects)

    def lie_next(self, after: int = 0) -> None:
        self.lie_with(lie_of_rt, after)

    def hold_person(self, *, phone: str = "", email: str = "") -> str:
        number = 1000 + len(self.rt.users)
        fields = {"EmailAddress": email} if email else {}
        self.rt.users[number] = User(number, phone or email, fields, made_by="agente1", changed_by="agente1")
        return str(number)

    def people(self) -> int:
        return len(self.rt.users)

    def name_of(self, person: str) -> str:
        return self.rt.users[int(person)].fields["RealName"]

    def merge(self, ticket: str, into: str) -> None:
        self.rt.merge(ticket, into)

    def delete(self, ticket: str) -> None:
        self.rt.set_status(ticket, "deleted")

    def close(self, ticket: str) -> None:
        self.rt.set_status(ticket, "resolved")

    def is_open(self, ticket: str) -> bool:
        return self.rt.tickets[int(ticket)].status in ("new", "open", "stalled")

    def entries_of(self, ticket: str) -> list[str]:
        return [note.content.strip() for note in self.rt.notes_of(ticket)]
