"""What a real Request Tracker held before the hub, and how the hub stands with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from shared.connectors.request_tracker import connect_setup
from tests.contract.connectors.bring_in_hub import ImportingHub
from tests.peers.real_rt import RealRt

pytestmark = pytest.mark.peers

PEOPLE = 60
WRITE = 12

FORMS = (
    ("099 1{n:06}", "593991{n:06}"),
    ("+55 11 8{n:07}", "55118{n:07}"),
    ("+52 1 55 2{n:07}", "52552{n:07}"),
    ("+54 11 15-4{n:07}", "549114{n:07}"),
    ("+56 9 6{n:07}", "5696{n:07}"),
)


def person(number: int) -> tuple[str, str]:
    typed, wa_id = FORMS[number % len(FORMS)]
    return typed.format(n=200000 + number), wa_id.format(n=200000 + number)


@pytest.fixture(scope="module")
def users(rt: RealRt) -> list[str]:
    """People whom an administrator entered in RT, before there was a hub."""
    made = []
    for number in range(PEOPLE):
        fields = {"Name": f"cliente{number}", "RealName": f"Persona {number}", "MobilePhone": person(number)[0]}
        name = rt.ask("POST", "/user", fields | {"EmailAddress": f"p{number}@example.com", "Privileged": 0})["id"]
        made.append(str(rt.ask("GET", f"/user/{name}")["id"]))
    return made


@pytest.fixture(scope="module")
def hub(rt: RealRt) -> ImportingHub:
    return ImportingHub(rt.url, rt.token())


def count(rt: RealRt) -> int:
    return int(rt.ask("GET", "/users?per_page=1")["total"])


def test_how_the_hub_stands_with_it(rt: RealRt, hub: ImportingHub) -> None:
    rt.ask("POST", "/ticket", {"Queue": "Soporte", "Subject": "Para ver derechos"}, user="agente1")

    def check(token: str) -> dict[str, Any]:
        secret = {"token": token, "signing_secrets": ["whsec_x"]}
        setup = connect_setup(hub.settings, SimpleNamespace(get=lambda _: secret), hub.clock)
        return {one.what: one for one in setup.check(mend=True)}

    mine = check(rt.token())
    assert [one for one in mine.values() if one.ok is False] == []
    assert {what for what, one in mine.items() if one.ok is None} == {
        "RT mails no customer what the hub writes",
        "webhook",
    }
    agents = check(rt.token("agente2"))
    assert agents["right AdminUsers"].ok is False
    assert agents["right ReplyToTicket"].ok


def test_mail_of_rts_to_a_customer_is_seen(rt: RealRt, hub: ImportingHub) -> None:
    made = {"Queue": "Soporte", "Subject": "Con correo", "Requestor": "alguien@example.com"}
    ticket = rt.ask("POST", "/ticket", made)["id"]
    rt.ask("POST", f"/ticket/{ticket}/correspond", {"Content": "Hola", "ContentType": "text/plain"})
    assert "alguien@example.com" in rt.mails(), "RT's own scrips mail requestors"
    setup = connect_setup(hub.settings, hub, hub.clock)
    found = {one.what: one for one in setup.check(mend=True)}["RT mails no customer what the hub writes"]
    assert found.ok is False
    assert "alguien@example.com" not in str(found)


def test_who_writes_is_linked_and_nobody_is_made(rt: RealRt, hub: ImportingHub, users: list[str]) -> None:
    page = hub.import_all()
    assert page.counts["claimed"] == PEOPLE + 1, "and whom another ticket had brought"
    assert page.counts["colleague"] == page.counts["read"] - PEOPLE - 1
    before = count(rt)
    for number in range(0, PEOPLE, PEOPLE // WRITE):
        case = hub.write(person(number)[1])
        assert hub.contact_of(case)["remote_id"] == users[number], person(number)
    assert count(rt) == before
    again = hub.import_all()
    assert (again.counts["known"], again.counts["claimed"]) == (PEOPLE + 1, 0)


def test_an_open_ticket_of_a_known_contact_becomes_a_case(rt: RealRt, hub: ImportingHub, users: list[str]) -> None:
    made = {"Queue": "Soporte", "Subject": "Impresora", "Requestor": "p1@example.com", "Content": "No imprime"}
    ticket = rt.ask("POST", "/ticket", made | {"ContentType": "text/plain"}, user="agente1")["id"]
    rt.ask("POST", f"/ticket/{ticket}/correspond", {"Content": "Reinicie", "ContentType": "text/plain"}, user="agente2")
    page = hub.import_tickets()
    assert page.counts["adopted"] == 2, page
    case = hub.write(person(1)[1])
    assert hub.remote(case).id == ticket
    assert [note["Text"] for note in rt.notes_of(ticket)] == ["Reinicie", "Hola"]
