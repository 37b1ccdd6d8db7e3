"""An answer reaches the person it was written for, once, whatever happens on the way; or its agent hears why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.order import Order
from shared.configuration.models import KnockTemplate
from shared.domain.answer import Accepted, Later, Lost, Refused
from shared.domain.errors import Transient
from shared.domain.event import Event
from tests.engine.outbound.conftest import ANA, Office
from tests.engine.record.bench import NUMBER

Say = Callable[..., Event]
Begin = Callable[..., tuple[str, str]]


class Gone(BaseException):
    """The worker died."""


def test_an_answer_goes_to_where_the_customer_wrote(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    assert office.carry(office.order(answer)) == "sent"
    [(account, body)] = office.way.said
    assert (account, body["to"], body["text"]) == (NUMBER, ANA, "Buenas tardes")
    assert office.send_of(answer)["state"] == "sent"


def test_an_order_that_comes_again_sends_nothing(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    order = office.order(office.answers(ticket))
    assert [office.carry(order), office.carry(order)] == ["sent", "level"]
    assert len(office.way.said) == 1


def test_a_receipt_finds_its_answer(office: Office, conversation: Begin, say: Say) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    office.carry(office.order(answer))
    assert office.record(receipt("delivered", "wamid.out.1", say)).result == "receipt"
    assert office.entry(answer)["delivery"] == "delivered"


def test_a_receipt_that_is_quicker_than_our_own_pen_finds_it_too(office: Office, conversation: Begin, say: Say) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    assert office.record(receipt("read", "wamid.out.1", say)).result == "waiting"
    assert office.carry(office.order(answer)) == "sent"
    again = [body["raw"]["said"]["message_id"] for body in office.queues.taken("inbound")]
    assert again == ["wamid.out.1:read"]
    assert office.record(receipt("read", "wamid.out.1", say)).result == "receipt"
    assert office.entry(answer)["delivery"] == "read"


def test_a_long_answer_goes_out_in_parts_each_once(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    office.way.longest = 4
    answer = office.answers(ticket, text="abcdefghij")
    assert office.carry(office.order(answer)) == "sent"
    assert [body["text"] for _, body in office.way.said] == ["abcd", "efgh", "ij"]
    assert office.send_of(answer)["ids"] == ["wamid.out.1", "wamid.out.2", "wamid.out.3"]


def test_a_worker_that_dies_after_a_part_leaves_the_rest_to_nobody_blindly(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    office.way.longest = 4
    office.way.answers = [Accepted("wamid.out.1"), Gone()]
    answer = office.answers(ticket, text="abcdefgh")
    with pytest.raises(Gone):
        office.carry(office.order(answer))
    office.seconds += 300
    assert office.carry(office.order(answer)) == "unknown"
    assert [body["text"] for _, body in office.way.said] == ["abcd", "efgh"]


def test_while_another_worker_sends_nobody_else_does(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Gone()]
    with pytest.raises(Gone):
        office.carry(office.order(answer))
    with pytest.raises(Transient):
        office.carry(office.order(answer))
    assert len(office.way.said) == 1


def test_a_lost_outcome_is_settled_by_the_receipt_that_carries_our_mark(
    office: Office, conversation: Begin, say: Say
) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Lost("no_answer")]
    assert office.carry(office.order(answer)) == "unknown"
    mark = office.way.said[0][1]["mark"]
    assert office.record(receipt("delivered", "wamid.x", say, references=[mark])).result == "receipt"
    assert office.send_of(answer)["state"] == "sent"
    assert office.entry(answer)["delivery"] == "delivered"
    assert office.record(receipt("read", "wamid.x", say)).result == "receipt"
    due = office.order(answer, due="2026-11-22T10:15:00Z")
    office.seconds += 3600
    assert office.carry(due) == "level"
    assert len(office.way.said) == 1


def test_a_mark_of_another_account_settles_nothing(office: Office, conversation: Begin, say: Say) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Lost("no_answer")]
    office.carry(office.order(answer))
    mark = office.way.said[0][1]["mark"]
    elsewhere = receipt("delivered", "wamid.x", say, references=[mark], account="200000000000002")
    assert office.record(elsewhere).result == "waiting"
    assert office.send_of(answer)["state"] == "unknown"


def test_after_a_quarter_of_an_hour_the_agent_hears_that_nobody_knows(office: Office, conversation: Begin) -> None:
    case, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Lost("no_answer")]
    office.carry(office.order(answer))
    office.seconds += 15 * 60
    assert office.carry(office.order(answer)) == "unknown"
    assert [outcome.result for outcome in office.take_in()] == ["recorded"]
    told = office.log(case)[-1]
    assert (told.receipt and told.receipt.state, told.visibility) == ("unknown", "internal")
    assert told.receipt
    assert told.receipt.error
    assert "No sabemos" in (told.receipt.error.detail or "")
    assert office.carry(office.order(answer)) == "level"
    assert len(office.way.said) == 1


def test_an_unknown_outcome_holds_up_no_other_answer(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    first, second = office.answers(ticket, "r1", "uno"), office.answers(ticket, "r2", "dos")
    office.way.answers = [Lost("no_answer")]
    assert office.carry(office.order(first)) == "unknown"
    assert office.carry(office.order(second)) == "sent"
    assert [body["text"] for _, body in office.way.said] == ["uno", "dos"]


def test_what_waits_keeps_its_place(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    first, second = office.answers(ticket, "r1", "uno"), office.answers(ticket, "r2", "dos")
    office.way.answers = [Later("131056", after_s=6)]
    assert office.carry(office.order(first)) == "waiting"
    assert office.carry(office.order(second)) == "waiting"
    office.seconds += 10
    assert office.carry(office.order(second)) == "sent"
    assert [body["text"] for _, body in office.way.said] == ["uno", "uno", "dos"]
    assert {office.send_of(one)["state"] for one in (first, second)} == {"sent"}


def test_orders_that_come_in_the_wrong_order_send_in_the_right_one(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    first, second = office.answers(ticket, "r1", "uno"), office.answers(ticket, "r2", "dos")
    office.way.answers = [Later("131056", after_s=6)]
    office.carry(office.order(first))
    office.seconds += 7
    office.carry(office.order(second))
    assert [body["text"] for _, body in office.way.said] == ["uno", "uno", "dos"]


def test_a_refusal_is_told_to_the_agent_with_what_to_do(office: Office, conversation: Begin) -> None:
    case, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Refused("131026", "not on WhatsApp")]
    assert office.carry(office.order(answer)) == "failed"
    assert [outcome.result for outcome in office.take_in()] == ["recorded"]
    told = office.log(case)[-1]
    assert told.receipt
    assert told.receipt.error
    assert told.receipt.error.detail == "es: 131026"
    assert office.entry(answer)["delivery"] == "failed"
    assert office.carry(office.order(answer)) == "level"


def test_a_refusal_told_twice_is_one_entry(office: Office, conversation: Begin) -> None:
    """The worker dies between telling and writing that it told."""
    case, ticket = conversation()
    answer = office.answers(ticket)
    office.way.answers = [Refused("131026")]
    office.carry(office.order(answer))
    [body] = office.queues.taken("inbound")
    before = len(office.log(case))
    office.queues.sent = []
    for _ in range(2):
        office.queues.send("inbound", [message_of(body)])
    assert [outcome.result for outcome in office.take_in()] == ["recorded", "copy"]
    assert len(office.log(case)) == before + 1


def test_what_could_not_be_sent_for_long_is_the_agents_to_judge(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    order = office.order(answer)
    office.way.answers = [Later("131016")] * 40
    for _ in range(40):
        if office.carry(order) == "failed":
            break
        office.seconds += 1000
    assert office.send_of(answer)["state"] == "failed"
    assert len(office.way.said) < 10


def test_a_revoked_token_stops_the_account_and_loses_nothing(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    first, second = office.answers(ticket, "r1", "uno"), office.answers(ticket, "r2", "dos")
    office.way.answers = [Later("190", whole_account=True, stops=True)]
    assert office.carry(office.order(first)) == "waiting"
    assert office.carry(office.order(second)) == "waiting"
    assert len(office.way.said) == 1
    assert office.counters["connector_stopped"] == 1
    office.seconds += 400
    assert office.carry(office.order(second)) == "sent"
    assert [body["text"] for _, body in office.way.said] == ["uno", "uno", "dos"]


class TestWindow:
    def test_just_within_a_day_it_goes_out(self, office: Office, conversation: Begin) -> None:
        _, ticket = conversation()
        office.seconds += 24 * 3600 - 1
        assert office.carry(office.order(office.answers(ticket))) == "sent"

    def test_after_a_day_the_agent_is_told_and_nothing_is_sent(self, office: Office, conversation: Begin) -> None:
        case, ticket = conversation()
        office.seconds += 24 * 3600
        assert office.carry(office.order(office.answers(ticket))) == "failed"
        assert office.way.said == []
        office.take_in()
        told = office.log(case)[-1]
        assert told.receipt
        assert told.receipt.error
        assert told.receipt.error.code == "window_closed"

    def test_a_template_asks_the_customer_to_write_again(self, office: Office, conversation: Begin) -> None:
        case, ticket = conversation()
        with_template(office)
        office.seconds += 25 * 3600
        assert office.carry(office.order(office.answers(ticket))) == "failed"
        assert [body.get("template") for _, body in office.way.said] == ["write_again"]
        office.take_in()
        told = office.log(case)[-1]
        assert told.receipt
        assert told.receipt.error
        assert told.receipt.error.code == "knocked"

    def test_the_window_that_the_provider_finds_closed(self, office: Office, conversation: Begin) -> None:
        _, ticket = conversation()
        with_template(office)
        office.way.answers = [Refused("131047", window=True)]
        assert office.carry(office.order(office.answers(ticket))) == "failed"
        assert ["text" in body for _, body in office.way.said] == [True, False]

    def test_what_was_said_on_another_number_of_ours_opens_nothing_here(
        self, office: Office, conversation: Begin, say: Say
    ) -> None:
        case, ticket = conversation()
        office.seconds += 23 * 3600
        joined = office.record(say("w2", "Hola?", account="200000000000002", at=timedelta(hours=23)))
        assert joined.case == case
        office.seconds += 2 * 3600
        named = office.answers(ticket, in_reply_to="w1")
        assert office.carry(office.order(named)) == "failed"
        office.told(case, 2)
        assert office.carry(office.order(office.answers(ticket, "r2"))) == "sent"
        assert [account for account, _ in office.way.said] == ["200000000000002"]


class TestTheRightPerson:
    def test_the_newest_that_the_agent_had_seen(self, office: Office, conversation: Begin, say: Say) -> None:
        case, ticket = conversation()
        office.record(say("w2", "y ahora aquí", account="200000000000002", at=timedelta(minutes=1)))
        assert office.carry(office.order(office.answers(ticket))) == "sent"
        office.told(case, 2)
        assert office.carry(office.order(office.answers(ticket, "r2"))) == "sent"
        assert [account for account, _ in office.way.said] == [NUMBER, "200000000000002"]

    def test_a_number_that_has_a_new_holder_gets_nothing(self, office: Office, conversation: Begin, say: Say) -> None:
        _case, ticket = conversation(bsuid="EC.1a")
        office.record(say("w9", "¿quién es?", bsuid="EC.2b", name="Beto", at=timedelta(minutes=5)))
        answer = office.answers(ticket)
        outcome = office.carry(office.order(answer))
        sent_to = [body["to"] for _, body in office.way.said]
        assert sent_to == ["EC.1a"] if outcome == "sent" else sent_to == []

    def test_an_answer_to_nothing_goes_nowhere_and_says_so(self, office: Office, conversation: Begin) -> None:
        case, ticket = conversation()
        answer = office.answers(ticket, in_reply_to="wamid.of.somebody.else")
        assert "to" not in office.entry(answer)
        told = office.log(case)[-1]
        assert told.receipt
        assert told.receipt.error
        assert told.receipt.error.code == "unknown_message"
        assert told.sequence == (answer.sequence or 0) + 1

    def test_a_note_never_leaves(self, office: Office, conversation: Begin) -> None:
        _, ticket = conversation()
        note = office.answers(ticket, visibility="internal")
        assert "to" not in office.entry(note)
        assert "nowhere" not in office.entry(note)


def test_a_call_that_cannot_be_begun_in_time_is_left_to_the_next_worker(office: Office, conversation: Begin) -> None:
    _, ticket = conversation()
    answer = office.answers(ticket)
    office.remaining = 5
    assert office.carry(office.order(answer)) == "waiting"
    assert office.way.said == []
    [more] = office.queues.taken("outbound")
    office.remaining = 60
    assert office.carry(Order(**more)) == "sent"


def receipt(state: str, target: str, say: Say, **more: Any) -> Event:
    told = {"state": state, "target": target}
    parts: dict[str, Any] = {"author": {"type": "system"}, "name": None, "kind": "receipt", "receipt": told}
    return say(f"{target}:{state}", None, **parts, **more)


def message_of(body: dict[str, Any]) -> Any:
    import json

    from shared.ports.queues import Message

    return Message(json.dumps(body), "g", "d")


def with_template(office: Office) -> None:
    template = KnockTemplate(name="write_again", language="es")
    accounts = [one.model_copy(update={"template": template}) for one in office.config.accounts]
    office.config = office.config.model_copy(update={"accounts": accounts})
