"""Files that agents attach go out with their answer, once, or their agent hears which did not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.fetch_media.content import examine
from local.memory.files import MemoryFiles
from shared.application.media import Fetching, fetch_media
from shared.application.media_trigger import MediaTrigger
from shared.application.order import Order, read_order
from shared.application.record import Outcome
from shared.application.retry import due_text
from shared.channels.whatsapp.render import UPLOAD, render
from shared.channels.whatsapp.upload import with_file
from shared.domain.answer import Address, Answer, Body, Later, Refused, SendOutcome, Uploaded
from shared.domain.errors import Transient
from shared.domain.media import Ended, Limits
from shared.ports.media import Sink, Wanted
from shared.ports.table import Put, Table
from shared.store import keys, media
from tests.engine.outbound.conftest import Office, Way
from tests.engine.record.bench import CountedTable

PDF = b"%PDF-1.7 of an invented invoice"
FILE = {"kind": "document", "provider_id": "7", "url": "https://rt.example.com/REST/2.0/attachment/7"}
NAMED = {**FILE, "filename": "factura.pdf", "mime_type": "application/pdf"}


class Gone(BaseException):
    """The worker died."""


@dataclass
class Bringing(Way):
    """As `Way`, in WhatsApp's words, with files. `brought`: what was uploaded; `uploads`: what it says to that."""

    brought: list[str] = field(default_factory=list)
    uploads: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        return render(answer, to, mark)

    def upload(self, account: str, body: Body) -> Uploaded | Later | Refused | None:
        if UPLOAD not in body:
            return None
        assert account
        self.brought.append(body[UPLOAD]["key"])
        said = self.uploads.pop(0) if self.uploads else Uploaded(f"M{len(self.brought)}")
        if isinstance(said, BaseException):
            raise said
        assert isinstance(said, Uploaded | Later | Refused)
        return said

    def with_file(self, body: Body, id_: str) -> Body:
        return with_file(body, id_)

    def send(self, account: str, body: Body) -> SendOutcome:
        assert UPLOAD not in body
        return super().send(account, body)

    @property
    def contents(self) -> list[tuple[str, Any]]:
        return [(body["type"], body[body["type"]]) for _, body in self.said]


@dataclass
class FileOffice(Office):
    """An office whose tool has the files that `has` says: bytes, or why not."""

    files: Any = field(default_factory=MemoryFiles)
    has: list[bytes | Exception] = field(default_factory=lambda: [PDF])

    def fetch(self, wanted: Wanted, sink: Sink, timeout_s: float) -> None:
        assert timeout_s
        said = self.has[0] if len(self.has) == 1 else self.has.pop(0)
        if isinstance(said, Exception):
            raise said
        sink.write(said)

    def fetched(self, answer: Outcome, due: str | None = None) -> str:
        fetching = Fetching(
            table=self.table,
            queues=self.queues,
            files=self.files,
            metrics=self.counters,
            clock=lambda: self.seconds,
            draw=lambda: 0.0,
            limits=Limits(),
            fetcher_of=lambda name: self if name == "desk" else None,
            examine=examine,
            remaining_s=lambda: 120.0,
        )
        trigger = MediaTrigger(str(answer.case), int(answer.sequence or 0), due=due)
        return fetch_media(trigger.message.body, fetching)

    def woken(self) -> list[str]:
        """The orders that wait are followed, as they came."""
        return [self.carry(read_order(_text(body))) for body in self.queues.taken("outbound")]

    def notes(self, case: str) -> list[str]:
        self.take_in()
        return [str(one.text) for one in self.log(case) if one.author.type == "system" and one.kind == "message"]


def _text(body: dict[str, Any]) -> str:
    return Order(**body).message.body


@pytest.fixture
def office(table: Table) -> FileOffice:
    return FileOffice(CountedTable(table), way=Bringing())


@pytest.fixture
def way(office: FileOffice) -> Bringing:
    assert isinstance(office.way, Bringing)
    return office.way


@pytest.fixture
def begun(office: FileOffice, conversation: Callable[..., tuple[str, str]]) -> tuple[str, str]:
    return conversation()


def document(id_: str = "M1", **more: Any) -> tuple[str, Any]:
    return "document", {"id": id_, "filename": "factura.pdf", **more}


def test_an_answer_waits_for_its_file_and_goes_as_soon_as_it_is_there(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = office.answers(begun[1], attachments=[NAMED])
    assert office.entry(answer)["files"] == 1
    assert office.carry(office.order(answer)) == "waiting"
    assert way.brought == []
    assert office.fetched(answer) == "settled"
    assert office.woken() == ["sent"]
    assert way.contents == [document(caption="Buenas tardes")]
    assert office.files.get(way.brought[0]) == PDF
    assert office.notes(begun[0]) == []
    assert office.carry(office.order(answer)) == "level"


def test_a_file_that_is_there_first_waits_for_nothing(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    assert office.woken() == ["sent"]
    assert office.carry(office.order(answer)) == "level"
    assert len(way.said) == 1


def test_those_behind_wait_with_it_and_go_with_it_and_other_conversations_wait_for_nobody(
    office: FileOffice, way: Bringing, begun: tuple[str, str], say: Any
) -> None:
    first = office.answers(begun[1], attachments=[NAMED])
    second = office.answers(begun[1], "r2", "Y algo más")
    assert [office.carry(office.order(one)) for one in (first, second)] == ["waiting", "waiting"]
    other = office.record(say("w9", "Hola", phone="593997654321"))
    apart = office.answers(office.opened(other.case), "r3", "A otra persona")
    assert office.carry(office.order(apart)) == "sent"
    office.fetched(first)
    assert office.woken() == ["sent"]
    assert office.woken() == ["sent"]
    assert way.contents[1:] == [
        document(caption="Buenas tardes"),
        ("text", {"body": "Y algo más", "preview_url": False}),
    ]


NOT_HAD = [[Ended("gone", "no more")], [Ended("refused", "elsewhere")], [b"MZ a program"], [b"<html><script>"]]


@pytest.mark.parametrize("has", NOT_HAD, ids=["gone", "refused", "program", "page"])
def test_what_cannot_be_had_or_harms_does_not_go_and_its_agent_hears_which(
    office: FileOffice, way: Bringing, begun: tuple[str, str], has: list[Any]
) -> None:
    office.has = has
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    assert office.woken() == ["sent"]
    assert way.contents == [("text", {"body": "Buenas tardes", "preview_url": False})]
    [note] = office.notes(begun[0])
    assert note.startswith("La respuesta se envió sin factura.pdf")


def test_after_a_minute_it_goes_without_and_what_comes_then_does_not_go(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    office.has = [Transient("busy"), PDF]
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    assert office.carry(office.order(answer)) == "waiting"
    due = office.send_of(answer)["due_sk"].partition("#")[0]
    assert due == due_text(office.seconds + 60)
    office.seconds = datetime.fromisoformat(due).replace(tzinfo=UTC).timestamp()
    way.answers.append(Later("131000"))
    assert office.carry(office.order(answer, due=due)) == "waiting"
    assert [int(one) for one in office.send_of(answer)["without"]] == [0]
    assert len(office.notes(begun[0])) == 1
    file = media.of_entry(office.table, str(answer.case), int(answer.sequence or 0))[0]
    office.fetched(answer, file.due_at)
    assert media.of_entry(office.table, file.case, file.sequence)[0].state == "fetched"
    office.seconds += 3600
    assert office.carry(office.order(answer)) == "sent"
    assert {kind for kind, _ in way.contents} == {"text"}
    assert len(office.notes(begun[0])) == 1, "told twice is once"


def test_without_words_and_files_there_is_nothing_to_send(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    office.has = [Ended("gone", "no more")]
    answer = office.answers(begun[1], text=None, attachments=[NAMED])
    office.fetched(answer)
    assert office.woken() == ["failed"]
    office.take_in()
    error = office.log(begun[0])[-1].receipt.error  # type: ignore[union-attr]
    assert error is not None
    assert (error.code, way.said) == ("files_missing", [])
    assert "factura.pdf" in (error.detail or "")


def test_a_file_of_a_note_is_neither_fetched_nor_sent(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    note = office.answers(begun[1], attachments=[NAMED], visibility="internal")
    entry = office.entry(note)
    assert not {"files", "to"} & set(entry)
    assert office.fetched(note) == "nothing"
    assert (office.woken(), way.said, office.files.list("media/")) == ([], [], [])


def test_two_files_go_one_after_the_other(office: FileOffice, way: Bringing, begun: tuple[str, str]) -> None:
    answer = office.answers(begun[1], attachments=[NAMED, {**NAMED, "provider_id": "8"}])
    office.fetched(answer)
    assert office.woken() == ["sent"]
    assert way.contents == [document(caption="Buenas tardes"), document("M2")]
    assert [key.rpartition("/")[2] for key in way.brought] == ["0", "1"]


def test_nothing_of_where_the_tool_has_it_goes_out(office: FileOffice, way: Bringing, begun: tuple[str, str]) -> None:
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    office.woken()
    assert "rt.example.com" not in str(way.said)


def settled(office: FileOffice, begun: tuple[str, str]) -> Outcome:
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    office.queues.taken("outbound")
    return answer


def test_a_worker_that_dies_while_it_brings_the_file_has_told_nobody_and_another_sends(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = settled(office, begun)
    way.uploads.append(Gone())
    with pytest.raises(Gone):
        office.carry(office.order(answer))
    assert office.send_of(answer)["state"] == "queued"
    assert office.carry(office.order(answer)) == "sent"
    assert (len(way.said), len(way.brought)) == (1, 2)


def test_a_worker_that_dies_after_the_file_was_brought_leaves_its_id(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = settled(office, begun)
    way.answers.append(Later("130429"))
    assert office.carry(office.order(answer)) == "waiting"
    assert office.send_of(answer)["upload"] == "M1"
    office.seconds += 3600
    assert office.carry(office.order(answer)) == "sent"
    assert (way.contents[1], way.brought) == (document(caption="Buenas tardes"), way.brought[:1])
    assert "upload" not in office.send_of(answer)


def test_a_worker_that_dies_while_it_sends_is_never_repeated_blindly(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = settled(office, begun)
    way.answers.append(Gone())
    with pytest.raises(Gone):
        office.carry(office.order(answer))
    assert office.send_of(answer)["state"] == "claimed"
    office.seconds += 120
    assert office.carry(office.order(answer)) == "unknown"
    assert (len(way.said), len(way.brought)) == (1, 1)


def test_a_file_that_is_no_good_any_more_is_brought_again(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = settled(office, begun)
    way.answers.append(Later("131053", 300.0, file=True))
    assert office.carry(office.order(answer)) == "waiting"
    office.seconds += 3600
    assert office.carry(office.order(answer)) == "sent"
    assert way.contents[1] == document("M2", caption="Buenas tardes")


OUTCOMES = [(Later("unreached"), "waiting"), (Refused("file"), "failed")]


@pytest.mark.parametrize(("said", "outcome"), OUTCOMES)
def test_what_the_provider_says_to_a_file_is_an_outcome_of_the_answer(
    office: FileOffice, way: Bringing, begun: tuple[str, str], said: Any, outcome: str
) -> None:
    answer = settled(office, begun)
    way.uploads.append(said)
    assert office.carry(office.order(answer)) == outcome
    assert way.said == []


def test_with_too_little_time_left_for_a_file_another_worker_brings_it(
    office: FileOffice, way: Bringing, begun: tuple[str, str]
) -> None:
    answer = settled(office, begun)
    office.remaining = 40.0
    order = office.order(answer)
    assert office.carry(order) == "waiting"
    [more] = [message for queue, message in office.queues.sent if queue == "outbound"]
    assert more.deduplication != order.message.deduplication
    office.remaining = 60.0
    assert office.woken() == ["sent"]


def test_a_tool_that_was_told_without_the_file_hears_of_it_when_it_comes(
    office: FileOffice, begun: tuple[str, str]
) -> None:
    office.has = [Transient("busy"), PDF]
    answer = office.answers(begun[1], attachments=[NAMED])
    office.fetched(answer)
    pk, sk = keys.cursor(begun[0], "crm")
    lacks = [f"{answer.sequence}#0"]
    office.table.table.transact([Put({"pk": pk, "sk": sk, "customer": "c", "pushed": answer.sequence, "lacks": lacks})])
    office.seconds += 3600
    assert office.fetched(answer) == "settled"
    assert [one.result for one in office.take_in()] == ["recorded"]
    late = office.log(begun[0])[-1]
    assert (late.kind, late.visibility, late.attachments[0].filename) == ("edit", "internal", "factura.pdf")
    assert "to" not in office.table.table.get(keys.entry(begun[0], late.sequence)).item  # type: ignore[operator]
