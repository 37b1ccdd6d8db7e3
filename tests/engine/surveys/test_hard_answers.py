"""Answers that come late, twice, from before, after a merge, or as words that mean something else: none opens or
reopens a case, and which one counts does not change by what became of the case. Whole, over each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_cases import case as read_case
from shared.application.journeys import Deriving, derive
from shared.application.journeys_mark import mark
from shared.application.record.merge import Cause, merge
from shared.application.record.survey_answer import survey_of
from shared.application.record.survey_by_page import stop_surveys
from shared.application.record.unmerge import unmerge
from shared.domain.journeys.rules import JourneyRules
from shared.domain.surveys.token import Asked, make_token, payload
from shared.store import keys
from shared.store.consents import consents_of
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, asking, resolved
from tests.engine.surveys.test_answers import TAPPED, answers, cases_of, counted

STAFF = Cause("staff", "api")
EVA = {"phone": "593987654321", "name": "Eva"}


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


def test_a_number_from_before_it_was_asked_is_no_answer(hub: AskingHub) -> None:
    """It answered what the agent had asked, and came in late."""
    case = asked_case(hub)
    hub.says("w2", "5", MORNING + 24 * MINUTE)
    assert answers(hub, case) == []


def test_a_number_that_quotes_the_question_is_an_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.says("w2", "4", TAPPED, in_reply_to=hub.asked(case).message_id)
    assert counted(hub, case) == 4
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
    said = consents_of(hub.table, hub.case(case)["customer"])
    assert [(one.purpose, one.action) for one in said] == [("marketing", "withdraw")]
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


def test_whoever_was_asked_while_they_were_one_is_not_asked_again_when_they_are_parted(hub: AskingHub) -> None:
    ana = hub.says("a1", "Hola", MORNING - HOUR).case
    eva = hub.says("e1", "Hola", MORNING - HOUR, **EVA).case
    people = [hub.case(one)["customer"] for one in (ana, eva)]
    done = merge(hub.context, *people, STAFF)
    assert done.merge
    assert done.loser
    loser = {people[0]: ana, people[1]: eva}[done.loser]
    assert loser
    hub.sets(loser, "resolved", MORNING)
    hub.look(loser, MORNING + 20 * MINUTE)
    assert len(hub.surveys(loser)) == 1
    unmerge(hub.context, done.merge, by="api")
    who = {} if loser == ana else EVA
    hub.sets(loser, "closed", MORNING + HOUR)
    again = resolved(hub, "x1", MORNING + 2 * HOUR, **who)
    assert again != loser
    hub.look(again, MORNING + 3 * HOUR)
    assert hub.case(again)["survey_look"].get("why") == "asked_lately"


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


def journey_kept(hub: AskingHub, customer: str, at: timedelta) -> None:
    """The clock derives the customer's journeys."""
    hub.at(at)
    mark(hub.table, [customer], hub.seconds)
    hub.seconds += 301
    due = hub.table.table.get(keys.journeys_of(customer)).item
    assert due
    deriving = Deriving(hub.table, JourneyRules(), lambda _: "America/Guayaquil", hub.seconds)
    assert derive(deriving, customer, due["due_sk"])


def test_it_is_bound_to_the_journey_that_its_case_is_part_of(hub: AskingHub) -> None:
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    [journey] = hub.table.table.get(keys.journeys_of(customer)).item["listed"]  # type: ignore[index]
    hub.look(case, MORNING + 25 * MINUTE)
    hub.tap(hub.asked(case), 5, "t1", TAPPED)
    assert [one.survey.journey for one in hub.surveys(case) if one.survey] == [journey, journey]


@pytest.mark.parametrize(("settings", "why"), [("kind: nps", "journey_asked"), ("kind: csat", None)])
def test_a_journey_is_asked_about_once_also_where_it_goes_on_after_its_rest(
    hub: AskingHub, settings: str, why: str | None
) -> None:
    hub.config = asking(f"{settings}, channels: [whatsapp]")
    case = resolved(hub)
    customer = hub.case(case)["customer"]
    journey_kept(hub, customer, MORNING + 11 * MINUTE)
    hub.look(case, MORNING + 25 * MINUTE)
    assert len(hub.surveys(case)) == 1
    again = hub.says("w2", "Sigue sin llegar", MORNING + 60 * HOUR).case
    assert again
    late = MORNING + timedelta(days=8)
    assert hub.says("w3", "¿Hola?", late).case == again
    hub.sets(again, "resolved", late + MINUTE)
    journey_kept(hub, customer, late + 2 * MINUTE)
    hub.look(again, late + 20 * MINUTE)
    assert hub.case(again)["survey_look"].get("why") == why
    assert len(hub.surveys(again)) == (0 if why else 1)


def asked_as_one(hub: AskingHub) -> tuple[str, str, str]:
    """Eva, who was merged with Ana, wrote last in Ana's case, and was asked. The merge, Ana's case, and Eva."""
    ana = hub.says("a1", "Hola", MORNING).case
    of_eva = hub.says("e1", "Hola", MORNING, **EVA).case
    assert ana
    eva = hub.case(of_eva)["customer"]
    hub.hold(hub.case(ana)["customer"], identities=[*hub.profile(hub.case(ana)["customer"])["identities"], X_ID])
    hub.set_case(of_eva, state="closed", closed_at="2026-11-22T16:00:00Z")
    done = merge(hub.context, hub.case(ana)["customer"], eva, STAFF)
    assert done.merge
    assert done.loser == eva
    assert hub.says("e2", "Soy yo otra vez", MORNING + 5 * MINUTE, **EVA).case == ana
    hub.sets(ana, "resolved", MORNING + 10 * MINUTE)
    hub.look(ana, MORNING + 25 * MINUTE)
    assert len(hub.surveys(ana)) == 1
    return done.merge, ana, eva


X_ID = {"kind": "x", "value": "ana", "level": "channel", "source": "x", "since": "2026-11-22T10:00:00Z"}


def words_in(hub: AskingHub, case: str) -> list[str | None]:
    seen = read_case(hub.table, case)["interactions"]
    return [one.get("text") for one in seen if one["direction"] == "inbound" and not one.get("deleted")]


def test_what_somebody_answered_leaves_with_them_when_they_are_parted(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    hub.tap(hub.asked(ana), 2, "t1", TAPPED, **EVA)
    hub.says("e3", "Vivo en la calle Larga y nunca llegaron", TAPPED + MINUTE, **EVA)
    assert counted(hub, ana) == 2
    unmerge(hub.context, merged, by="api")
    own = hub.case(ana)["parted"][eva]["case"]
    assert words_in(hub, ana) == ["Hola"]
    assert words_in(hub, own)[-2:] == ["2", "Vivo en la calle Larga y nunca llegaron"]
    assert hub.case(own)["customer"] == eva


@pytest.mark.parametrize("is_tapped", [True, False])
def test_what_they_answer_after_that_is_theirs_too(hub: AskingHub, is_tapped: bool) -> None:
    merged, ana, eva = asked_as_one(hub)
    asked = hub.asked(ana)
    unmerge(hub.context, merged, by="api")
    own = hub.case(ana)["parted"][eva]["case"]
    before = hub.case(own)["state"]
    outcome = hub.tap(asked, 4, "t1", TAPPED, **EVA) if is_tapped else hub.says("e3", "4", TAPPED, **EVA)
    assert (outcome.case, hub.case(own)["state"]) == (own, before)
    said = hub.log(own)[-1].survey
    assert said
    assert (said.case, said.value) == (ana, 4)
    assert words_in(hub, ana) == ["Hola"]


def test_whoever_was_asked_is_who_wants_no_more(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    token = make_token(Asked(ana, hub.asked(ana).sequence), KEY)
    found = survey_of(hub.context, token)
    assert found
    stop_surveys(hub.context, found, token)
    unmerge(hub.context, merged, by="api")
    said = {who: [one.purpose for one in consents_of(hub.table, who)] for who in (eva, hub.case(ana)["customer"])}
    assert said == {eva: ["survey"], hub.case(ana)["customer"]: []}
