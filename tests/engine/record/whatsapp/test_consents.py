"""Marketing stopped or resumed: an append-only record, at once, once, and never a case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.application.inquire import customer
from shared.domain.consent import is_allowed
from shared.store import keys
from shared.store.consents import consents_of

PHONE = "593991234567"
AT = 1_795_341_600


def records(whatsapp: Any, person: str) -> list[Any]:
    return consents_of(whatsapp.hub.table.table, person)


def test_a_stop_is_recorded_with_time_source_and_evidence(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    outcome = whatsapp.preference("stop", at=AT + 90)
    [consent] = records(whatsapp, person)
    assert (outcome.result, outcome.case) == ("recorded", None)
    assert (consent.purpose, consent.channel, consent.action, consent.source) == (
        "marketing",
        "whatsapp",
        "withdraw",
        "Meta",
    )
    assert consent.occurred_at.isoformat() == "2026-11-22T10:01:30+00:00"
    assert len(consent.evidence) == 64
    assert [one.value for one in consent.identities] == [f"+{PHONE}"]
    [item] = whatsapp.hub.table.table.query(keys.customer(person)[0], keys.CONSENTS).items
    assert item["raw"], "its original is kept"
    assert whatsapp.hub.counters["consent_recorded"] == 1


def test_records_are_added_and_the_latest_decides(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    whatsapp.preference("signup", at=AT)
    whatsapp.preference("stop", at=AT + 20)
    whatsapp.preference("resume", at=AT + 10)
    found = records(whatsapp, person)
    assert [one.action for one in found] == ["grant", "grant", "withdraw"]
    assert not is_allowed(found, "marketing", "whatsapp")
    shown = customer(whatsapp.hub.table.table, person)
    assert [(one.purpose, one.action) for one in shown.consents or []] == [("marketing", "withdraw")]


def test_a_second_delivery_adds_nothing(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    whatsapp.preference("stop")
    assert whatsapp.again().result == "copy"
    assert len(records(whatsapp, person)) == 1


def test_somebody_unknown_becomes_a_customer_without_a_case(whatsapp: Any) -> None:
    outcome = whatsapp.preference("stop", user_id="EC.1", wa_id=PHONE)
    person = whatsapp.holder("whatsapp", "EC.1", "default")
    assert outcome.case is None
    assert person == whatsapp.holder("phone", f"+{PHONE}")
    profile = whatsapp.hub.profile(person)
    assert (profile["cases"], profile["conversations"], whatsapp.cases(person)) == ({}, [], [])
    assert [one.action for one in records(whatsapp, person)] == ["withdraw"]
    first = whatsapp.text("m1", bsuid="EC.1")
    assert whatsapp.customer(first) == person
    assert list(whatsapp.hub.profile(person)["cases"]) == [first.case]


def test_a_stop_leaves_the_open_case_as_it_is(whatsapp: Any) -> None:
    first = whatsapp.text("m1")
    case = whatsapp.hub.case(first.case)
    whatsapp.preference("stop")
    assert whatsapp.hub.case(first.case) == case


def test_a_stop_covers_everybody_it_may_speak_of_and_a_resume_one(whatsapp: Any) -> None:
    by_phone = whatsapp.customer(whatsapp.text("m1"))
    by_id = whatsapp.customer(whatsapp.text("m2", phone=None, bsuid="EC.1"))
    whatsapp.preference("stop", user_id="EC.1", wa_id=PHONE)
    whatsapp.preference("resume", at=AT + 1, user_id="EC.1", wa_id=PHONE)
    assert [one.action for one in records(whatsapp, by_phone)] == ["withdraw"]
    assert sorted(one.action for one in records(whatsapp, by_id)) == ["grant", "withdraw"]


@pytest.mark.parametrize("said", [{"value": "pause"}, {"value": "stop", "category": "weather"}])
def test_what_nobody_understands_is_counted_and_invents_no_consent(whatsapp: Any, said: dict[str, str]) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    listed = [{"wa_id": PHONE, "category": "marketing_messages", **said}]
    assert whatsapp.tell("user_preferences", {"user_preferences": listed}).result == "ignored"
    assert records(whatsapp, person) == []
    assert whatsapp.hub.counters["ignored"] == 1


def test_without_a_time_ours_counts(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    listed = [{"wa_id": PHONE, "category": "marketing_messages", "value": "stop"}]
    whatsapp.hub.seconds += 7
    body = whatsapp.body("user_preferences", {"user_preferences": listed})
    assert b'"time": 1795341600, ' in body
    body = body.replace(b'"time": 1795341600, ', b"")
    whatsapp.deliver(body)
    [consent] = records(whatsapp, person)
    assert consent.occurred_at == consent.recorded_at


def test_a_consent_follows_the_person_to_a_new_number(whatsapp: Any) -> None:
    person = whatsapp.customer(whatsapp.text("m1"))
    whatsapp.preference("stop")
    whatsapp.system("s1", "user_changed_number", phone=PHONE, wa_id="593987654321")
    assert whatsapp.customer(whatsapp.text("m2", phone="593987654321")) == person
    assert not is_allowed(records(whatsapp, person), "marketing", "whatsapp")
    assert records(whatsapp, whatsapp.customer(whatsapp.text("m3", name="Luis"))) == []


def test_what_a_record_costs(priced_whatsapp: Any) -> None:
    whatsapp = priced_whatsapp
    whatsapp.text("m1")
    whatsapp.hub.table.reset()
    whatsapp.preference("stop")
    assert whatsapp.hub.table.reads == 3
    assert [len(operations) for operations in whatsapp.hub.table.transactions] == [3]
    assert whatsapp.hub.table.cost.writes <= 8
    whatsapp.hub.table.reset()
    whatsapp.preference("stop", user_id="EC.5", wa_id="593990000009")
    assert [len(operations) for operations in whatsapp.hub.table.transactions] == [5]
