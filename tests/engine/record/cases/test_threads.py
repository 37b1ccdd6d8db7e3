"""Mails find their case by the names of a thread, by a signed address, or by an order number; never by a subject."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.joined import MAX_PARTICIPANTS
from shared.application.record.threads import MAX_NAMES
from shared.domain.event import Event
from shared.store import keys

Make = Callable[..., Event]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_an_answer_finds_its_thread_by_the_newest_name_that_is_known(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    other = case_hub.record(mail("<2@x>", subject="Otra cosa", at=HOUR))
    assert first.case != other.case, "no name, no thread"
    both = case_hub.record(mail("<3@x>", to=["<1@x>", "<unknown@x>", "<2@x>"], at=2 * HOUR))
    assert both.case == other.case
    older = case_hub.record(mail("<4@x>", to=["<1@x>", "<unknown@x>"], at=3 * HOUR))
    assert older.case == first.case
    assert case_hub.record(mail("<5@x>", to=["<4@x>"], at=4 * HOUR)).case == first.case


def test_an_answer_that_overtakes_its_mail_ends_in_the_same_case(case_hub: Any, mail: Make) -> None:
    answer = case_hub.record(mail("<2@x>", to=["<1@x>"], at=HOUR))
    assert case_hub.record(mail("<1@x>")).case == answer.case


def test_nobody_catches_another_persons_mail_by_naming_it_first(case_hub: Any, mail: Make) -> None:
    trap = case_hub.record(mail("<2@y>", sender="eva@example.com", to=["<1@x>"]))
    assert case_hub.record(mail("<1@x>", at=HOUR)).case != trap.case


def test_a_second_mail_under_a_known_name_takes_no_thread_away(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    case_hub.record(mail("<1@x>", sender="eva@example.com", message_id="forged", at=HOUR))
    assert case_hub.record(mail("<2@x>", to=["<1@x>"], at=2 * HOUR)).case == first.case


def test_names_are_looked_up_to_a_bound(case_hub: Any, mail: Make) -> None:
    case_hub.record(mail("<1@x>"))
    case_hub.table.reset()
    case_hub.record(mail("<2@x>", to=["<1@x>", *(f"<no{number}@x>" for number in range(500))], at=HOUR))
    assert case_hub.table.reads < MAX_NAMES + 15


@pytest.mark.parametrize(("days", "reopens"), [(9, True), (14, False), (20, False)])
def test_a_thread_reopens_for_two_weeks(case_hub: Any, mail: Make, days: int, reopens: bool) -> None:
    first = case_hub.record(mail("<1@x>"))
    case_hub.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    again = case_hub.record(mail("<2@x>", to=["<1@x>"], at=days * DAY))
    assert (again.case == first.case) is reopens
    assert case_hub.case(again.case).get("follow_up_of") == (None if reopens else first.case)


def test_an_old_mail_used_to_open_a_new_topic_begins_a_case_linked_to_it(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>", subject="Factura de octubre"))
    assert case_hub.case(first.case)["subject"] == "factura de octubre"
    case_hub.set_case(first.case, updated_at="2026-11-22T10:00:00Z")
    other = case_hub.record(mail("<2@x>", subject="RE: Garantía [#4K7T2]", to=["<1@x>"], at=20 * DAY))
    assert case_hub.case(other.case)["follow_up_of"] == first.case
    assert case_hub.case(other.case)["subject"] == "garantía"
    answer = case_hub.record(mail("<3@x>", subject="Re: Garantía", to=["<1@x>", "<2@x>"], at=21 * DAY))
    assert answer.case == other.case


def test_another_subject_in_a_thread_that_goes_on_is_what_the_case_is_about_now(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>", subject="Factura de octubre"))
    case_hub.table.reset()
    second = case_hub.record(mail("<2@x>", subject="Rv: Garantía", to=["<1@x>"], at=DAY))
    assert second.case == first.case
    assert case_hub.case(first.case)["subject"] == "garantía"


def test_somebody_else_who_was_forwarded_a_mail_joins_without_leading_there(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    joined = case_hub.record(mail("<2@y>", sender="eva@example.com", to=["<1@x>"], at=HOUR))
    item = case_hub.case(first.case)
    assert joined.case == first.case
    assert case_hub.log(first.case)[-1].flags == ["external_participant"]
    eva = case_hub.table.table.get(keys.identity("email", None, "eva@example.com")).item["customer"]
    assert item["participants"] == [eva] != [item["customer"]]
    assert case_hub.profile(eva)["cases"] == {}
    assert case_hub.record(mail("<3@y>", sender="eva@example.com", at=2 * HOUR)).case != first.case
    assert case_hub.record(mail("<4@y>", sender="eva@example.com", to=["<2@y>"], at=3 * HOUR)).case == first.case
    assert case_hub.case(first.case)["participants"] == [eva], "once each"


def test_participants_are_bounded(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    for number in range(MAX_PARTICIPANTS + 2):
        case_hub.record(mail(f"<p{number}@y>", sender=f"p{number}@example.com", to=["<1@x>"], at=HOUR))
    assert len(case_hub.case(first.case)["participants"]) == MAX_PARTICIPANTS


def test_a_signed_address_lets_anybody_in(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    token = case_hub.address_of(first.case)
    joined = case_hub.record(mail("<2@y>", sender="eva@example.com", token=token, at=HOUR))
    assert joined.case == first.case
    assert "external_participant" in case_hub.log(first.case)[-1].flags


@pytest.mark.parametrize("token", ["a" * 42, "", "K7QF-3M2X-R"])
def test_any_other_token_is_none(case_hub: Any, mail: Make, token: str) -> None:
    first = case_hub.record(mail("<1@x>"))
    assert case_hub.record(mail("<2@x>", token=token, at=HOUR)).case != first.case


def test_without_a_key_a_token_is_none(hub: Any, case_hub: Any, mail: Make) -> None:
    first = hub.record(mail("<1@x>"))
    token = case_hub.address_of(first.case)
    assert hub.record(mail("<2@x>", token=token, at=HOUR)).case != first.case


def test_a_token_of_a_long_closed_case_begins_one_of_ones_own(case_hub: Any, mail: Make) -> None:
    first = case_hub.record(mail("<1@x>"))
    token = case_hub.address_of(first.case)
    case_hub.set_case(first.case, state="closed", closed_at="2026-11-22T11:00:00Z")
    theirs = case_hub.record(mail("<2@y>", sender="eva@example.com", token=token, at=DAY))
    item = case_hub.case(theirs.case)
    assert (theirs.case != first.case, "follow_up_of" in item) == (True, False), "a stranger continues nothing"
    own = case_hub.record(mail("<3@x>", token=token, at=DAY))
    assert case_hub.case(own.case)["follow_up_of"] == first.case


def test_an_order_number_joins_a_mail_to_what_was_said_elsewhere(case_hub: Any, mail: Make, on: Make) -> None:
    both = [{"kind": "phone", "value": "+593991234567", "level": "channel"}]
    both.append({"kind": "email", "value": "ana@example.com", "level": "channel"})
    chat = case_hub.record(on("whatsapp", "w1", "¿Dónde está mi pedido A-12345?", identities=both))
    joined = case_hub.record(mail("<1@x>", "Adjunto la foto", subject="Pedido a-12345", at=HOUR))
    assert joined.case == chat.case
    assert case_hub.log(chat.case)[-1].flags == ["channel_switch"]
    assert case_hub.record(mail("<2@x>", "Pedido B-99887", at=2 * HOUR)).case != chat.case


@pytest.mark.parametrize("kind", ["auto_reply", "bounce", "survey"])
def test_what_no_person_wrote_is_recorded_where_it_belongs_and_changes_nothing(
    case_hub: Any, mail: Make, kind: str
) -> None:
    first = case_hub.record(mail("<1@x>"))
    case_hub.set_case(first.case, state="pending_customer")
    before = case_hub.case(first.case)
    noted = case_hub.record(mail("<2@x>", kind=kind, to=["<1@x>"], identities=[], at=HOUR))
    after = case_hub.case(first.case)
    assert noted.case == first.case
    assert (after["state"], after["last_customer_at"]) == ("pending_customer", before["last_customer_at"])
    assert case_hub.log(first.case)[-1].kind == kind
    assert case_hub.record(mail("<2@x>", kind=kind, to=["<1@x>"], identities=[], at=HOUR)).result == "copy"


@pytest.mark.parametrize("kind", ["auto_reply", "bounce", "survey"])
def test_what_no_person_wrote_opens_nothing(case_hub: Any, mail: Make, kind: str) -> None:
    case_hub.record(mail("<1@x>"))
    assert case_hub.record(mail("<2@x>", kind=kind, at=HOUR)).result == "ignored"
    assert case_hub.counters["ignored"] == 1
