"""What is told of a message whose merge is undone: receipts, failures and revisions go where it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.unmerge import unmerge
from shared.domain.event import Event
from shared.ports.table import Item
from shared.store import keys
from tests.engine.record.people import PHONES, People

Say = Callable[..., Event]
LATER = timedelta(minutes=5)
ACCOUNT = "200000000000001"
ANSWER: dict[str, Any] = {"direction": "outbound", "author": {"type": "agent"}}


@pytest.fixture
def people(contended_hub: Any, say: Say) -> People:
    return People(contended_hub, say)


def answered_in_the_others_case(people: People) -> tuple[str, str]:
    """The merge, and the survivor's case in which the loser wrote and was answered."""
    case = people.writes("a", "a1").case
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", LATER, message="asked")
    assert people.writes("b", "answer", LATER, message="answer", **ANSWER).case == case
    return merge_id, str(case)


def told(people: People, state: str) -> Event:
    more: dict[str, Any] = {"receipt": {"state": state, "target": "answer"}, "author": {"type": "system"}}
    event: Event = people.say(f"answer:{state}", None, phone=PHONES["b"], kind="receipt", at=2 * LATER, **more)
    return event


def place_of(people: People, message: str) -> Item:
    place: Item = people.hub.table.get(keys.message("whatsapp", ACCOUNT, message)).item
    return place


def when_it_was_read(people: People, part: Callable[[], object]) -> None:
    """Before the next write they are parted, and all is moved."""

    def meanwhile(_: Any) -> None:
        people.hub.table.before_transact = None
        part()

    people.hub.table.before_transact = meanwhile


def test_a_failure_goes_with_its_answer(people: People) -> None:
    merge_id, case = answered_in_the_others_case(people)
    assert people.hub.record(told(people, "failed")).case == case
    unmerge(people.hub.context, merge_id, by="api")
    answer, failure = place_of(people, "answer"), place_of(people, "answer:failed")
    assert failure["case"] == answer["case"] != case
    entry = people.hub.table.get(keys.entry(failure["case"], failure["sequence"])).item
    assert entry["target"] == answer["sequence"]


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_receipt_in_flight_when_they_part_finds_the_answer_where_it_went(people: People, state: str) -> None:
    merge_id, case = answered_in_the_others_case(people)
    when_it_was_read(people, lambda: unmerge(people.hub.context, merge_id, by="api"))
    people.hub.record(told(people, state))
    answer = place_of(people, "answer")
    assert answer["case"] != case
    assert people.hub.table.get(keys.entry(answer["case"], answer["sequence"])).item["delivery"] == state
    assert all(place_of(people, "answer:failed")["case"] == answer["case"] for _ in range(state == "failed"))


def test_a_deletion_in_flight_when_they_part_hides_the_message_where_it_went(people: People) -> None:
    merge_id, _ = answered_in_the_others_case(people)
    when_it_was_read(people, lambda: unmerge(people.hub.context, merge_id, by="api"))
    deletion = people.say("gone", None, phone=PHONES["b"], kind="deletion", in_reply_to="asked", at=2 * LATER)
    people.hub.record(deletion)
    assert place_of(people, "gone")["case"] == place_of(people, "asked")["case"]
    assert people.everything("a") == ["a1"]
    assert sorted(people.everything("b")) == ["answer", "b1"]
