"""Undoing a merge of customers whose cases people have worked on meanwhile: each case is its own customer's again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_errors import NotPossible
from shared.application.record.separate import separate
from shared.application.record.unmerge import unmerge
from shared.application.record.who import living_profile
from shared.domain.event import Event
from shared.domain.ids import uuid7
from shared.store import merges
from shared.store.candidates import candidate, status_of
from tests.engine.record.people import PHONES, People

Say = Callable[..., Event]
HOUR = timedelta(hours=1)


@pytest.fixture
def people(contended_hub: Any, say: Say) -> People:
    return People(contended_hub, say)


def in_hub(people: People, message: str, case: str, text: str, **more: Any) -> Any:
    """What one of our people does to a case."""
    parts: dict[str, Any] = {
        "channel": "hub",
        "account": "hub",
        "thread": case,
        "direction": "outbound",
        "name": None,
        "phone": None,
    }
    parts |= {"kind": "state_change", "author": {"type": "agent", "id": "eva"}}
    outcome = people.hub.record(people.say(message, text, **{**parts, **more}))
    people.hub.seconds += 1
    return outcome


def owner_of(people: People, case: str | None) -> str:
    living = living_profile(people.hub.table, people.hub.case(case)["customer"])["id"]
    return next(letter for letter, one in people.ids.items() if one == living)


def with_joined_cases(people: People) -> tuple[str, str, str]:
    """The merge, and the cases of both: b's goes on in a's, where b has written since."""
    a, b = people.writes("a", "a1"), people.writes("b", "b1")
    merge_id = people.merge("a", "b")
    in_hub(people, "join", b.case, a.case, provider_type="merge", at=HOUR)
    assert people.hub.case(b.case)["state"] == "merged"
    assert people.writes("b", "b2", 2 * HOUR).case == a.case
    return merge_id, a.case, b.case


def is_parted(people: People, a: str, b: str) -> None:
    assert people.texts(a) == ["a1"]
    assert people.texts(b) == ["b1", "b2"]
    assert (people.hub.case(b)["state"], "merged_into" in people.hub.case(b)) == ("new", False)
    assert people.hub.case(b)["conversations"][0] not in people.hub.case(a)["conversations"]
    assert (list(people.profile("a")["cases"]), list(people.profile("b")["cases"])) == ([a], [b])
    assert people.writes("b", "b3", 2 * HOUR).case == b
    assert people.writes("a", "a2", 2 * HOUR).case == a
    answer = in_hub(people, "answer", b, "Buenas", kind="message", provider_type="reply", at=3 * HOUR)
    assert (answer.case, owner_of(people, answer.case)) == (b, "b")


def test_a_case_that_was_joined_to_the_others_stands_alone_again(people: People) -> None:
    merge_id, a, b = with_joined_cases(people)
    unmerge(people.hub.context, merge_id, by="api")
    is_parted(people, a, b)


@pytest.mark.parametrize("survived", range(7))
def test_a_death_in_between_is_made_good_by_the_clock(people: People, survived: int) -> None:
    merge_id, a, b = with_joined_cases(people)
    writes = 0

    def die(_: Any) -> None:
        nonlocal writes
        writes += 1
        if writes > survived:
            raise KeyboardInterrupt

    people.hub.table.before_transact = die
    with suppress(KeyboardInterrupt):
        unmerge(people.hub.context, merge_id, by="api")
    people.hub.table.before_transact = None
    if (merges.record_of(people.hub.table, merge_id) or {})["status"] != "undone":
        unmerge(people.hub.context, merge_id, by="api")
    assert separate(people.hub.context, merge_id, lambda: True).complete
    is_parted(people, a, b)


def test_what_is_joined_while_they_are_parted_is_not(people: People) -> None:
    a, b = people.writes("a", "a1"), people.writes("b", "b1")
    merge_id = people.merge("a", "b")

    def meanwhile(_: Any) -> None:
        people.hub.table.before_transact = None
        unmerge(people.hub.context, merge_id, by="api")

    people.hub.table.before_transact = meanwhile
    in_hub(people, "join", b.case, a.case, provider_type="merge", at=HOUR)
    assert people.hub.case(b.case)["state"] == "new"
    assert people.writes("b", "b2", HOUR).case == b.case


def test_what_lies_in_a_case_that_was_joined_to_its_own_goes_back_too(people: People) -> None:
    a = people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    other = people.writes("a", "a2", account="200000000000003")
    people.hub.set_case(other.case, brand="acme")
    merge_id = people.merge("a", "b")
    assert people.writes("b", "b2", HOUR).case == a.case
    in_hub(people, "join", a.case, other.case, provider_type="merge", at=2 * HOUR)
    unmerge(people.hub.context, merge_id, by="api")
    assert owner_of(people, people.writes("b", "b3", 3 * HOUR).case) == "b"
    assert people.everything("b") == ["b1", "b2", "b3"]
    assert (people.hub.case(a.case)["state"], people.hub.case(a.case)["merged_into"]) == ("merged", other.case)


def test_a_conversation_that_moved_with_its_number_is_led_back_too(people: People) -> None:
    a = people.writes("a", "a1", account="200000000000003")
    people.closes(people.writes("b", "b1", account="200000000000003"))
    merge_id = people.merge("a", "b")
    assert people.writes("b", "b2", HOUR, account="200000000000003").case == a.case
    former = {"kind": "phone", "value": "+" + PHONES["b"], "level": "channel"}
    now = {**former, "value": "+" + PHONES["c"], "address": PHONES["c"]}
    told = {"kind": "identity_change", "author": {"type": "system"}, "phone": None, "name": None}
    people.hub.record(people.say("moved", None, identities=[now], previous_identities=[former], at=HOUR, **told))
    unmerge(people.hub.context, merge_id, by="api")
    later = people.say("after", "b3", phone=PHONES["c"], name="B", at=2 * HOUR, account="200000000000003")
    after = people.hub.record(later)
    assert people.hub.case(after.case)["customer"] == people.ids["b"]
    assert people.everything("b") == ["b1", "b2", "b3"]


def test_a_conversation_does_not_move_to_an_id_of_the_other(people: People) -> None:
    """Who has both numbers gives up the one for the other: parted, they would find themselves in a stranger's case."""
    a, b = people.writes("a", "a1"), people.writes("b", "b1", account="200000000000003")
    merge_id = people.merge("a", "b")
    former = {"kind": "phone", "value": "+" + PHONES["b"], "level": "channel"}
    now = {**former, "value": "+" + PHONES["a"], "address": PHONES["a"]}
    told = {"kind": "identity_change", "author": {"type": "system"}, "phone": None, "name": None}
    people.hub.record(people.say("moved", None, identities=[now], previous_identities=[former], at=HOUR, **told))
    unmerge(people.hub.context, merge_id, by="api")
    after = people.hub.record(
        people.say("after", "a2", phone=PHONES["a"], name="B", at=2 * HOUR, account="200000000000003")
    )
    assert after.case not in (a.case, b.case)
    assert people.hub.case(after.case)["customer"] == people.ids["a"]


def test_a_case_back_in_sight_is_listed_as_its_own_customers(people: People) -> None:
    people.writes("a")
    spam, over = people.writes("b"), people.writes("b", account="200000000000003")
    in_hub(people, "spam", spam.case, "spam", provider_type="state", at=HOUR)
    in_hub(people, "close", over.case, "closed", provider_type="state", at=HOUR)
    merge_id = people.merge("a", "b")
    in_hub(people, "back", spam.case, "open", provider_type="state", at=2 * HOUR)
    again = in_hub(people, "again", over.case, "Buenas", kind="message", provider_type="reply", at=2 * HOUR)
    unmerge(people.hub.context, merge_id, by="api")
    assert {spam.case, again.case}.isdisjoint(people.profile("a")["cases"])
    assert {spam.case, again.case} <= people.profile("b")["cases"].keys()


def test_what_cannot_be_undone_is_not_refused_either(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    people.hub.hold(people.ids["b"], merge="-")
    with pytest.raises(NotPossible):
        unmerge(people.hub.context, merge_id, by="api")
    assert status_of(candidate(people.hub.table, people.ids["a"], people.ids["b"])) is None


def test_a_case_of_their_own_has_no_id_of_a_time_to_come(people: People) -> None:
    """Its first message did, by its channel's clock. Whoever counts figures anew goes by ids for what is new."""
    people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    written = people.writes("b", "b2", HOUR)
    unmerge(people.hub.context, merge_id, by="api")
    separate(people.hub.context, merge_id, lambda: True)
    own = set(people.profile("b")["cases"]) - {written.case}
    assert own
    assert max(own) < uuid7(people.hub.seconds + 1, bytes(10))
