"""Words that stop or resume marketing, as messages: the rows of privacy.md §5 that recording decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.imported_contact import Contact, import_contact
from shared.application.record.merge import Cause, merge
from shared.domain.consent import Consent, is_allowed
from shared.domain.event import Event
from shared.ports.connectors import Remote
from shared.store import keys
from shared.store.consents import consents_of

Say = Callable[..., Event]
HOUR = timedelta(hours=1)
PHONE = keys.identity("phone", None, "+593991234567")


def customer(hub: Any) -> str:
    return str(hub.table.table.get(PHONE).item["customer"])


def consents(hub: Any) -> list[Consent]:
    return consents_of(hub.table.table, customer(hub))


def cases(hub: Any) -> list[str]:
    return [one["pk"] for one in hub.table.table.query(keys.customer(customer(hub))[0], index="cases").items]


def test_row_1_a_word_from_a_stranger_is_a_withdrawal_and_no_case(hub: Any, say: Say) -> None:
    outcome = hub.record(say("m1", "BAJA", bsuid="EC.1"))
    [consent] = consents(hub)
    assert (outcome.result, outcome.case, cases(hub)) == ("recorded", None, [])
    assert (consent.purpose, consent.channel, consent.action, consent.source) == (
        "marketing",
        "whatsapp",
        "withdraw",
        "whatsapp",
    )
    assert [one.value for one in consent.identities] == ["EC.1", "+593991234567"]
    assert hub.counters["consent_recorded"] == 1


@pytest.mark.parametrize("text", ["  baja!! 🙏", "Stop", "SAÍR", "no quiero más mensajes"])
def test_rows_2_to_4_other_spellings_and_languages(hub: Any, say: Say, text: str) -> None:
    assert hub.record(say("m1", text)).case is None
    assert [one.action for one in consents(hub)] == ["withdraw"]


@pytest.mark.parametrize("text", ["la señal está baja", "quiero dar de baja mi línea", "no pare por favor", "Cancelar"])
def test_rows_5_to_9_other_messages_open_cases(hub: Any, say: Say, text: str) -> None:
    assert hub.record(say("m1", text)).case
    assert consents(hub) == []


def test_row_15_in_an_active_case_the_word_is_an_entry_that_changes_nothing(hub: Any, say: Say) -> None:
    first = hub.record(say("m1", "¿Hay luz?"))
    hub.set_case(first.case, state="pending_customer")
    before = hub.case(first.case)
    outcome = hub.record(say("m2", "STOP", at=HOUR))
    after = hub.case(first.case)
    assert (outcome.case, outcome.sequence) == (first.case, 2)
    assert {name for name in after if after[name] != before.get(name)} <= {"sequence", "updated_at"}
    assert hub.log(first.case)[-1].flags == ["opt_out"]
    assert [one.action for one in consents(hub)] == ["withdraw"]
    assert hub.record(say("m3", "¿Y ahora?", at=2 * HOUR)).case == first.case, "service goes on"


@pytest.mark.parametrize("state", ["resolved", "closed"])
def test_a_word_never_reopens_a_case_nor_opens_one(hub: Any, say: Say, state: str) -> None:
    first = hub.record(say("m1"))
    hub.set_case(first.case, state=state, resolved_at="2026-11-22T10:00:00Z")
    assert hub.record(say("m2", "STOP", at=HOUR)).case is None
    assert hub.case(first.case)["state"] == state
    assert len(cases(hub)) == len(hub.log(first.case)) == 1
    assert [one.action for one in consents(hub)] == ["withdraw"]


@pytest.mark.parametrize(
    "other",
    [
        {"direction": "outbound", "author": {"type": "agent"}},
        {"forwarded": True},
        {"attachments": [{"kind": "image", "provider_id": "1"}]},
    ],
)
def test_row_17_only_a_persons_own_word_counts(hub: Any, say: Say, other: dict[str, Any]) -> None:
    hub.record(say("m1"))
    assert hub.record(say("m2", "STOP", **other)).case
    assert consents(hub) == []


def test_row_18_a_word_to_resume_is_a_new_grant(hub: Any, say: Say) -> None:
    hub.record(say("m1", "BAJA"))
    assert not is_allowed(consents(hub), "marketing", "whatsapp")
    hub.record(say("m2", "ALTA", at=HOUR))
    assert sorted(one.action for one in consents(hub)) == ["grant", "withdraw"]
    assert is_allowed(consents(hub), "marketing", "whatsapp")
    assert len({one.evidence for one in consents(hub)}) == 2


def test_row_20_a_second_delivery_is_one_record(hub: Any, say: Say) -> None:
    hub.record(say("m0"))
    first = hub.record(say("m1", "BAJA"))
    again = hub.record(say("m1", "BAJA"))
    assert (again.result, again.case, again.sequence) == ("copy", first.case, first.sequence)
    assert len(consents(hub)) == 1
    assert len(hub.log(first.case)) == 2


def test_of_a_stranger_a_second_delivery_is_one_record_too(hub: Any, say: Say) -> None:
    hub.record(say("m1", "BAJA"))
    assert hub.record(say("m1", "BAJA")).result == "copy"
    assert len(consents(hub)) == 1


def test_what_it_costs(priced_hub: Any, say: Say) -> None:
    hub = priced_hub
    hub.record(say("m1", bsuid="EC.1"))
    hub.table.reset()
    hub.record(say("m2", "BAJA", bsuid="EC.1"))
    assert hub.table.reads == 2
    assert [len(operations) for operations in hub.table.transactions] == [4]


def test_a_word_from_a_tools_customer_is_theirs_before_any_message(hub: Any, say: Say) -> None:
    known = import_contact(hub.context, Contact("crm", Remote("100"), "Ana", ["0991234567"], country="EC"))
    hub.record(say("m1", "BAJA"))
    assert [one.action for one in consents_of(hub.table.table, known)] == ["withdraw"]
    assert hub.case(hub.record(say("m2", "Hola")).case)["customer"] == known


def test_row_16_a_request_to_be_forgotten_is_a_case_that_says_so_and_a_withdrawal(hub: Any, say: Say) -> None:
    event = say("m1", "ELIMINAR MIS DATOS")
    first = hub.record(event)
    assert hub.log(first.case)[0].flags == ["erasure_request"]
    assert [one.action for one in consents(hub)] == ["withdraw"]
    assert hub.record(event).result == "copy"
    assert len(consents(hub)) == 1


def test_a_word_from_before_a_number_was_the_other_ones_who_was_merged_stays_theirs(hub: Any, say: Say) -> None:
    """The number's id tells it apart, but only for what was written since: no third customer is made of it."""
    first = hub.case(hub.record(say("m1", bsuid="EC.1", phone="593991234561")).case)["customer"]
    second = hub.case(hub.record(say("m2", bsuid="EC.2", phone="593991234562")).case)["customer"]
    merge(hub.context, first, second, Cause("staff", "agent"))
    hub.record(say("m3", "BAJA", bsuid="EC.2", phone="593991234561", at=-HOUR))
    assert [one.action for one in consents_of(hub.table.table, second)] == ["withdraw"]


def test_who_is_first_seen_while_somebody_withdraws_by_their_id_too_is_withdrawn(hub: Any, say: Say) -> None:
    """The id was nobody's when the word was read; it became another customer's before that was written."""
    hub.record(say("m1"))
    first = []

    def meanwhile(_: Any) -> None:
        hub.table.before_transact = None
        first.append(hub.record(say("m2", phone=None, bsuid="EC.1")).case)

    hub.table.before_transact = meanwhile
    hub.record(say("m3", "BAJA", bsuid="EC.1"))
    other = hub.case(first[0])["customer"]
    assert other != customer(hub)
    for one in (other, customer(hub)):
        assert [consent.action for consent in consents_of(hub.table.table, one)] == ["withdraw"]
