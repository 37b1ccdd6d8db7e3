"""Answers to surveys: tapped, typed, changed, late; and what is said after them. Whole, over each engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.figures_of_case import as_of, history_of, read_log
from shared.application.order import Order
from shared.channels.instagram.parse import parse as read_instagram
from shared.channels.messenger.parse import parse as read_messenger
from shared.configuration.kpi import rules_of
from shared.domain.answer import Refused
from shared.domain.figures.facts import facts_of
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.token import Asked, make_token, payload
from shared.ports.table import Update
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, asking, resolved

TAPPED = MORNING + 30 * MINUTE
COUNTERS = {f"{scale.kind}_{value}" for scale in SCALES.values() for value in scale.counts.values()}
READS = {"messenger": read_messenger, "instagram": read_instagram}


def answers(hub: AskingHub, case: str) -> list[tuple[int | None, list[str], str | None]]:
    said = [entry for entry in hub.surveys(case) if entry.direction == "inbound"]
    return [(entry.survey.value if entry.survey else None, entry.flags, entry.text) for entry in said]


def counted(hub: AskingHub, case: str) -> int | None:
    """The answer that counts, as the figures have it."""
    stored = hub.case(case)
    history = history_of(stored, read_log(hub.table, stored))
    facts = facts_of(history, rules_of(hub.config), as_of(stored, history))
    found = [fact.metric for fact in facts if fact.metric in COUNTERS]
    return int(found[-1].rpartition("_")[2]) if found else None


def cases_of(hub: AskingHub, case: str) -> list[str]:
    return sorted(hub.profile(hub.case(case)["customer"])["cases"])


def test_a_tap_is_recorded_and_changes_nothing_else(hub: AskingHub) -> None:
    case = asked_case(hub)
    before = hub.case(case)
    outcome = hub.tap(hub.asked(case), 4, "t1", TAPPED)
    assert (outcome.result, outcome.case) == ("recorded", case)
    assert [len(writes) for writes in hub.table.transactions[-1:]] == [4]
    entry = hub.surveys(case)[-1]
    assert (entry.kind, entry.author.type, entry.direction, entry.channel) == (
        "survey",
        "customer",
        "inbound",
        "whatsapp",
    )
    assert entry.survey
    assert (entry.survey.value, entry.survey.scale_mapped, entry.survey.case) == (4, False, case)
    token = make_token(Asked(case, hub.asked(case).sequence), KEY)
    assert not [one for one in hub.log(case) if token in one.model_dump_json()], "no tool gets the token"
    after = hub.case(case)
    same = ("state", "resolved_at", "last_customer_at", "reopen_count", "state_at", "channels")
    assert [after.get(name) for name in same] == [before.get(name) for name in same]
    assert after["sequence"] == len(hub.log(case))
    assert cases_of(hub, case) == [case]
    assert hub.tap(hub.asked(case), 4, "t1", TAPPED).result == "copy"
    assert len(answers(hub, case)) == 1


@pytest.mark.parametrize(
    ("settings", "answer", "value", "mapped"),
    [
        ("kind: csat", 5, 5, False),
        ("kind: csat, scale: thumbs", 1, 5, True),
        ("kind: csat, scale: thumbs", 0, 1, True),
        ("kind: csat, scale: faces", 2, 3, True),
        ("kind: nps", 0, 0, False),
        ("kind: nps", 10, 10, False),
        ("kind: ces", 7, 7, False),
        ("kind: ces, scale: ces_old", 1, 5, True),
        ("kind: ces, scale: ces_old", 5, 1, True),
    ],
)
def test_each_scale_counts_by_its_table(hub: AskingHub, settings: str, answer: int, value: int, mapped: bool) -> None:
    hub.config = asking(f"{settings}, channels: [whatsapp]")
    case = asked_case(hub)
    hub.tap(hub.asked(case), answer, "t1", TAPPED)
    said = hub.surveys(case)[-1].survey
    assert said
    assert (said.value, said.scale_mapped) == (value, mapped)
    assert said.kind == ("ces_old" if "old" in settings else settings.split()[1].strip(","))


def test_it_belongs_to_what_was_asked_about_whatever_is_open_now(hub: AskingHub) -> None:
    case = asked_case(hub)
    other = hub.says("w2", "Otra cosa: ¿abren el sábado?", MORNING + 60 * HOUR).case
    assert other != case
    assert hub.tap(hub.asked(case), 2, "t1", MORNING + 61 * HOUR).case == case
    assert len(hub.log(other)) == 1
    assert hub.case(case)["state"] in ("resolved", "closed")


def test_a_closed_case_takes_its_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.look(case, MORNING + 73 * HOUR)
    assert hub.case(case)["state"] == "closed"
    assert hub.tap(hub.asked(case), 5, "t1", MORNING + 80 * HOUR).case == case
    assert (hub.case(case)["state"], counted(hub, case)) == ("closed", 5)


def test_changed_within_a_day_the_last_one_wins(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    hub.tap(asked, 2, "t1", TAPPED)
    hub.tap(asked, 5, "t2", TAPPED + 23 * HOUR)
    assert counted(hub, case) == 5
    hub.tap(asked, 1, "t3", TAPPED + 24 * HOUR)
    assert counted(hub, case) == 5, "a day after the first it stands"
    assert [flags for _, flags, _ in answers(hub, case)] == [[], [], ["survey_late"]]


def test_after_seven_days_it_is_kept_and_does_not_count(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 5, "t1", MORNING + timedelta(days=7, minutes=25))
    assert answers(hub, case) == [(5, ["survey_late"], "5")]
    assert counted(hub, case) is None


def test_only_so_many_answers_are_kept(hub: AskingHub) -> None:
    case = asked_case(hub)
    for number in range(23):
        last = hub.tap(hub.asked(case), 1 + number % 5, f"t{number}", TAPPED + number * MINUTE)
    assert last.result == "ignored"
    assert len(answers(hub, case)) == 20


def test_an_older_key_is_good_as_long_as_it_is_in_force(hub: AskingHub) -> None:
    case = asked_case(hub)
    token = make_token(Asked(case, hub.asked(case).sequence), KEY)
    hub.keys = (b"new", KEY)
    hub.says("t1", "5", TAPPED, choice={"id": payload(token, 5), "title": "5"})
    assert counted(hub, case) == 5


def test_a_merged_case_answers_in_the_one_that_goes_on(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    other = hub.says("w2", "Hola", MORNING + 60 * HOUR).case
    assert other
    hub.set_case(case, state="merged", merged_into=other)
    outcome = hub.tap(asked, 3, "t1", MORNING + 61 * HOUR)
    assert outcome.case == other
    said = hub.log(other)[-1].survey
    assert said
    assert (said.case, said.value) == (case, 3)
    hub.tap(asked, 4, "t2", MORNING + 86 * HOUR)
    assert hub.log(other)[-1].flags == ["survey_late"], "a day is a day there, too"


# what is typed


def test_a_number_by_itself_answers_the_one_that_is_open(hub: AskingHub) -> None:
    case = asked_case(hub)
    outcome = hub.says("w2", " 4! ", TAPPED)
    assert (outcome.case, counted(hub, case)) == (case, 4)
    assert (hub.case(case)["state"], hub.case(case)["reopen_count"]) == ("resolved", 0)


@pytest.mark.parametrize("text", ["6", "0", "4.5", "5/10", "4 paquetes", "¿5?", "cinco cajas"])
def test_what_is_no_answer_on_its_scale_is_a_message(hub: AskingHub, text: str) -> None:
    case = asked_case(hub)
    hub.says("w2", text, TAPPED)
    assert answers(hub, case) == []
    assert hub.case(case)["state"] == "open", "it came back, as for any message"


def test_a_number_after_somebody_asked_something_else_is_no_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.opened(case)
    hub.at(TAPPED)
    hub.answers(f"T-{case}", text="¿Cuántas cajas le faltan?", occurred_at=hub.moment(TAPPED))
    hub.says("w2", "5", TAPPED + MINUTE)
    assert answers(hub, case) == []


def test_a_number_in_another_conversation_is_no_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.says("w2", "5", TAPPED, account="200000000000002")
    assert answers(hub, case) == []


def test_a_number_after_seven_days_is_a_message(hub: AskingHub) -> None:
    case = asked_case(hub)
    outcome = hub.says("w2", "5", MORNING + timedelta(days=7, minutes=25))
    assert outcome.case != case
    assert answers(hub, case) == []


def test_of_two_that_are_open_a_number_means_neither(hub: AskingHub) -> None:
    case = asked_case(hub)
    place = hub.case(case)["conversations"][0], "CNV"
    item = hub.table.table.get(place).item
    assert item
    other = {**item["surveys"][0], "sequence": 99}
    hub.table.table.transact([Update(place, set={"surveys": [*item["surveys"], other]})])
    hub.says("w2", "5", TAPPED)
    assert answers(hub, case) == []


def test_a_number_of_whoever_has_the_phone_now_is_no_answer(hub: AskingHub) -> None:
    case = asked_case(hub)
    other = hub.says("o1", "Hola", MORNING, phone="593987654321", name="Luz").case
    place = hub.case(case)["conversations"][0], "CNV"
    hub.table.table.transact([Update(place, set={"customer": hub.case(other)["customer"]})])
    hub.says("w2", "5", TAPPED)
    assert answers(hub, case) == []


# the comment


def test_what_is_written_soon_after_is_the_comment_and_opens_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    outcome = hub.says("w2", "El repartidor nunca llamó", TAPPED + 9 * MINUTE)
    assert (outcome.case, hub.case(case)["state"]) == (case, "resolved")
    assert answers(hub, case)[-1] == (None, ["survey_comment"], "El repartidor nunca llamó")
    assert counted(hub, case) == 2


@pytest.mark.parametrize(
    ("text", "settings"),
    [("¿Cuándo llega?", ""), ("Todo bien", ", comments: false")],
)
def test_a_question_is_a_message_and_so_is_all_where_comments_are_off(hub: AskingHub, text: str, settings: str) -> None:
    hub.config = asking(f"kind: csat, channels: [whatsapp]{settings}")
    case = asked_case(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    hub.says("w2", text, TAPPED + MINUTE)
    entry = hub.log(case)[-1]
    assert (entry.kind, entry.survey, hub.case(case)["state"]) == ("message", None, "open")


def test_words_of_whoever_has_the_phone_now_are_no_comment(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 5, "t1", TAPPED)
    other = hub.says("o1", "Hola", TAPPED, phone="593987654321", name="Luz").case
    place = hub.case(case)["conversations"][0], "CNV"
    hub.table.table.transact([Update(place, set={"customer": hub.case(other)["customer"]})])
    hub.says("w2", "El repartidor nunca llamó", TAPPED + MINUTE)
    assert [value for value, _, _ in answers(hub, case)] == [5]


def test_after_ten_minutes_it_is_a_message(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 2, "t1", TAPPED)
    hub.says("w2", "El repartidor nunca llamó", TAPPED + 10 * MINUTE)
    assert (hub.log(case)[-1].kind, hub.case(case)["state"]) == ("message", "open")


def test_in_doubt_it_is_both(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.tap(hub.asked(case), 1, "t1", TAPPED)
    hub.says("w2", "Pero sigue sin funcionar", TAPPED + MINUTE)
    entry = hub.log(case)[-1]
    assert (entry.kind, entry.flags, hub.case(case)["state"]) == ("message", ["survey_comment"], "open")
    assert entry.survey
    assert (entry.survey.case, entry.survey.value) == (case, None)


def test_with_another_case_open_there_it_is_both(hub: AskingHub) -> None:
    case = asked_case(hub)
    other = hub.says("w2", "Hola, otra consulta", MORNING + 60 * HOUR).case
    hub.tap(hub.asked(case), 4, "t1", MORNING + 61 * HOUR)
    outcome = hub.says("w3", "Son de la caja azul", MORNING + 61 * HOUR + MINUTE)
    assert outcome.case == other
    assert hub.log(other)[-1].flags == ["survey_comment"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_in_which_they_come_decides_nothing(hub: AskingHub, order: tuple[int, ...]) -> None:
    case = asked_case(hub)
    asked = hub.asked(case)
    taps: list[tuple[int, timedelta]] = [(1, TAPPED), (3, TAPPED + HOUR), (5, TAPPED + 2 * HOUR)]
    for number in order:
        answer, at = taps[number]
        hub.tap(asked, answer, f"t{number}", at)
    assert counted(hub, case) == 5


# what a message costs


def test_a_message_where_no_survey_is_open_costs_what_it_did(hub: AskingHub) -> None:
    case = resolved(hub)
    hub.says("w2", "Sigue sin llegar", MORNING + 15 * MINUTE)
    hub.table.reset()
    hub.says("w3", "Ahora sí", MORNING + 16 * MINUTE)
    assert (hub.table.reads, [len(writes) for writes in hub.table.transactions]) == (2, [3])
    assert hub.case(case)["state"] == "open"


def test_words_in_an_open_case_beside_an_open_survey_cost_no_more(hub: AskingHub) -> None:
    asked_case(hub)
    hub.says("w2", "¿Y mi pedido?", TAPPED)
    hub.table.reset()
    hub.says("w3", "Es el de ayer", TAPPED + MINUTE)
    assert (hub.table.reads, [len(writes) for writes in hub.table.transactions]) == (2, [3])


def test_a_failed_survey_opens_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    asked: Any = hub.asked(case)
    hub.queues.sent.clear()
    hub.way.answers = [Refused("131026")]
    item = next(one for one in hub.entries(case) if one["kind"] == "survey")
    assert hub.carry(Order(case, asked.sequence, item["to"])) == "failed"
    assert [one.result for one in hub.take_in()] == ["recorded"]
    assert (hub.case(case)["state"], hub.log(case)[-1].kind) == ("resolved", "receipt")


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
def test_a_quick_reply_as_the_network_delivers_it(hub: AskingHub, channel: str) -> None:
    account = {"messenger": "400000000000001", "instagram": "17840000000000001"}[channel]
    person = {"kind": channel, "value": "9001", "namespace": account, "address": "9001", "level": "channel"}
    more = {"channel": channel, "account": account, "phone": None, "identities": [person], "provider_type": "message"}
    case = resolved(hub, **more)
    assert hub.look(case, MORNING + 25 * MINUTE).steps == 1
    token = make_token(Asked(case, hub.asked(case).sequence), KEY)
    tapped = {"mid": "m_1", "text": "4 · Bien", "quick_reply": {"payload": payload(token, 4)}}
    element = {
        "sender": {"id": "9001"},
        "recipient": {"id": account},
        "timestamp": 1_795_365_000_000,
        "message": tapped,
    }
    kind = {"messenger": "page", "instagram": "instagram"}[channel]
    event = READS[channel]({"object": kind, "entry": [{"id": account, "messaging": [element]}]})
    assert event.choice
    hub.at(TAPPED)
    assert hub.record(event).case == case
    assert (counted(hub, case), hub.case(case)["state"]) == (4, "resolved")
