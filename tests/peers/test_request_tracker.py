"""The connector's conformance on the real Request Tracker, behind a proxy that spoils what a test says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.connectors.request_tracker import connect as connect_to
from shared.connectors.request_tracker.options import Options
from shared.domain.errors import Unwelcome
from shared.domain.event import Author
from tests.contract.connectors.conformance import Connect, OnceAndInOrder, Stories
from tests.contract.connectors.conformance_helpdesk import FollowedTickets, LinkedContacts, LyingTool, ToldRevisions
from tests.contract.connectors.receiver import Receiver
from tests.contract.connectors.stories import Telling
from tests.peers.real_rt import RealRt, ScriptedRealRt

pytestmark = pytest.mark.peers

TIMEOUT_S = 15.0
"""An RT on SQLite takes up to a second for each request, on a busy machine two."""


@dataclass
class Named:
    name: str
    secret: str
    options: Options


@dataclass
class Vault:
    token: str

    def get(self, name: str) -> dict[str, Any]:
        return {"token": self.token}


@pytest.fixture
def other_side(receiver: Receiver, rt: RealRt) -> ScriptedRealRt:
    return ScriptedRealRt(receiver, rt)


@pytest.fixture
def connect(receiver: Receiver, other_side: ScriptedRealRt, rt: RealRt) -> Connect:
    options = Options(url=f"http://127.0.0.1:{receiver.port}", queue="Soporte", allow_private=True, timeout_s=TIMEOUT_S)
    return lambda: connect_to(Named("soporte", "soporte", options), Vault(rt.token()), lambda: 1795309323.7)


class TestRealRequestTracker(OnceAndInOrder, LyingTool, LinkedContacts, FollowedTickets, ToldRevisions):
    """How a connector bears a tool that misbehaves is shown with the scripted one; this is what RT itself does."""


def test_rt_writes_to_no_customer_though_it_would(connect: Connect, stories: Stories, rt: RealRt) -> None:
    story = next(stories)
    address = f"cliente.{story.number}@example.com"
    telling = Telling(connect(), replace(story, email=address, email_level="confirmed"))
    telling.prepare("entry")
    telling.entry(1)
    telling.entry(2, direction="outbound", author=Author(type="agent", name="Luis"))
    assert address not in rt.mails()
    requestor = telling.remotes["contact"].id
    rt.ask("POST", "/ticket", {"Queue": "Soporte", "Subject": "sin el hub", "Requestor": requestor}, user="agente1")
    assert address in rt.mails(), "the queue's scrips do write to customers, so that the silence above means something"


def test_what_was_written_is_there_word_for_word(connect: Connect, stories: Stories, rt: RealRt) -> None:
    telling = Telling(connect(), next(stories))
    telling.prepare("entry")
    for sequence, text in enumerate(["¿Año? 🙂\nsegunda línea", "0", "مرحبا", "x" * 40_000], 1):
        telling.entry(sequence, text=text)
    notes = rt.notes_of(telling.remotes["case"].id)
    assert [note["Text"] for note in notes] == ["¿Año? 🙂\nsegunda línea", "0", "مرحبا", "x" * 40_000]
    assert [note["Type"] for note in notes] == ["Correspond"] * 4
    number, reference = telling.story.number, telling.story.case.reference
    assert [note["HubMessageId"] for note in notes] == [[f"wamid.{number}.{n}"] for n in range(1, 5)]
    assert notes[0]["Data"].strip() == f"{reference}/1 · Ana Ejemplo · WhatsApp · 2026-11-22 10:00:00 UTC"


def test_a_status_that_the_queue_does_not_have_is_noticed(
    receiver: Receiver, other_side: ScriptedRealRt, stories: Stories, rt: RealRt
) -> None:
    options = Options(
        url=f"http://127.0.0.1:{receiver.port}", queue="Soporte", allow_private=True, statuses={"on_hold": "parked"}
    )
    connector = connect_to(Named("soporte", "soporte", options), Vault(rt.token()), lambda: 1795309323.7)
    telling = Telling(connector, next(stories))
    telling.prepare("entry")
    with pytest.raises(Unwelcome, match="does not let a ticket become parked"):
        telling.entry(1, "state_change", text="on_hold", reason="open", visibility="internal")


def test_a_message_that_an_interrupted_rt_left_without_its_field_is_found(
    connect: Connect, stories: Stories, rt: RealRt
) -> None:
    telling = Telling(connect(), next(stories))
    telling.prepare("entry")
    ticket, mark = telling.remotes["case"].id, f"{telling.story.case.reference}/1 · Ana"
    rt.ask("POST", f"/ticket/{ticket}/correspond", {"Subject": mark, "Content": "x", "ContentType": "text/plain"})
    telling.entry(1, retry=True)
    assert len(rt.notes_of(ticket)) == 1
