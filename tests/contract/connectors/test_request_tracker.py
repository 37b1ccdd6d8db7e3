from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from local.memory.files import MemoryFiles
from shared.connectors.request_tracker import connect as connect_to
from shared.connectors.request_tracker import connect_back
from shared.connectors.request_tracker.hook import hint
from shared.connectors.request_tracker.options import Options
from shared.domain.errors import Misconfigured, Permanent, Transient, Unwelcome
from shared.domain.event import Author
from tests.contract.connectors.conformance import TIMEOUT_S, Connect, ConnectorConformance, Stories
from tests.contract.connectors.conformance_back import AskedBack, Down
from tests.contract.connectors.conformance_files import AttachingBack
from tests.contract.connectors.conformance_helpdesk import FollowedTickets, LinkedContacts, LyingTool, ToldRevisions
from tests.contract.connectors.fake_rt import TOKEN, FakeRt, User
from tests.contract.connectors.receiver import Receiver, answer
from tests.contract.connectors.rt_people import RtPeople
from tests.contract.connectors.scripted_rt import ScriptedRt
from tests.contract.connectors.stories import Story, Telling
from tests.contract.connectors.way_back import Hub

NOW = 1795309323.7


@dataclass
class Named:
    name: str
    secret: str
    options: Options


@dataclass
class Vault:
    secret: dict[str, Any] = field(default_factory=lambda: {"token": TOKEN})

    def get(self, name: str) -> dict[str, Any]:
        return self.secret


@pytest.fixture
def rt() -> FakeRt:
    return FakeRt()


@pytest.fixture
def other_side(receiver: Receiver, rt: FakeRt) -> ScriptedRt:
    return ScriptedRt(receiver, rt)


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def shelf() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
def connect(receiver: Receiver, other_side: ScriptedRt, vault: Vault, shelf: MemoryFiles) -> Connect:
    options = Options(
        url=f"http://127.0.0.1:{receiver.port}/", queue="Soporte", allow_private=True, timeout_s=TIMEOUT_S
    )
    return lambda: connect_to(Named("soporte", "soporte", options), vault, lambda: NOW, lambda: shelf)


@pytest.fixture
def telling(connect: Connect, stories: Stories) -> Iterator[Telling]:
    """A story whose ticket is open."""
    telling = Telling(connect(), next(stories))
    telling.prepare("entry")
    return telling


@pytest.fixture
def hub(receiver: Receiver, other_side: ScriptedRt, vault: Vault) -> Hub:
    options = Options(url=f"http://127.0.0.1:{receiver.port}", queue="Soporte", allow_private=True)
    hub = Hub("soporte", Down("soporte"), hint)
    hub.back = connect_back(Named("soporte", "soporte", options), vault, hub.clock)
    return hub


@pytest.fixture
def tool(rt: FakeRt, other_side: ScriptedRt, hub: Hub, shelf: MemoryFiles) -> RtPeople:
    rt.now = hub.now
    return RtPeople(rt, other_side, hub.clock, shelf)


@pytest.fixture
def tickets(connect: Connect, stories: Stories, tool: RtPeople, hub: Hub) -> Iterator[str]:
    """Tickets of cases that the hub has told the first entry of."""

    def made() -> Iterator[str]:
        for story in stories:
            telling = Telling(connect(), story)
            telling.prepare("entry")
            telling.entry(1)
            ticket = telling.remotes["case"].id
            tool.tellings[ticket] = telling
            hub.knows(ticket, f"k-{ticket}", story.customer.id)
            yield ticket

    return made()


class TestRequestTrackerBack(AskedBack, AttachingBack):
    """The way back, with the fake RT's people."""


def test_what_rt_committed_late_under_a_lower_number_is_not_missed(
    hub: Hub, tool: RtPeople, rt: FakeRt, tickets: Iterator[str]
) -> None:
    ticket = next(tickets)
    late = tool.rt.write(ticket, "Correspond", ("text/plain", "", b"lenta"), by="agente2")
    del rt.transactions[late.id]  # it has its number, and nobody sees it yet
    tool.reply(ticket, "primera")
    assert [event.text for event in hub.told(tool)] == ["primera"]
    rt.transactions[late.id] = late
    tool.note(ticket, "nota")
    hub.now += 30
    assert [event.text for event in hub.told(tool)] == ["lenta", "nota"]
    hub.now += 100
    tool.pass_time(130)
    tool.note(ticket, "otra")
    assert [event.text for event in hub.told(tool)] == ["otra"]
    assert hub.metrics["pulled"] == 4


def test_a_sweep_begins_before_the_last_one_ended(hub: Hub, tool: RtPeople, rt: FakeRt, tickets: Iterator[str]) -> None:
    one, other = next(tickets), next(tickets)
    tool.note(one, "nota")
    hub.sweep("0")
    assert [event.text for event in hub.events()] == ["nota"]
    tool.pass_time(-200)
    tool.note(other, "tarde")
    hub.sweep("1")
    assert [event.text for event in hub.events()] == ["tarde"]


def test_a_sweep_passes_over_what_the_hub_did(hub: Hub, tool: RtPeople, rt: FakeRt, tickets: Iterator[str]) -> None:
    ticket = next(tickets)
    before = max(rt.transactions)
    tool.told_by_hub(ticket, "Sigo esperando")
    since = f"{rt.transactions[before].created}#{before}"
    assert hub.back.changed_since(since, 500).tickets == {}
    tool.note(ticket, "nota")
    assert list(hub.back.changed_since(since, 500).tickets) == [ticket]


def test_a_sweep_of_very_much_goes_on_where_it_was_cut(
    hub: Hub, tool: RtPeople, rt: FakeRt, tickets: Iterator[str]
) -> None:
    made = [next(tickets) for _ in range(3)]
    for number in range(150):
        tool.note(made[number // 100], f"nota {number}")
    tool.note(made[2], "otra")
    first = hub.back.changed_since(None, 1)
    assert (first.more, "#" in first.cursor) == (True, True)
    rest = hub.back.changed_since(first.cursor, 1)
    assert rest.more is False
    assert {*first.tickets, *rest.tickets} == set(made)


class TestRequestTracker(ConnectorConformance, LyingTool, LinkedContacts, FollowedTickets, ToldRevisions):
    PRIVATE = (TOKEN, TOKEN.rpartition("-")[2])


def test_a_ticket_bears_our_ids_and_the_customers_own_user(telling: Telling, rt: FakeRt) -> None:
    story = telling.story
    ticket = rt.tickets[int(telling.remotes["case"].id)]
    assert ticket.fields == {"HubCaseId": story.case.id, "Channel": "whatsapp"}
    assert ticket.subject == f"{story.case.reference} · Ana Ejemplo · WhatsApp"
    assert (ticket.requestor.name, ticket.requestor.contact_id) == (story.phone, story.customer.id)
    assert ticket.requestor.fields == {"RealName": "Ana Ejemplo", "MobilePhone": story.phone}
    assert not ticket.requestor.privileged


def test_remotes_lead_to_the_pages_of_rt(telling: Telling, receiver: Receiver) -> None:
    base = f"http://127.0.0.1:{receiver.port}"
    contact, case = telling.remotes["contact"], telling.remotes["case"]
    assert contact.url == f"{base}/User/Summary.html?id={contact.id}"
    assert case.url == f"{base}/Ticket/Display.html?id={case.id}"


def test_what_a_customer_wrote_is_correspondence_word_for_word(telling: Telling, rt: FakeRt) -> None:
    made = rt.transactions[int(telling.entry(1, text=" ¿Año? 🙂\r\nsegunda línea"))]
    assert (made.type, made.content) == ("Correspond", " ¿Año? 🙂\r\nsegunda línea\n")
    assert made.subject.startswith(
        f"{telling.story.case.reference}/1 · Ana Ejemplo · WhatsApp · 2026-11-22 10:00:00 UTC"
    )
    assert made.message_id == f"wamid.{telling.story.number}.1"


def test_the_text_0_is_not_lost(telling: Telling, rt: FakeRt) -> None:
    assert rt.transactions[int(telling.entry(1, text="0"))].content == "0\n"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("message", {"visibility": "internal", "author": Author(type="agent", name="Luis")}),
        ("reaction", {"reaction": {"emoji": "👍", "target": "wamid.1"}}),
        ("auto_reply", {}),
        ("state_change", {"text": "on_hold", "reason": "open", "visibility": "internal"}),
        ("receipt", {"receipt": {"state": "failed", "target": "wamid.1"}}),
    ],
)
def test_what_nobody_said_to_the_other_is_a_comment(
    telling: Telling, rt: FakeRt, kind: Any, fields: dict[str, Any]
) -> None:
    assert rt.transactions[int(telling.entry(1, kind, **fields))].type == "Comment"


def test_rt_writes_to_no_customer(connect: Connect, stories: Stories, rt: FakeRt) -> None:
    telling = Telling(connect(), replace(next(stories), email_level="confirmed"))
    telling.prepare("entry")
    telling.entry(1)
    telling.entry(2, direction="outbound", author=Author(type="agent", name="Luis"))
    [requestor] = {ticket.requestor.fields["EmailAddress"] for ticket in rt.tickets.values()}
    assert requestor == "ana@example.com"
    assert rt.mails == []


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("HubContactId", "no user custom field HubContactId"),
        ("HubCaseId", "no ticket custom field HubCaseId"),
        ("HubMessageId", "no ticket transaction custom field HubMessageId"),
    ],
)
def test_without_a_field_nothing_is_created(
    connect: Connect, stories: Stories, rt: FakeRt, lacking: str, said: str
) -> None:
    rt.lacks.add(lacking)
    with pytest.raises(Misconfigured, match=f"^connector soporte: RT has {said}"):
        Telling(connect(), next(stories)).contact()
    assert (len(rt.users), rt.tickets) == (1, {})


def test_an_unknown_queue_stops_the_connector(connect: Connect, stories: Stories, rt: FakeRt) -> None:
    rt.queue = "Otra"
    with pytest.raises(Misconfigured, match="no such queue"):
        Telling(connect(), next(stories)).contact()


def test_a_ticket_that_could_not_bear_our_id_is_adopted_when_it_can(
    connect: Connect, stories: Stories, rt: FakeRt
) -> None:
    telling = Telling(connect(), next(stories))
    telling.prepare("case")
    rt.drops.add("HubCaseId")
    with pytest.raises(Misconfigured, match="does not keep HubCaseId"):
        telling.case()
    with pytest.raises(Misconfigured, match="does not keep HubCaseId"):
        telling.case(retry=True)
    rt.drops.clear()
    ticket = telling.case(retry=True)
    assert [ticket.id] == [str(number) for number in rt.tickets]


def test_a_note_whose_field_was_not_set_is_found_by_its_subject(telling: Telling, rt: FakeRt) -> None:
    rt.drops.add("HubMessageId")
    with pytest.raises(Misconfigured, match="does not keep HubMessageId"):
        telling.entry(1)
    [made] = rt.notes_of(telling.remotes["case"].id)
    assert telling.entry(1, retry=True) == str(made.id)


def test_a_note_in_another_queues_ticket_may_go_without_the_field(telling: Telling, rt: FakeRt) -> None:
    rt.drops.add("HubMessageId")
    rt.queue_of_tickets = "9"
    assert rt.transactions[int(telling.entry(1))].message_id is None


def test_a_status_that_the_queue_does_not_have_is_noticed_within_its_2xx(
    receiver: Receiver, other_side: ScriptedRt, vault: Vault, stories: Stories, rt: FakeRt
) -> None:
    options = Options(
        url=f"http://127.0.0.1:{receiver.port}", queue="Soporte", allow_private=True, statuses={"on_hold": "parked"}
    )
    telling = Telling(connect_to(Named("soporte", "soporte", options), vault, lambda: NOW), next(stories))
    telling.prepare("entry")
    with pytest.raises(Unwelcome, match="does not let a ticket become parked"):
        telling.entry(1, "state_change", text="on_hold", reason="open", visibility="internal")
    assert len(rt.notes_of(telling.remotes["case"].id)) == 1


def test_a_user_that_people_changed_is_only_filled_in(connect: Connect, stories: Stories, rt: FakeRt) -> None:
    story = next(stories)
    known = Telling(connect(), story).contact()
    rt.users[int(known.id)].fields["RealName"] = "Ana E. (VIP)"
    rt.users[int(known.id)].changed_by = "agente1"
    with_mail = replace(story, email_level="confirmed").customer
    connect().put_contact(with_mail, 2, known, retry=False)
    fields = rt.users[int(known.id)].fields
    assert (fields["RealName"], fields["EmailAddress"]) == ("Ana E. (VIP)", "ana@example.com")


def test_a_colleague_who_writes_is_linked_and_their_account_left_alone(
    connect: Connect, stories: Stories, rt: FakeRt
) -> None:
    story = next(stories)
    rt.users[500] = User(500, "agente9", {"EmailAddress": story.email}, privileged=True)
    linked = Telling(connect(), replace(story, email_level="staff")).contact()
    assert linked.id == "500"
    assert (rt.users[500].contact_id, rt.users[500].fields) == ("c-1", {"EmailAddress": story.email})


def test_an_address_that_rt_refuses_costs_nobody_their_ticket(connect: Connect, stories: Stories, rt: FakeRt) -> None:
    story = replace(next(stories), email="not an address", email_level="confirmed")
    known = Telling(connect(), story).contact()
    assert "EmailAddress" not in rt.users[int(known.id)].fields


def test_a_user_that_was_removed_is_made_again(connect: Connect, stories: Stories, rt: FakeRt) -> None:
    story = next(stories)
    known = Telling(connect(), story).contact()
    del rt.users[int(known.id)]
    anew = connect().put_contact(story.customer, 2, known, retry=False)
    assert rt.users[int(anew.id)].contact_id == story.customer.id


def test_a_ticket_that_may_not_be_touched_stops_no_other(telling: Telling, other_side: ScriptedRt) -> None:
    other_side.answer_next(403, {})
    with pytest.raises(Unwelcome):
        telling.entry(1)


def test_a_queue_that_may_not_be_written_to_stops_the_connector(
    connect: Connect, stories: Stories, other_side: ScriptedRt
) -> None:
    telling = Telling(connect(), next(stories))
    telling.prepare("case")
    other_side.answer_next(403, {}, after=1)
    with pytest.raises(Misconfigured):
        telling.case()


@pytest.mark.parametrize("token", [None, "", "secret", "1-x-abc", ["1-27-abc"]])
def test_a_token_that_is_none_stops_the_connector_before_anything_is_sent(
    connect: Connect, stories: Stories, vault: Vault, receiver: Receiver, token: Any
) -> None:
    vault.secret = {"token": token}
    with pytest.raises(Misconfigured, match=r"^connector soporte: its secret has no token"):
        Telling(connect(), next(stories)).contact()
    assert receiver.received == []


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b"{}", b"[]", b'"x"', b"null", b'{"id": {}}', b"[" * 9999]
)
@pytest.mark.parametrize("after", range(4))
def test_an_answer_that_is_not_rts_may_pass(
    connect: Connect, telling: Telling, receiver: Receiver, body: bytes, after: int
) -> None:
    telling.connector = connect()
    receiver.script.extend([receiver.as_usual] * after)
    receiver.script.append(answer(200, {"Content-Type": "text/html"}, body))
    with pytest.raises(Transient):
        telling.entry(1)


def test_ids_in_a_query_cannot_end_it(connect: Connect, rt: FakeRt) -> None:
    story = Story(1)
    telling = Telling(connect(), story)
    telling.prepare("case")
    odd = story.case.model_copy(update={"id": "k' OR id > '0\\"})
    ticket = telling.connector.open_case(odd, story.customer, telling.remotes["contact"], retry=True)
    assert telling.connector.open_case(odd, story.customer, telling.remotes["contact"], retry=True) == ticket
    assert len(rt.tickets) == 1


def test_a_ticket_that_is_gone_is_told_apart_from_an_rt_that_is_gone(
    telling: Telling, rt: FakeRt, other_side: ScriptedRt
) -> None:
    rt.tickets.clear()
    with pytest.raises(Permanent, match="no such ticket any more"):
        telling.entry(1)
    rt.queue = "Otra"
    other_side.answer_next(404, {})
    other_side.answer_next(404, {})
    with pytest.raises(Unwelcome, match="neither our ticket nor our queue"):
        telling.entry(1)


def test_no_connection_is_kept(telling: Telling, receiver: Receiver) -> None:
    telling.entry(1)
    assert receiver.connections == len(receiver.received)
    assert {request.headers["connection"] for request in receiver.received} == {"close"}


def test_what_people_write_to_rt_itself_is_theirs_and_a_guests_where_the_ticket_is_not(
    hub: Hub, tool: RtPeople, rt: FakeRt, tickets: Iterator[str]
) -> None:
    ticket = next(tickets)
    requestor = rt.tickets[int(ticket)].requestor.name
    rt.agent("otra@example.com", privileged=False)
    for name in (requestor, "otra@example.com"):
        rt.write(ticket, "Correspond", ("text/plain", "", b"\xc2\xbfY entonces?"), by=name)
    said = [event for event in hub.told(tool) if event.kind == "message"]
    assert [(one.direction, one.author.type, one.author.id, one.flags) for one in said] == [
        ("inbound", "customer", requestor, []),
        ("inbound", "customer", "otra@example.com", ["external_participant"]),
    ]


def test_an_answer_says_what_the_ticket_held_before_it(hub: Hub, tool: RtPeople, tickets: Iterator[str]) -> None:
    ticket = next(tickets)
    tool.reply(ticket, "al primero")
    tool.told_by_hub(ticket, "segundo")
    tool.reply(ticket, "a los dos")
    assert [event.seen for event in hub.told(tool) if event.kind == "message"] == [1, 2]
    hub.now += 300
    tool.pass_time(300)
    tool.note(ticket, "nota")
    hub.told(tool)
    hub.now += 300
    tool.pass_time(300)
    tool.reply(ticket, "más tarde")
    [later] = hub.told(tool)
    assert later.seen == 2, "the cursor keeps it"
