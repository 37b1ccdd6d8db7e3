"""A survey on its way out: by the ordinary dispatch, with the checks of the moment, and what the case is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.application.order import Order
from shared.application.relay import Change, order_of
from shared.configuration.models import KnockTemplate
from shared.domain.answer import Accepted, Address, Answer, Body, Lost, Refused
from shared.domain.event import Event
from shared.domain.surveys.token import Asked, read_token
from tests.engine.record.bench import START
from tests.engine.surveys.bench import HOUR, KEY, MINUTE, MORNING, AskingHub, asked_case, resolved
from tests.engine.surveys.test_answers import TAPPED
from tests.engine.surveys.test_asking import MAIL
from tests.engine.surveys.test_hard_answers import joined

DUE = MORNING + 25 * MINUTE


class Seen(list[Answer]):
    """Keeps what a channel was given to render."""

    def render(self, answer: Answer, to: Address, mark: str) -> list[Body]:
        self.append(answer)
        return [{"to": to.value, "text": answer.text, "mark": f"{mark}:0"}]


def order(hub: AskingHub, case: str) -> Order:
    """As the relay makes it of the entry."""
    item = [one for one in hub.entries(case) if one["kind"] == "survey"][-1]
    made = order_of(Change(None, item))
    assert made
    return made


def seen(hub: AskingHub) -> Seen:
    found = Seen()
    hub.way.render = found.render  # type: ignore[method-assign]
    return found


def test_it_goes_out_once_with_what_can_be_tapped(hub: AskingHub) -> None:
    case = asked_case(hub)
    given = seen(hub)
    assert [hub.carry(order(hub, case)), hub.carry(order(hub, case))] == ["sent", "level"]
    assert len(hub.way.said) == 1
    [answer] = given
    assert answer.is_automatic
    assert [option.title for option in answer.options] == [
        "5 · Muy bien",
        "4 · Bien",
        "3 · Regular",
        "2 · Mal",
        "1 · Muy mal",
    ]
    token = answer.options[0].id.split(":")[1]
    assert read_token(token, [KEY]) == Asked(case, hub.asked(case).sequence)
    assert hub.case(case)["state"] == "resolved"


def test_who_stopped_a_moment_before_gets_none(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.says("w2", "STOP", DUE)
    assert hub.carry(order(hub, case)) == "failed"
    assert hub.way.said == []
    hub.take_in()
    receipt = hub.log(case)[-1].receipt
    assert receipt
    assert receipt.error
    assert receipt.error.code == "not_allowed"
    assert hub.case(case)["state"] == "resolved"


def test_in_a_window_that_closed_meanwhile_no_template_goes_in_its_place(hub: AskingHub) -> None:
    first, *others = hub.config.accounts
    first = first.model_copy(update={"template": KnockTemplate(name="write_again", language="es")})
    hub.config = hub.config.model_copy(update={"accounts": [first, *others]})
    case = asked_case(hub)
    hub.at(MORNING + timedelta(days=1))
    assert hub.carry(order(hub, case)) == "failed"
    assert hub.way.said == []


def test_a_queue_that_drains_at_night_waits_for_the_morning(hub: AskingHub) -> None:
    evening = MORNING + timedelta(hours=9, minutes=30)
    case = resolved(hub, at=evening)
    hub.look(case, evening + 25 * MINUTE)
    hub.at(evening + 40 * MINUTE)  # 21:10
    assert hub.carry(order(hub, case)) == "waiting"
    send = hub.table.table.get(("CAS#" + case, "OUT#" + f"{hub.asked(case).sequence:010d}")).item
    assert send
    assert send["due_sk"].startswith("2026-11-23T13:00:00Z#")
    hub.at(MORNING + 21 * HOUR)
    assert hub.carry(Order(case, hub.asked(case).sequence, send["conversation"], due="2026-11-23T13:00:00Z")) == "sent"


@pytest.mark.parametrize("said", [Refused("131026"), Refused("131047", window=True)])
def test_a_refusal_is_told_and_opens_nothing(hub: AskingHub, said: Refused) -> None:
    case = asked_case(hub)
    hub.way.answers = [said]
    assert hub.carry(order(hub, case)) == "failed"
    assert [one.result for one in hub.take_in()] == ["recorded"]
    assert (hub.case(case)["state"], hub.log(case)[-1].kind) == ("resolved", "receipt")


def test_a_failure_that_the_provider_tells_later_opens_nothing(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.way.answers = [Accepted("wamid.s1")]
    hub.carry(order(hub, case))
    receipt: dict[str, Any] = {"state": "failed", "target": "wamid.s1"}
    receipt["error"] = {"code": "131026", "retryable": False}
    parts = {"channel": "whatsapp", "account": "200000000000001", "kind": "receipt", "receipt": receipt}
    parts |= {"message_id": "wamid.s1:failed", "author": {"type": "system"}, "provider_type": "status"}
    parts |= {"occurred_at": START + DUE + MINUTE}
    hub.record(Event.model_validate(parts))
    assert (hub.case(case)["state"], hub.asked(case).delivery) == ("resolved", "failed")


def test_a_lost_outcome_is_not_sent_again(hub: AskingHub) -> None:
    case = asked_case(hub)
    hub.way.answers = [Lost("timeout")]
    assert hub.carry(order(hub, case)) == "unknown"
    hub.carry(order(hub, case))
    hub.seconds += 3600
    assert hub.carry(order(hub, case)) == "unknown", "the agent is told"
    assert len(hub.way.said) == 1


def test_a_tap_opens_the_window_whichever_case_is_open(hub: AskingHub) -> None:
    case = asked_case(hub)
    other = hub.says("w2", "Otra cosa", MORNING + 60 * HOUR).case
    assert other
    ticket = hub.opened(other)
    hub.tap(hub.asked(case), 5, "t1", MORNING + 80 * HOUR)
    hub.at(MORNING + 90 * HOUR)  # 30 hours after her last message, 10 after the tap
    outcome = hub.answers(ticket, text="Ya está")
    assert hub.carry(hub.order(outcome)) == "sent"


def test_an_answer_by_mail_goes_on_from_what_was_said_and_not_from_a_score(hub: AskingHub) -> None:
    case = hub.says("m1", "No me llega", MORNING, **MAIL).case
    assert case
    hub.sets(case, "resolved", MORNING + MINUTE)
    hub.look(case, MORNING + 20 * MINUTE)
    given = seen(hub)
    hub.carry(order(hub, case))
    assert "https://hub.example.com/s/" in (given[-1].text or "")
    assert (given[-1].stop_url or "").endswith("/stop")
    hub.says("m2", "4", TAPPED, **MAIL)
    assert hub.surveys(case)[-1].survey
    ticket = hub.opened(case)
    hub.at(TAPPED + MINUTE)
    hub.carry(hub.order(hub.answers(ticket, text="Gracias a usted")))
    assert given[-1].heard
    assert given[-1].heard.text == "No me llega"


@pytest.mark.parametrize("becomes", ["open", "spam", "merged"])
def test_nobody_is_asked_about_a_case_that_went_on_before_it_went_out(hub: AskingHub, becomes: str) -> None:
    """It waited for the morning in a queue, and at night the customer wrote again."""
    case = asked_case(hub)
    if becomes == "merged":
        other = hub.says("w2", "Otra consulta", DUE, account="200000000000002").case
        assert other
        joined(hub, case, other, DUE)
    else:
        hub.sets(case, becomes, DUE + MINUTE)
    assert hub.carry(order(hub, case)) == "failed"
    assert hub.way.said == []
    hub.take_in()
    receipt = hub.log(case)[-1].receipt
    assert receipt
    assert receipt.error
    assert receipt.error.code == "case_goes_on"
