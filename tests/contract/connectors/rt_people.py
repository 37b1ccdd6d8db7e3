"""People who work in the fake RT, and its scrip that tells of it as it was measured to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.memory.files import MemoryFiles
from shared.domain.event import Attachment, StoredFile
from shared.ports.connectors import Request
from tests.contract.connectors.fake_rt import FakeRt
from tests.contract.connectors.rt_things import Ticket, Transaction
from tests.contract.connectors.scripted_rt import ScriptedRt
from tests.contract.connectors.stories import Telling
from tests.contract.connectors.way_back import signed

EVENTS = {"Correspond": "correspond", "Comment": "comment", "Status": "status", "SetWatcher": "owner", "Set": "field"}
STATUSES = {"open": "open", "pending_customer": "stalled", "resolved": "resolved"}
PRIORITIES = {"low": "0", "normal": "50", "high": "100", "urgent": "200"}


class RtPeople:
    """`tellings`: by ticket, how the hub tells its case. `shelf`: the hub's Files."""

    def __init__(self, rt: FakeRt, scripted: ScriptedRt, clock: Callable[[], float], shelf: MemoryFiles) -> None:
        self.rt = rt
        self._shelf = shelf
        self.tellings: dict[str, Telling] = {}
        self._scripted = scripted
        self._clock = clock
        self._sent = 0
        self._told = 1

    def reply(self, ticket: str, text: str, by: str = "agente1") -> None:
        self.rt.write(ticket, "Correspond", ("text/plain", "", text.encode()), by=by)

    def note(self, ticket: str, text: str, by: str = "agente1") -> None:
        self.rt.write(ticket, "Comment", ("text/plain", "", text.encode()), by=by)

    def set_state(self, ticket: str, state: str) -> None:
        self.rt.set_status(ticket, STATUSES[state])

    def assign(self, ticket: str, agent: str) -> None:
        self.rt.set_value(ticket, "Owner", str(self.rt.agent(agent).id))

    def prioritise(self, ticket: str, word: str) -> None:
        self.rt.set_value(ticket, "Priority", PRIORITIES[word])

    def merge(self, ticket: str, into: str) -> None:
        self.rt.merge(ticket, into)

    def delete(self, ticket: str) -> None:
        self.rt.set_status(ticket, "deleted")

    def told_by_hub(self, ticket: str, text: str) -> None:
        self._told += 1
        self.tellings[ticket].entry(self._told, text=text)

    def write_as_hub(self, ticket: str, text: str) -> None:
        self.rt.write(ticket, "Correspond", ("text/plain", "", text.encode()), by="hub")

    def told_with_file(self, ticket: str, text: str, file: tuple[str, bytes], *, retry: bool = False) -> None:
        self._told += 0 if retry else 1
        name, content = file
        key = f"media/k-{ticket}/{self._told}/0"
        self._shelf.put(key, content)
        stored = StoredFile(state="fetched", filename=name, mime_type="image/png", size=len(content), key=key)
        photo = Attachment(kind="image", stored=stored)
        self.tellings[ticket].entry(self._told, text=text, attachments=[photo], retry=retry)

    def reply_with_file(self, ticket: str, text: str, file: tuple[str, bytes]) -> None:
        parts = ("text/plain", "", text.encode()), ("image/png", *file)
        self.rt.write(ticket, "Correspond", *parts, by="agente1")

    def write_file_as_hub(self, ticket: str, file: tuple[str, bytes]) -> None:
        self.rt.write(ticket, "Correspond", ("image/png", *file), by="hub")

    def lose_next_answer(self, after: int) -> None:
        self._scripted.lose_next_answer(after)

    def as_usual(self) -> None:
        self._scripted.as_usual()

    def files_of(self, ticket: str) -> list[tuple[str, bytes]]:
        parts = [part for note in self.rt.notes_of(ticket) for part in note.parts]
        return [(part.filename, part.content) for part in parts if part.filename]

    def strange_ticket(self) -> str:
        number = 5000 + len(self.rt.tickets)
        self.rt.tickets[number] = Ticket(number, {}, self.rt.agent("cliente9", privileged=False), "De otro", "open")
        return str(number)

    def fail_next(self) -> None:
        self._scripted.answer_next(503, {})

    def pass_time(self, seconds: float) -> None:
        self.rt.now += seconds

    def requests(self) -> list[Request]:
        """A status that RT itself set because of a reply is told before the reply."""
        made = [one for one in self.rt.transactions.values() if one.id > self._sent and is_told(one)]
        self._sent = max((one.id for one in made), default=self._sent)
        made.sort(key=lambda one: (one.id - 1.5) if one.creator == "RT_System" else one.id)
        return [signed(f"rt-txn-{one.id}", content_of(self.rt, one), self._clock()) for one in made]


def is_told(one: Transaction) -> bool:
    """Whether the scrip tells of it."""
    return one.type in (*EVENTS, "AddLink")


def content_of(rt: FakeRt, one: Transaction) -> dict[str, Any]:
    """What the scrip tells of it."""
    ticket = rt.tickets[one.ticket]
    if one.type == "AddLink":  # RT has merged it by then, and names the survivor
        ticket = rt.tickets[int(one.new.rpartition("/")[2])]
    event = "merged" if one.type == "AddLink" else EVENTS[one.type]
    return {
        "event": f"ticket.{event}",
        "id": f"rt-txn-{one.id}",
        "transaction": {"id": one.id, "type": one.type, "created": one.created, "content": one.content},
        "ticket": {"id": ticket.id, "effective_id": ticket.merged_into or ticket.id, "status": ticket.status},
    }
