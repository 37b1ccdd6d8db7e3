"""What an RT held before the hub comes in, and whoever writes is found in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from shared.domain.errors import Misconfigured, Transient
from shared.store import back, keys
from shared.store.candidates import candidates_of
from shared.store.claims import claims_of
from shared.store.views import entry_view
from tests.contract.connectors.bring_in_hub import ImportingHub
from tests.contract.connectors.fake_rt import TOKEN, FakeRt
from tests.contract.connectors.receiver import Receiver, answer

Person = tuple[str, str]
"""A phone as somebody typed it into RT, and the id by which WhatsApp delivers its owner's messages."""


def people(number: int) -> list[Person]:
    """As many people of Latin America, as a company in Ecuador types them: its own nationally, others abroad."""
    forms: list[Callable[[int], Person]] = [
        lambda n: (f"099{n:07}", f"59399{n:07}"),
        lambda n: (f"(09) 8{n // 1000:04}-{n % 1000:03}", f"59398{n:07}"),
        lambda n: (f"593 96 {n:07}", f"59396{n:07}"),
        lambda n: (f"+55 11 8{n:07}", f"55118{n:07}"),  # both without the ninth digit
        lambda n: (f"+55 (21) 9{n // 10000 + 8000:04}-{n % 10000:04}", f"5521{n // 10000 + 8000:04}{n % 10000:04}"),
        lambda n: (f"+52 1 55 2{n:07}", f"52552{n:07}"),
        lambda n: (f"+52 55 3{n:07}", f"521553{n:07}"),
        lambda n: (f"+54 9 11 4{n:07}", f"549114{n:07}"),
        lambda n: (f"+54 11 15-5{n:07}", f"549115{n:07}"),
        lambda n: (f"+56 9 6{n:07}", f"5696{n:07}"),
        lambda n: (f"0057 310 {n:07}", f"57310{n:07}"),
        lambda n: (f"+51 9{n + 10000000:08}", f"519{n + 10000000:08}"),
    ]
    return [forms[one % len(forms)](2000000 + one) for one in range(number)]


NATIONAL: dict[str, list[Person]] = {
    "EC": [("0991234567", "593991234567"), ("99 123 4568", "593991234568"), ("09-9123-4569", "593991234569")],
    "BR": [("(11) 98765-4321", "551187654321"), ("11 8765-4322", "5511987654322"), ("011 98765-4323", "5511987654323")],
    "MX": [
        ("55 1234 5678", "5215512345678"),
        ("044 55 1234 5679", "525512345679"),
        ("1 55 1234 5670", "5215512345670"),
    ],
    "AR": [
        ("011 15-2345-6789", "5491123456789"),
        ("11 15 2345-6780", "5491123456780"),
        ("9 11 2345 6781", "5491123456781"),
    ],
    "CL": [("9 6123 4567", "56961234567"), ("09 6123 4568", "56961234568")],
    "CO": [("310 1234567", "573101234567"), ("(310) 123-4568", "573101234568")],
    "PE": [("912 345 678", "51912345678"), ("0912345679", "51912345679")],
    "US": [("(202) 555-0143", "12025550143")],
}


@pytest.fixture
def rt(receiver: Receiver) -> FakeRt:
    rt = FakeRt()
    receiver.tool = rt
    return rt


@pytest.fixture
def hub(receiver: Receiver, rt: FakeRt) -> ImportingHub:
    return ImportingHub(f"http://127.0.0.1:{receiver.port}", TOKEN)


def entered(rt: FakeRt, phone: str, number: int, **more: str) -> int:
    return rt.user(f"cliente{number}", RealName=f"Persona Número {number}", MobilePhone=phone, **more).id


@pytest.mark.parametrize("contacts", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_of_a_thousand_contacts_two_hundred_write_and_none_is_made(
    contacts: int, rt: FakeRt, hub: ImportingHub
) -> None:
    typed = people(contacts)
    users = [entered(rt, phone, number) for number, (phone, _) in enumerate(typed)]
    page = hub.import_all()
    assert (page.counts["read"], page.counts["claimed"], page.counts["colleague"]) == (contacts + 1, contacts, 1)
    assert page.notes == []
    held = set(rt.users)
    for number in range(0, contacts, 5):
        case = hub.write(typed[number][1], name=f"Persona Número {number}")
        contact = hub.contact_of(case)
        assert (contact["remote_id"], contact["adopted"]) == (str(users[number]), True), typed[number]
        assert rt.tickets[int(hub.remote(case).id)].requestor.id == users[number]
    assert set(rt.users) == held, "0 new contacts"
    linked = [user for user in rt.users.values() if user.contact_id]
    assert len(linked) == contacts // 5
    assert len({user.contact_id for user in linked}) == contacts // 5
    assert hub.customers() == contacts, "nobody is there twice"


@pytest.mark.parametrize("country", NATIONAL)
def test_each_country_as_its_people_type(country: str, receiver: Receiver, rt: FakeRt) -> None:
    hub = ImportingHub(f"http://127.0.0.1:{receiver.port}", TOKEN, country)
    users = [entered(rt, phone, number) for number, (phone, _) in enumerate(NATIONAL[country])]
    hub.import_all()
    held = set(rt.users)
    for user, (_, wa_id) in zip(users, NATIONAL[country], strict=True):
        assert hub.contact_of(hub.write(wa_id))["remote_id"] == str(user), wa_id
    assert set(rt.users) == held


def test_a_landlines_form_in_argentina_is_a_candidate_unless_the_names_agree(receiver: Receiver, rt: FakeRt) -> None:
    hub = ImportingHub(f"http://127.0.0.1:{receiver.port}", TOKEN, "AR")
    first, second = entered(rt, "+54 11 2345 6789", 1), entered(rt, "+54 11 2345 6780", 2)
    hub.import_all()
    held = len(rt.users)
    other = hub.write("5491123456789", name="Otra Persona")
    same = hub.write("5491123456780", name="Persona Número 2")
    assert hub.contact_of(other)["remote_id"] != str(first)
    assert hub.contact_of(same)["remote_id"] == str(second)
    assert len(rt.users) == held + 1
    assert len(candidates_of(hub.table, hub.item(keys.case(other))["customer"])) == 1


def test_somebody_whom_the_hub_knows_is_linked_and_what_rt_has_of_them_is_claimed(
    rt: FakeRt, hub: ImportingHub
) -> None:
    outcome = hub.hear("593991234567")
    user = entered(rt, "099 123 4567", 1, EmailAddress="ana@example.com", WorkPhone="098 765 4321")
    page = hub.import_all()
    assert page.counts["linked"] == 1
    assert outcome.case
    assert hub.tell(outcome.case) == "pushed"
    assert hub.contact_of(outcome.case)["remote_id"] == str(user)
    customer = hub.item(keys.case(outcome.case))["customer"]
    assert rt.users[user].contact_id == customer
    assert (len(rt.users), hub.customers()) == (2, 1)
    assert {one.value: one.said["crm"]["source"] for one in claims_of(hub.table, customer)} == {
        "+593991234567": "soporte",
        "+593987654321": "soporte",
        "ana@example.com": "soporte",
    }


def test_a_second_contact_of_the_same_customer_is_a_conflict_and_nothing_is_written(
    rt: FakeRt, hub: ImportingHub
) -> None:
    case = hub.write("593991234567")
    mine = hub.contact_of(case)["remote_id"]
    user = entered(rt, "0991234567", 1)
    before = len(hub.items())
    page = hub.import_all()
    assert (page.counts["ours"], page.counts["conflict"]) == (1, 1)
    [note] = page.notes
    assert (note["contact"], note["outcome"]) == (str(user), "conflict")
    assert mine in note["reason"]
    assert "991234567" not in str(note)
    assert len(hub.items()) == before + 1, "how far the import is, and nothing else"


def test_one_who_is_several_customers_is_left_to_people(rt: FakeRt, hub: ImportingHub) -> None:
    first, second = hub.hear("593991234567"), hub.hear("593987654321")
    entered(rt, "0991234567", 1)
    rt.users[max(rt.users)].fields["HomePhone"] = "0987654321"
    page = hub.import_all()
    assert page.counts["candidate"] == 1
    for outcome in (first, second):
        assert outcome.case
        assert len(candidates_of(hub.table, hub.item(keys.case(outcome.case))["customer"])) == 1


def test_two_contacts_with_one_number_are_candidates_and_a_message_from_it_is_neithers(
    rt: FakeRt, hub: ImportingHub
) -> None:
    entered(rt, "0991234567", 1)
    entered(rt, "+593 99 123 4567", 2)
    page = hub.import_all()
    assert (page.counts["claimed"], page.counts["candidate"]) == (1, 1)
    case = hub.write("593991234567")
    assert len(rt.users) == 4
    assert len(candidates_of(hub.table, hub.item(keys.case(case))["customer"])) == 2


@pytest.mark.parametrize("phone", ["0999999999", "0000000000", "12345", "(02) 234-5678 ext. 12", "no tiene"])
def test_what_is_nobodys_number_finds_nobody(phone: str, rt: FakeRt, hub: ImportingHub) -> None:
    entered(rt, phone, 1, EmailAddress="ventas@example.com")
    page = hub.import_all()
    assert page.counts["unusable"] == 1
    [note] = page.notes
    assert {value["kind"] for value in note["values"]} == {"phone", "email"}
    assert "ventas@example.com" not in str(note)
    assert hub.customers() == 0


def test_twice_is_once(rt: FakeRt, hub: ImportingHub) -> None:
    for number, (phone, _) in enumerate(people(30)):
        entered(rt, phone, number)
    hub.import_all()
    before = hub.customers()
    again = hub.import_all()
    assert (again.counts["known"], again.counts["colleague"], again.counts["read"]) == (30, 1, 31)
    assert hub.customers() == before == 30


def test_a_dry_run_says_the_same_and_writes_nothing(rt: FakeRt, hub: ImportingHub) -> None:
    hub.hear("593991234567")
    for number, phone in enumerate(("0991234567", "0981112222", "0999999999")):
        entered(rt, phone, number)
    before = {(item["pk"], item["sk"]): item for item in hub.items()}
    would = hub.import_all(dry=True)
    assert {(item["pk"], item["sk"]): item for item in hub.items()} == before
    assert would.counts == hub.import_all().counts
    assert (would.counts["linked"], would.counts["claimed"], would.counts["unusable"]) == (1, 1, 1)


def test_an_import_that_broke_off_goes_on_where_it_was(receiver: Receiver, rt: FakeRt, hub: ImportingHub) -> None:
    for number, (phone, _) in enumerate(people(50)):
        entered(rt, phone, number)
    receiver.script = [receiver.as_usual] * 4 + [answer(503)]  # rights, list, group; list, and the group fails
    with pytest.raises(Transient):
        hub.import_all()
    asked = len(receiver.received)
    rest = hub.import_all()
    pages = [one.path for one in receiver.received[asked:] if "/users?" in one.path]
    assert "page=2&" in pages[0]
    assert rest.counts["read"] == 31
    assert hub.customers() == 50


def test_without_the_right_to_see_groups_each_user_is_asked_for(rt: FakeRt, hub: ImportingHub) -> None:
    rt.shows_groups = False
    rt.agent("agente1")
    entered(rt, "0991234567", 1)
    assert (page := hub.import_all()).counts["claimed"] == 1
    assert page.counts["colleague"] == 2


def test_without_the_right_to_see_phones_nothing_is_imported(rt: FakeRt, hub: ImportingHub) -> None:
    rt.rights.discard("admin")
    entered(rt, "0991234567", 1)
    with pytest.raises(Misconfigured, match="AdminUsers"):
        hub.import_all()
    assert hub.customers() == 0


def test_users_who_are_disabled_meanwhile_let_nobody_be_passed_over(rt: FakeRt, hub: ImportingHub) -> None:
    users = [entered(rt, phone, number) for number, (phone, _) in enumerate(people(45))]
    stock = hub.stock
    first = stock.contacts(None, 20)
    del rt.users[users[0]], rt.users[users[3]]
    read, cursor = [one.id for one in first.things], first.next
    while cursor:
        page = stock.contacts(cursor, 20)
        read += [one.id for one in page.things]
        cursor = page.next
    assert [int(one) for one in read] == [27, *users]


# tickets


@pytest.fixture
def with_ticket(rt: FakeRt, hub: ImportingHub) -> int:
    """A ticket that Ana's mail opened, an agent answered, and a colleague noted something in."""
    user = rt.users[entered(rt, "0991234567", 1, EmailAddress="ana@example.com")]
    rt.now = hub.now - 3600
    ticket = rt.open_ticket(user, "Impresora", ("text/plain", "", b"No imprime"), by=user.name)
    rt.write(str(ticket.id), "Correspond", ("text/plain", "", b"Reinicie la impresora"))
    rt.write(str(ticket.id), "Comment", ("text/plain", "", b"Ya van dos veces"), by="agente2")
    return ticket.id


def texts(hub: ImportingHub, case: str) -> list[tuple[str, str | None]]:
    items = hub.table.query(keys.case(case)[0], "ENT#").items
    return [(one.visibility, one.text) for one in map(entry_view, items)]


def test_an_open_ticket_of_a_known_contact_becomes_a_case_at_home_there(
    with_ticket: int, rt: FakeRt, hub: ImportingHub
) -> None:
    rt.open_ticket(rt.user("nadie", RealName="Nadie"), "De nadie conocido")
    hub.import_all()
    assert hub.import_tickets(dry=True).counts["adopted"] == 1
    page = hub.import_tickets()
    assert dict(page.counts) == {"tickets_read": 2, "adopted": 1, "ticket_of_nobody_known": 1}
    case = hub.item(keys.remote("soporte", "case", str(with_ticket)))["case"]
    said = texts(hub, case)
    assert said[1:] == [
        ("public", "No imprime"),
        ("public", "Reinicie la impresora"),
        ("internal", "Ya van dos veces"),
    ]
    assert said[0][0] == "internal"
    assert all("imported" in entry_view(item).flags for item in hub.table.query(keys.case(case)[0], "ENT#").items)
    assert hub.item(keys.case(case))["state"] == "open"
    sends = hub.table.query(keys.case(case)[0], "OUT#").items
    assert sends == [], "history is sent to nobody"
    before = len(rt.transactions)
    assert hub.tell(case) in ("pushed", "level")
    assert len(rt.transactions) == before, "and not told back"
    assert hub.import_tickets().counts["ticket_known"] == 1


def test_who_writes_goes_on_in_the_adopted_ticket(with_ticket: int, rt: FakeRt, hub: ImportingHub) -> None:
    hub.import_all()
    hub.import_tickets()
    tickets = set(rt.tickets)
    case = hub.write("593991234567")
    assert hub.remote(case).id == str(with_ticket)
    assert set(rt.tickets) == tickets
    [note] = [one for one in rt.notes_of(str(with_ticket)) if one.creator == "hub"]
    assert note.content.strip() == "Hola"


def test_what_comes_after_the_adoption_is_read_and_what_was_before_is_not(
    with_ticket: int, rt: FakeRt, hub: ImportingHub
) -> None:
    hub.import_all()
    hub.import_tickets()
    place = back.find(hub.table, "soporte", str(with_ticket))
    assert place.case
    assert place.due_sk, "the clock looks at it soon: somebody may have written meanwhile"
    rt.now = hub.now
    rt.write(str(with_ticket), "Correspond", ("text/plain", "", b"Sigue igual?"))
    read = hub.back.read(place.ticket, place.cursor, place.ahead)
    assert [one.event.text for one in read.happened] == ["Sigue igual?"]


@pytest.mark.parametrize("writes", range(1, 9))
def test_an_adoption_that_died_anywhere_is_finished_by_the_next(
    writes: int, with_ticket: int, rt: FakeRt, hub: ImportingHub
) -> None:
    hub.import_all()
    usual, left = hub.table.transact, writes

    def dying(operations: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise Transient("dead")
        return usual(operations)  # type: ignore[arg-type]

    hub.table.transact = dying  # type: ignore[method-assign, assignment]
    with suppress(Transient):
        hub.import_tickets()
    hub.table.transact = usual  # type: ignore[method-assign]
    hub.import_tickets()
    case = hub.item(keys.remote("soporte", "case", str(with_ticket)))["case"]
    assert [text for _, text in texts(hub, case)][1:] == ["No imprime", "Reinicie la impresora", "Ya van dos veces"]
    cases = [item for item in hub.items() if item["sk"] == "CASE"]
    assert len(cases) == 1
    assert hub.write("593991234567") == case
    assert len(rt.tickets) == 1


def answered(hub: ImportingHub, rt: FakeRt, ticket: int, text: str) -> list[dict[str, object]]:
    """An agent answers in RT; the entries that this became."""
    place = back.find(hub.table, "soporte", str(ticket))
    rt.now = hub.now
    rt.write(str(ticket), "Correspond", ("text/plain", "", text.encode()))
    case = str(place.case)
    before = hub.item(keys.case(case))["sequence"]
    for one in hub.back.read(place.ticket, place.cursor, place.ahead).happened:
        if one.own == "no":
            hub.record(one.event)
    return [one for one in hub.table.query(keys.case(case)[0], "ENT#").items if one["sequence"] > before]


def test_an_agents_answer_in_an_adopted_ticket_goes_to_whatsapp_once_its_customer_wrote_there(
    with_ticket: int, rt: FakeRt, hub: ImportingHub
) -> None:
    hub.import_all()
    hub.import_tickets()
    answer_, told = answered(hub, rt, with_ticket, "¿Sigue igual?")
    assert answer_["nowhere"]
    assert told["kind"] == "receipt"
    hub.now += 60
    hub.write("593991234567")
    hub.now += 60
    [reply] = [one for one in answered(hub, rt, with_ticket, "Voy en camino") if one["kind"] == "message"]
    assert str(reply["to"]).startswith("CNV#whatsapp#")
