"""Of whom a survey was asked, where two were merged and parted: answers, rest and opt-out are theirs."""

from __future__ import annotations

import pytest

from shared.application.inquire_cases import case as read_case
from shared.application.record.merge import merge
from shared.application.record.survey_answer import survey_of
from shared.application.record.survey_by_page import stop_surveys
from shared.application.record.unmerge import unmerge
from shared.domain.surveys.token import Asked, make_token
from shared.ports.table import Update
from shared.store import items
from shared.store.consents import consents_of
from tests.engine.record.bench import said
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, resolved
from tests.engine.surveys.test_answers import TAPPED, counted
from tests.engine.surveys.test_hard_answers import EVA, STAFF, joined


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


def test_whoever_gets_the_number_while_it_is_asked_is_not_asked(hub: AskingHub) -> None:
    case = resolved(hub)
    eva = hub.case(hub.says("e1", "Hola", MORNING, **EVA).case)["customer"]
    place = (hub.case(case)["conversations"][0], "CNV")
    raced: list[object] = []

    def meanwhile(_: object) -> None:
        if not raced:
            raced.append(None)
            hub.table.table.transact([Update(place, set={"customer": eva})])

    hub.table.before_transact = meanwhile
    hub.look(case, MORNING + 25 * MINUTE)
    assert raced
    assert hub.surveys(case) == []
    assert hub.case(case)["survey_look"]["why"] == "no_conversation"


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
    survey = hub.log(own)[-1].survey
    assert survey
    assert (survey.case, survey.value) == (ana, 4)
    assert words_in(hub, ana) == ["Hola"]


def test_a_day_is_a_day_also_after_they_were_parted(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    asked = hub.asked(ana)
    hub.tap(asked, 2, "t1", TAPPED, **EVA)
    place = items.message_key(said("t1", phone=EVA["phone"]))
    assert (hub.table.table.get(place).item or {}).get("holder") == eva
    unmerge(hub.context, merged, by="api")
    own = hub.case(ana)["parted"][eva]["case"]
    assert hub.tap(asked, 5, "t2", TAPPED + 25 * HOUR, **EVA).case == own
    assert hub.log(own)[-1].flags == ["survey_late"]


def test_parted_while_they_answer_it_is_theirs(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    parted: list[object] = []

    def meanwhile(_: object) -> None:
        if not parted:
            parted.append(None)
            unmerge(hub.context, merged, by="api")

    asked = hub.asked(ana)
    hub.table.before_transact = meanwhile
    outcome = hub.tap(asked, 2, "t1", TAPPED, **EVA)
    assert outcome.case == hub.case(ana)["parted"][eva]["case"]
    assert words_in(hub, ana) == ["Hola"]


def test_parted_while_they_answer_in_a_case_that_was_joined_to_the_others(hub: AskingHub) -> None:
    """Nothing of theirs but this answer would ever have been written into the other's case."""
    of_ana = hub.says("a1", "Hola", MORNING).case
    assert of_ana
    of_eva = resolved(hub, "e1", **EVA)
    hub.look(of_eva, MORNING + 25 * MINUTE)
    asked = hub.asked(of_eva)
    ana, eva = (hub.case(one)["customer"] for one in (of_ana, of_eva))
    done = merge(hub.context, ana, eva, STAFF)
    assert done.merge
    merged = done.merge
    joined(hub, of_eva, of_ana, MORNING + 26 * MINUTE)
    parted: list[object] = []

    def meanwhile(_: object) -> None:
        if not parted:
            parted.append(None)
            unmerge(hub.context, merged, by="api")

    hub.table.before_transact = meanwhile
    assert hub.tap(asked, 2, "t1", TAPPED, **EVA).case == of_eva
    assert words_in(hub, of_ana) == ["Hola"]


def test_what_they_answer_goes_where_their_own_case_goes_on(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    asked = hub.asked(ana)
    unmerge(hub.context, merged, by="api")
    own = hub.case(ana)["parted"][eva]["case"]
    other = hub.says("e9", "Otra cosa", TAPPED, account="200000000000002", **EVA).case
    assert other
    assert hub.case(other)["customer"] == eva
    joined(hub, own, other, TAPPED + MINUTE)
    assert hub.tap(asked, 2, "t1", TAPPED + HOUR, **EVA).case == other


def test_whoever_was_asked_is_who_wants_no_more(hub: AskingHub) -> None:
    merged, ana, eva = asked_as_one(hub)
    token = make_token(Asked(ana, hub.asked(ana).sequence), KEY)
    found = survey_of(hub.context, token)
    assert found
    stop_surveys(hub.context, found, token)
    unmerge(hub.context, merged, by="api")
    found_of = {who: [one.purpose for one in consents_of(hub.table, who)] for who in (eva, hub.case(ana)["customer"])}
    assert found_of == {eva: ["survey"], hub.case(ana)["customer"]: []}
