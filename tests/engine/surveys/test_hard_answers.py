"""Answers that come late, twice, from before, after a merge, or as words that mean something else: none opens or
reopens a case, and which one counts does not change by what became of the case. Whole, over each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.order import Order
from shared.application.record.merge import Cause
from shared.domain.surveys.token import Asked, make_token, payload
from shared.store.consents import consents_of
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, asking, resolved
from tests.engine.surveys.test_answers import TAPPED, answers, cases_of, counted

STAFF = Cause("staff", "api")
MAIL_OF_ANA: dict[str, Any] = {
    "channel": "email",
    "account": "ayuda@acme.example.com",
    "phone": None,
    "identities": [{"kind": "email", "value": "ana@example.com", "address": "ana@example.com", "level": "channel"}],
    "subject": "Factura",
}
EVA: dict[str, Any] = {"phone": "593987654321", "name": "Eva"}


def untouched(hub: AskingHub, case: str) -> None:
    """The case stands as it was resolved, and its customer has no other."""
    assert (hub.case(case)["state"], hub.case(case)["reopen_count"]) == ("resolved", 0)
    assert cases_of(hub, case) == [case]


def joined(hub: AskingHub, case: str, into: str, at: timedelta) -> None:
    """Luis joins a case to another of the same customer."""
    hub.at(at)
    ticket, other = hub.opened(case), hub.opened(into)
    parts: dict[str, Any] = {"kind": "state_change", "provider_type": "merge", "text": other, "visibility": "internal"}
    hub.answers(ticket, f"merge-{case}", **{**parts, "occurred_at": hub.moment(at)})
    assert hub.case(case)["state"] == "merged"


# taps


@pytest.mark.parametrize("key", [b"a key that is no longer in force", KEY])
def test_a_tap_whose_survey_nobody_knows_any_more_opens_nothing(hub: AskingHub, key: bytes) -> None:
    case = asked_case(hub)
    asked = Asked(case, hub.asked(case).sequence + (1 if key == KEY else 0))
    choice = {"id": payload(make_token(asked, key), 5), "title": "5 · Muy bien"}
    for at in (TAPPED, MORNING + timedelta(days=40)):
        hub.look(case, at)
        outcome = hub.says(f"t-{at}", "5 · Muy bien", at, choice=choice, provider_type="interactive")
        assert (outcome.result, outcome.case) == ("ignored", None)
    assert answers(hub, case) == []
    assert hub.case(case)["reopen_count"] == 0
    assert hub.case(case)["state"] == "closed"


def test_a_tap_of_an_answer_that_nobody_offered_opens_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    assert hub.tap(hub.asked(case), 9, "t1", TAPPED).result == "ignored"
    untouched(hub, case)
    token = make_token(Asked(case, hub.asked(case).sequence), KEY)
    assert token not in "".join(entry.model_dump_json() for entry in hub.log(case))


def test_two_taps_at_once_are_two_answers_and_the_last_one_counts(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    raced: list[object] = []

    def meanwhile(_: object) -> None:
        if not raced:
            raced.append(None)
            hub.tap(asked, 2, "t2", TAPPED)

    hub.table.before_transact = meanwhile
    hub.tap(asked, 5, "t1", TAPPED + timedelta(seconds=1))
    assert len(answers(hub, case)) == 2
    assert counted(hub, case) == 5
    assert hub.case(case)["sequence"] == len(hub.log(case))
    untouched(hub, case)


def test_a_day_is_a_day_also_where_the_case_was_joined_to_another_meanwhile(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    hub.tap(asked, 2, "t1", TAPPED)
    other = hub.says("w2", "Otra consulta", MORNING + 20 * HOUR, account="200000000000002").case
    assert other
    joined(hub, case, other, MORNING + 21 * HOUR)
    assert hub.tap(asked, 5, "t2", TAPPED + 25 * HOUR).case == other
    assert hub.log(other)[-1].flags == ["survey_late"]


def test_so_it_is_where_that_one_was_joined_to_yet_another(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    second = hub.says("w2", "Otra consulta", TAPPED, account="200000000000002").case
    assert second
    joined(hub, case, second, TAPPED + HOUR)
    assert hub.tap(asked, 2, "t1", TAPPED + 2 * HOUR).case == second
    third = hub.says("x1", "Hola", TAPPED + 3 * HOUR, **MAIL_OF_ANA).case
    assert third
    hub.set_case(third, customer=hub.case(case)["customer"])
    joined(hub, second, third, TAPPED + 4 * HOUR)
    assert hub.tap(asked, 5, "t2", TAPPED + 25 * HOUR).case == third
    assert hub.log(third)[-1].flags == []
    assert hub.tap(asked, 4, "t3", TAPPED + 26 * HOUR).case == third
    assert hub.log(third)[-1].flags == ["survey_late"]


def test_so_many_answers_are_kept_also_across_a_merge(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    other = hub.says("w2", "Otra consulta", TAPPED, account="200000000000002").case
    assert other
    for number in range(20):
        hub.tap(asked, 1 + number % 5, f"t{number}", TAPPED + number * MINUTE)
    joined(hub, case, other, TAPPED + HOUR)
    assert hub.tap(asked, 5, "t21", TAPPED + 2 * HOUR).result == "ignored"


# what is typed


@pytest.mark.parametrize(("after", "value"), [(-60, None), (-6, None), (-5, 5), (1, 5)])
def test_a_number_from_before_it_was_asked_is_no_answer(hub: AskingHub, after: int, value: int | None) -> None:
    """It answered what the agent had asked, and came in late. Clocks may differ by some seconds."""
    case = asked_case(hub)
    hub.says("w2", "5", MORNING + 25 * MINUTE + timedelta(seconds=after))
    assert [said for said, _, _ in answers(hub, case)] == ([value] if value else [])


def test_words_after_an_answer_are_its_comment_and_a_number_changes_it(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    hub.says("w2", "Muy bien", TAPPED + MINUTE)
    assert (counted(hub, case), answers(hub, case)[-1]) == (2, (None, ["survey_comment"], "Muy bien"))
    hub.says("w3", "Cuatro", TAPPED + 2 * MINUTE)
    assert counted(hub, case) == 4
    untouched(hub, case)


def test_a_number_that_quotes_the_question_is_an_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.says("w2", "4", TAPPED, in_reply_to=hub.asked(case).message_id)
    assert counted(hub, case) == 4
    untouched(hub, case)


def quoted(hub: AskingHub) -> tuple[str, str, str]:
    """A case that was asked about, and the provider's names of what Luis asked before and of the survey."""
    case = hub.says("w1", "Faltan cajas", MORNING).case
    assert case
    ticket = hub.opened(case)
    hub.at(MORNING + MINUTE)
    hub.carry(hub.order(hub.answers(ticket, text="¿Cuántas cajas le faltan?")))
    hub.sets(case, "resolved", MORNING + 2 * MINUTE)
    hub.look(case, MORNING + 20 * MINUTE)
    asked = next(one for one in hub.entries(case) if one["kind"] == "survey")
    hub.carry(Order(case, int(asked["sequence"]), asked["to"]))
    return case, "wamid.out.1", "wamid.out.2"


def test_a_number_that_quotes_something_else_answers_that(hub: AskingHub) -> None:
    case, of_luis, _ = quoted(hub)
    hub.says("w2", "5", TAPPED, in_reply_to=of_luis)
    assert answers(hub, case) == []
    assert hub.case(case)["state"] == "open"


def test_a_number_that_quotes_the_survey_as_it_went_out_is_its_answer(hub: AskingHub) -> None:
    case, _, of_survey = quoted(hub)
    hub.says("w2", "5", TAPPED, in_reply_to=of_survey)
    assert counted(hub, case) == 5
    untouched(hub, case)


def test_words_that_quote_something_else_are_a_message_as_well(hub: AskingHub) -> None:
    case, of_luis, of_survey = quoted(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    hub.says("w2", "Tardó mucho", TAPPED + MINUTE, in_reply_to=of_survey)
    untouched(hub, case)
    hub.says("w3", "Eran tres, las azules", TAPPED + 2 * MINUTE, in_reply_to=of_luis)
    entry = hub.log(case)[-1]
    assert (entry.kind, entry.flags, hub.case(case)["state"]) == ("message", ["survey_comment"], "open")


def test_a_tap_in_a_group_is_set_aside(hub: AskingHub) -> None:
    case = asked_case(hub)
    assert hub.tap(hub.asked(case), 5, "t1", TAPPED, flags=["group"]).result == "ignored"
    assert answers(hub, case) == []
    untouched(hub, case)


def test_a_number_in_a_closed_case_opens_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.look(case, MORNING + 73 * HOUR)
    assert hub.says("w2", "4", MORNING + 74 * HOUR).case == case
    assert (hub.case(case)["state"], counted(hub, case)) == ("closed", 4)
    assert len(hub.surveys(case)) == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Muy mal", 1),
        ("muy bien!!", 5),
        ("5 · Muy bien", 5),
        ("5 estrellas", 5),
        ("⭐⭐⭐⭐", 4),
        ("cinco", 5),
        ("٥", 5),
        ("5", 5),
        ("5/5", 5),
        ("Un 4", 4),
    ],
)
def test_an_answer_in_words_reopens_nothing(hub: AskingHub, text: str, value: int) -> None:
    case = asked_case(hub)
    hub.says("w2", text, TAPPED)
    assert counted(hub, case) == value
    untouched(hub, case)


# words that decide something else


@pytest.mark.parametrize("is_answered", [True, False])
@pytest.mark.parametrize("text", ["STOP", "baja", "No quiero más mensajes"])
def test_stop_after_a_survey_is_no_comment_and_opens_nothing(hub: AskingHub, text: str, is_answered: bool) -> None:
    case = asked_case(hub)
    if is_answered:
        hub.tap(hub.asked(case), 1, "t1", TAPPED)
    hub.says("w2", text, TAPPED + MINUTE)
    found = consents_of(hub.table, hub.case(case)["customer"])
    assert [(one.purpose, one.action) for one in found] == [("marketing", "withdraw")]
    assert [flags for _, flags, _ in answers(hub, case)] == ([[]] if is_answered else [])
    untouched(hub, case)


def test_who_asks_to_be_forgotten_after_a_survey_is_read_by_somebody(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 1, "t1", TAPPED)
    hub.says("w2", "Borren mis datos", TAPPED + MINUTE)
    entry = hub.log(case)[-1]
    assert (entry.kind, hub.case(case)["state"]) == ("message", "open")
    assert "erasure_request" in entry.flags


# of whom it is asked


def test_once_in_seven_days_across_brands(hub: AskingHub) -> None:
    [of_acme] = hub.config.surveys
    hub.config = hub.config.model_copy(update={"surveys": [of_acme, of_acme.model_copy(update={"brand": "zeta"})]})
    asked_case(hub)
    other = resolved(hub, "z1", MORNING + HOUR, account="200000000000003")
    assert hub.case(other)["brand"] == "zeta"
    hub.look(other, MORNING + 2 * HOUR)
    assert hub.case(other)["survey_look"]["why"] == "asked_lately"


def test_a_note_among_agents_is_nobodys_answer(hub: AskingHub) -> None:
    case = hub.says("w1", "Hola", MORNING).case
    assert case
    ticket = hub.opened(case)
    hub.at(MORNING + MINUTE)
    hub.answers(ticket)
    eva = {"author": {"type": "agent", "id": "eva"}, "visibility": "internal", "provider_type": "note"}
    hub.answers(ticket, "n1", text="Ya le respondí", **eva)
    hub.sets(case, "resolved", MORNING + 2 * MINUTE)
    hub.look(case, MORNING + 20 * MINUTE)
    survey = hub.asked(case).survey
    assert survey
    assert survey.agent == "luis"


@pytest.mark.parametrize("settings", ["kind: csat, channels: [whatsapp]", "kind: nps, channels: [whatsapp]"])
def test_an_edited_answer_reopens_nothing(hub: AskingHub, settings: str) -> None:
    hub.config = asking(settings)
    case = asked_case(hub)
    hub.says("w2", "4", TAPPED)
    hub.says("w2-edit", "5", TAPPED + MINUTE, kind="edit", in_reply_to="w2")
    untouched(hub, case)
