from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest

from shared.connectors.request_tracker.mapping import (
    OVER,
    STATUSES,
    contact_of,
    note_of,
    one_line,
    status_after,
    statuses_of,
    ticket_of,
)
from shared.connectors.request_tracker.wording import WORDS, text_of
from shared.domain.case import State
from shared.domain.customer import Customer, HeldIdentity
from shared.domain.event import Author, Entry, Kind
from tests.contract.connectors.conformance import ANA, CASE, entry
from tests.contract.connectors.stories import AT

ES = WORDS["es"]


def note(said: Entry) -> Any:
    return note_of(CASE, said, ES, STATUSES)


def identity(kind: str, value: str, level: Any = "channel", **more: Any) -> HeldIdentity:
    return HeldIdentity(kind=kind, value=value, level=level, source="whatsapp", since=AT, **more)


def test_every_state_has_a_status() -> None:
    assert set(STATUSES) == set(get_args(State))
    assert statuses_of({"on_hold": "parked"})["on_hold"] == "parked"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_says_something_in_every_language(kind: Any, language: str) -> None:
    assert text_of(entry(1, kind, text=None), WORDS[language]).strip()
    assert set(WORDS[language]) == set(ES)


@pytest.mark.parametrize(
    ("language", "said"), [("es", "leído de nuevo"), ("pt", "lida de novo"), ("en", "was read again")]
)
def test_a_new_reading_is_not_told_as_an_edit(language: str, said: str) -> None:
    told = text_of(entry(2, "edit", text="Hola", in_reply_to="wamid.1", flags=["reparsed"]), WORDS[language])
    assert told.startswith(WORDS[language]["reparsed"].format(target="wamid.1"))
    assert said in told


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_entry_has_its_own_mark_at_the_beginning_of_its_subject(kind: Any) -> None:
    made = note(entry(12, kind))
    assert made.subject.startswith(f"{CASE.reference}/12 ")
    assert made.mark == f"{CASE.reference}/12"


def test_a_name_cannot_write_a_header_or_push_the_mark_out() -> None:
    author = Author(type="customer", name="Ana\r\nBcc: x@example.com\u2028" + "y" * 500)
    made = note(entry(1, author=author))
    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert made.subject.startswith(f"{CASE.reference}/1 · Ana Bcc:")
    assert len(made.subject) <= 200


def test_control_characters_do_not_reach_a_text() -> None:
    assert note(entry(1, text="a\x00b\tc\x1b")).content == "a\ufffdb\tc\ufffd\n"


def test_a_very_long_id_is_cut_to_what_rt_can_search() -> None:
    assert len(note(entry(1, message_id="m" * 400)).message_id) == 255


def test_the_newest_attested_phone_is_the_name_and_nothing_claimed_is_told() -> None:
    identities = [
        identity("phone", "+12025550101"),
        HeldIdentity(
            kind="phone", value="+12025550102", level="channel", source="whatsapp", since=AT + timedelta(days=1)
        ),
        identity("phone", "+12025550103", "claimed"),
        identity("phone", "+12025550104", until=AT),
        identity("email", "ana@example.com", "claimed"),
        identity("email", "ana@example.org", "channel", namespace="unverified"),
    ]
    contact = contact_of(Customer(id="c-1", display_name=" Ana\n Ejemplo ", identities=identities))
    assert (contact.name, contact.spare_name) == ("+12025550102", "c-1")
    assert contact.fields == {"RealName": "Ana Ejemplo", "MobilePhone": "+12025550102"}


def test_who_has_no_phone_is_named_by_the_hubs_id() -> None:
    contact = contact_of(Customer(id="c-1", identities=[identity("email", "ana@example.com", "confirmed")]))
    assert contact.name == "c-1"
    assert contact.fields == {"EmailAddress": "ana@example.com"}


@pytest.mark.parametrize(
    ("channel", "value"), [("messenger", "facebook"), ("voice", "phone"), ("telegram", "telegram")]
)
def test_a_channel_is_told_in_rts_words(channel: str, value: str) -> None:
    case = CASE.model_copy(update={"channels": [channel]})
    ticket = ticket_of(case, ANA, ES, queue="Soporte", requestor="37", mail="")
    assert ticket["CustomFields"] == {"HubCaseId": CASE.id, "Channel": value}
    assert "SquelchMailTo" not in ticket


def test_mail_to_the_requestor_is_silenced() -> None:
    ticket = ticket_of(CASE, ANA, ES, queue="Soporte", requestor="37", mail="ana@example.com")
    assert ticket["SquelchMailTo"] == "ana@example.com"


@pytest.mark.parametrize("over", sorted(OVER))
@pytest.mark.parametrize(
    ("said", "state", "becomes"),
    [
        ({}, "open", "open"),
        ({}, "pending_customer", "open"),
        ({}, "spam", None),
        ({"direction": "outbound"}, "open", None),
        ({"visibility": "internal"}, "open", ""),
    ],
)
def test_a_ticket_that_is_over_comes_back_for_its_customer_alone(
    over: str, said: dict[str, Any], state: State, becomes: str | None
) -> None:
    case, told = CASE.model_copy(update={"state": state}), entry(1, **said)
    expected = over if becomes is None else becomes or None
    assert status_after(note(told), told, case, over, STATUSES) == expected


@pytest.mark.parametrize("status", ["new", "open", "stalled", "somebody's own"])
def test_a_ticket_that_goes_on_is_left_to_rt(status: str) -> None:
    assert status_after(note(entry(1)), entry(1), CASE, status, STATUSES) is None


def test_a_state_of_later_times_is_a_comment_alone() -> None:
    made = note(entry(1, "state_change", text="hibernating", reason="open"))
    assert made.status is None
    assert made.content == "Estado del caso: de abierto a hibernating.\n"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"attachments": [{"kind": "image", "mime_type": "image/jpeg"}]}, "[imagen: image/jpeg]"),
        ({"location": {"latitude": -0.2, "longitude": -78.5, "name": "Quito"}}, "[ubicación: Quito, -0.2, -78.5]"),
        ({"contacts": [{"name": "Beto", "phones": ["+12025550105"]}]}, "[contacto: Beto, +12025550105]"),
        ({"choice": {"id": "1", "title": "Sí"}}, "Eligió: Sí"),
        ({"order": {"items": [{"product_id": "p-1", "quantity": 2}]}}, "[pedido: 2 × p-1]"),
        ({"call": {"state": "missed", "duration_s": 0}}, "[llamada: missed, 0 s]"),
        ({"forwarded": True, "text": "Hola"}, "(reenviado)\nHola"),
        ({"text": None}, "Algo que no se puede mostrar aquí (text)."),
    ],
)
def test_what_came_with_the_words_is_named(fields: dict[str, Any], said: str) -> None:
    assert text_of(entry(1, **{"text": None, **fields}), ES) == said


def test_one_line_keeps_words_apart() -> None:
    assert one_line(" a\n\tb\x00c ") == "a b c"


@pytest.mark.parametrize(
    ("what", "more", "said"),
    [
        ("owner", {"text": "luis"}, "El caso lo lleva ahora luis."),
        ("priority", {"text": "urgent"}, "Prioridad: urgent."),
        ("reminder", {"text": "pending_customer"}, "El caso espera al cliente desde hace tiempo."),
        ("merge", {"text": None, "reason": "K7QF-3M2X-R"}, "Sigue aquí el caso K7QF-3M2X-R."),
    ],
)
def test_what_changes_in_a_case_beside_its_state_is_said_in_words(what: str, more: Any, said: str) -> None:
    told = entry(3, "state_change", provider_type=what, **more)
    assert text_of(told, ES) == said
    assert note(told).status == (STATUSES["pending_customer"] if what == "reminder" else None)


def test_who_is_called_like_a_state_sets_none() -> None:
    assert note(entry(3, "state_change", provider_type="owner", text="resolved")).status is None
