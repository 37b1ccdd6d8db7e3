"""Two who are merged again before all that they left with each other went back, and parted once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.application.record.separate import separate
from shared.application.record.unmerge import unmerge
from shared.domain.event import Event
from shared.store import keys, merges
from tests.engine.record.people import PHONES, People

Say = Callable[..., Event]
HOUR = timedelta(hours=1)
ACCOUNT = "200000000000001"
ANSWER: dict[str, Any] = {"direction": "outbound", "author": {"type": "agent"}}


@pytest.fixture
def people(contended_hub: Any, say: Say) -> People:
    return People(contended_hub, say)


def place_of(people: People, message: str) -> tuple[str, int]:
    place = people.hub.table.get(keys.message("whatsapp", ACCOUNT, message)).item
    return place["case"], place["sequence"]


def is_complete(people: People, merge_id: str) -> bool:
    return "due_pk" not in (merges.record_of(people.hub.table, merge_id) or {})


def parted_once(people: People) -> tuple[str, str]:
    """The merge that was undone, and a's case; of what b left there one entry went back, the rest is to."""
    case = people.writes("a", "a1").case
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "answer", HOUR, message="answer", **ANSWER)
    told = {"receipt": {"state": "failed", "target": "answer"}, "author": {"type": "system"}}
    people.hub.record(people.say("answer:failed", None, phone=PHONES["b"], kind="receipt", at=HOUR, **told))
    people.writes("b", "b2", 2 * HOUR, message="asked")
    done = unmerge(people.hub.context, merge_id, by="api", has_time=lambda: False)
    assert (done.moved, done.complete) == (1, False)
    return merge_id, str(case)


def all_is_bs(people: People, case: str) -> None:
    """In one case of b's own, and what speaks of the answer beside it."""
    answer, failure, asked = (place_of(people, one) for one in ("answer", "answer:failed", "asked"))
    assert answer[0] == failure[0] == asked[0] != case
    entry = people.hub.table.get(keys.entry(*failure)).item
    assert entry["target"] == answer[1]
    assert people.texts(case) == ["a1"]


@pytest.mark.parametrize("first_comes_first", [True, False])
def test_what_speaks_of_a_message_goes_where_that_went(people: People, first_comes_first: bool) -> None:
    first, case = parted_once(people)
    second = people.merge("a", "b")
    assert not unmerge(people.hub.context, second, by="api", has_time=lambda: False).complete
    order = [first, second] if first_comes_first else [second, first]
    for merge_id in order:
        separate(people.hub.context, merge_id, lambda: True)
    assert all(is_complete(people, one) for one in order)
    all_is_bs(people, case)
    assert people.hub.case(people.writes("b", "b3", 3 * HOUR).case)["customer"] == people.ids["b"]


def test_while_they_are_one_again_nothing_moves(people: People) -> None:
    first, case = parted_once(people)
    second = people.merge("a", "b")
    assert separate(people.hub.context, first, lambda: True).moved == 0
    assert is_complete(people, first)
    assert place_of(people, "asked")[0] == case
    unmerge(people.hub.context, second, by="api")
    assert is_complete(people, second)
    all_is_bs(people, case)


def test_cases_that_are_joined_while_they_are_one_again_stay_joined(people: People) -> None:
    first, case = parted_once(people)
    people.merge("a", "b")
    theirs, _ = place_of(people, "answer")
    join = {"channel": "hub", "account": "hub", "thread": theirs, "direction": "outbound", "provider_type": "merge"}
    join |= {"kind": "state_change", "author": {"type": "agent", "id": "eva"}, "phone": None, "name": None}
    people.hub.record(people.say("join", case, at=3 * HOUR, **join))
    assert people.hub.case(theirs)["state"] == "merged"
    separate(people.hub.context, first, lambda: True)
    assert people.hub.case(theirs)["state"] == "merged"


def test_what_comes_back_after_their_own_case_ended_begins_another(people: People) -> None:
    """Else it would lie in a case that nobody looks at."""
    first, case = parted_once(people)
    separate(people.hub.context, first, lambda: True)
    ended, _ = place_of(people, "asked")
    people.hub.set_case(ended, state="closed", closed_at="2026-11-22T13:00:00Z")
    second = people.merge("a", "b")
    quoting = people.writes("b", "b3", 4 * HOUR, message="again", in_reply_to=people.hub.log(case)[0].message_id)
    assert quoting.case == case
    unmerge(people.hub.context, second, by="api")
    own, _ = place_of(people, "again")
    assert own not in (case, ended)
    assert people.hub.case(own)["state"] == people.hub.case(case)["state"]
    assert own in people.profile("b")["cases"]


# what comes to light in a case of their own


def parked(people: People, case: str | None, state: str, at: timedelta, message: str = "parked") -> None:
    deed = {"channel": "hub", "account": "hub", "thread": case, "direction": "outbound", "provider_type": "state"}
    deed |= {"kind": "state_change", "author": {"type": "agent", "id": "eva"}, "phone": None, "name": None}
    people.hub.record(people.say(message, state, at=at, **deed))


def with_two_to_go_back(people: People) -> tuple[str, str]:
    """A merge, and a's case with two messages of b's in it."""
    case = people.writes("a", "a1").case
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    for number in (2, 3):
        people.writes("b", f"b{number}", HOUR, message=f"asked{number}")
    return merge_id, str(case)


def one_went_back(people: People, merge_id: str) -> str:
    """The case of b's own, with the first of the two."""
    done = unmerge(people.hub.context, merge_id, by="api", has_time=lambda: False)
    assert (done.moved, done.complete) == (1, False)
    return place_of(people, "asked2")[0]


@pytest.mark.parametrize("state", ["pending_customer", "on_hold", "resolved"])
def test_what_was_seen_before_the_case_was_parked_wakes_nobody(people: People, state: str) -> None:
    merge_id, case = with_two_to_go_back(people)
    parked(people, case, state, 2 * HOUR)
    own = one_went_back(people, merge_id)
    assert people.hub.case(own)["state"] == state
    separate(people.hub.context, merge_id, lambda: True)
    assert place_of(people, "asked3")[0] == own
    assert people.hub.case(own)["state"] == state


@pytest.mark.parametrize("state", ["pending_customer", "on_hold", "resolved"])
def test_a_customers_message_that_came_meanwhile_wakes_their_own_case(people: People, state: str) -> None:
    """A customer's message wakes what waits: here too, or time alone would end it."""
    merge_id, case = with_two_to_go_back(people)
    people.writes("a", "Ya sale", HOUR, **ANSWER)
    own = one_went_back(people, merge_id)
    parked(people, own, state, 2 * HOUR)
    assert people.hub.case(own)["state"] == state
    assert people.writes("b", "b4", 3 * HOUR, message="late").case == case
    separate(people.hub.context, merge_id, lambda: True)
    there, sequence = place_of(people, "late")
    found = people.hub.case(own)
    assert there == own
    assert (found["state"], found["sequence"], "resolved_at" in found) == ("open", sequence, False)
    assert found["last_customer_at"] == "2026-11-22T13:00:00Z"
    woken = people.hub.log(own)[sequence - 2]
    assert (woken.kind, woken.text, woken.reason) == ("state_change", "open", state)


def test_an_answer_that_came_meanwhile_wakes_nobody(people: People) -> None:
    merge_id, case = with_two_to_go_back(people)
    people.writes("a", "Ya sale", HOUR, **ANSWER)
    own = one_went_back(people, merge_id)
    parked(people, own, "pending_customer", 2 * HOUR)
    assert people.writes("b", "Ya sale", 3 * HOUR, message="answer", **ANSWER).case == case
    separate(people.hub.context, merge_id, lambda: True)
    assert place_of(people, "answer")[0] == own
    assert people.hub.case(own)["state"] == "pending_customer"


def test_what_was_seen_where_it_came_in_wakes_nobody(people: People) -> None:
    merge_id, case = with_two_to_go_back(people)
    people.writes("a", "Ya sale", HOUR, **ANSWER)
    own = one_went_back(people, merge_id)
    parked(people, own, "pending_customer", 2 * HOUR)
    assert people.writes("b", "b4", 3 * HOUR, message="late").case == case
    parked(people, case, "pending_customer", 4 * HOUR, "there")
    separate(people.hub.context, merge_id, lambda: True)
    assert place_of(people, "late")[0] == own
    assert people.hub.case(own)["state"] == "pending_customer"


def test_a_failure_that_is_told_is_no_turn_of_the_customers(people: People) -> None:
    """Else whoever resolves the case a moment earlier would be told that the customer wrote since."""
    people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", HOUR, message="asked")
    people.writes("b", "Ya sale", HOUR, message="answer", **ANSWER)
    told = {"receipt": {"state": "failed", "target": "answer"}, "author": {"type": "system"}}
    people.hub.record(people.say("answer:failed", None, phone=PHONES["b"], kind="receipt", at=5 * HOUR, **told))
    unmerge(people.hub.context, merge_id, by="api")
    own, _ = place_of(people, "answer:failed")
    assert people.hub.case(own)["last_customer_at"] == "2026-11-22T11:00:00Z"
