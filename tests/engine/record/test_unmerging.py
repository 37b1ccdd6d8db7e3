"""Undoing a merge: each has what came in on their identities, whatever happened in between, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from shared.application.inquire_cases import timeline
from shared.application.inquire_errors import NotFound, NotPossible
from shared.application.record.merge import merge, merge_now
from shared.application.record.separate import separate
from shared.application.record.unmerge import unmerge
from shared.application.record.who import living_profile
from shared.domain.errors import Conflict
from shared.domain.event import Event
from shared.store import keys, merges
from shared.store.candidates import candidate, status_of
from tests.engine.record.people import PHONES, STAFF, People, steady

Say = Callable[..., Event]
LATER = timedelta(minutes=5)
ACCOUNT = "200000000000001"


@pytest.fixture
def people(contended_hub: Any, say: Say) -> People:
    return People(contended_hub, say)


def test_nothing_happened_in_between_and_both_are_as_they_were(people: People) -> None:
    for who in "ab":
        people.writes(who)
    before = {who: steady(people.profile(who)) for who in "ab"}
    merge_id = people.merge("a", "b")
    assert people.everything("a") == ["Hola", "Hola"]
    assert people.everything("b") == ["Hola", "Hola"]
    unmerge(people.hub.context, merge_id, by="api")
    assert {who: steady(people.profile(who)) for who in "ab"} == before
    assert people.everything("a") == ["Hola"]


def test_contacts_are_told_anew_of_the_merge_and_of_its_end(people: People) -> None:
    for who in "ab":
        people.writes(who)
    assert people.profile("a")["contact_version"] == 1
    merge_id = people.merge("a", "b")
    assert people.profile("a")["contact_version"] == 2
    unmerge(people.hub.context, merge_id, by="api")
    assert (people.profile("a")["contact_version"], people.profile("b")["contact_version"]) == (3, 2)


def test_activity_on_both_sides_goes_with_its_identities(people: People) -> None:
    first_a, first_b = people.writes("a", "a1"), people.writes("b", "b1")
    people.closes(first_b)
    merge_id = people.merge("a", "b")
    joined = people.writes("b", "b2", LATER)
    assert joined.case == first_a.case
    people.writes("a", "a2", LATER)
    people.writes("b", "b3", LATER)
    fresh = people.writes("b", "b on zeta", LATER, account="200000000000003")
    assert people.hub.case(fresh.case)["customer"] == people.ids["b"]
    assert people.everything("a") == ["a1", "b2", "a2", "b3", "b1", "b on zeta"]

    done = unmerge(people.hub.context, merge_id, by="api")
    assert (done.moved, done.complete) == (2, True)
    assert people.everything("a") == ["a1", "a2"]
    assert sorted(people.everything("b")) == ["b on zeta", "b1", "b2", "b3"]
    moved = people.hub.table.get(keys.message("whatsapp", ACCOUNT, "b3")).item["case"]
    assert people.texts(moved) == ["b2", "b3"]
    for entry in people.hub.log(moved):
        assert entry.author.type == "customer"
        assert entry.occurred_at is not None
        assert (entry.occurred_at - entry.received_at) != timedelta(0)
    assert fresh.case in people.profile("b")["cases"]
    assert fresh.case not in people.profile("a")["cases"]


def test_tools_are_told_of_both_ends_of_a_move(people: People) -> None:
    first = people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", LATER)
    unmerge(people.hub.context, merge_id, by="api")
    hidden = people.hub.log(first.case)[-1]
    assert (hidden.kind, hidden.flags, hidden.visibility, hidden.author.type) == (
        "deletion",
        ["moved"],
        "internal",
        "system",
    )
    moved = people.hub.table.get(keys.message("whatsapp", ACCOUNT, hidden.in_reply_to)).item
    case = people.hub.case(moved["case"])
    assert (case["sequence"], case["brand"], case["state"]) == (1, "acme", "new")
    assert people.hub.table.get(keys.reference(case["reference"])).item["case"] == case["id"]
    assert "due_pk" in case


def test_quotes_receipts_and_revisions_find_what_was_moved(people: People) -> None:
    people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", LATER, message="quoted")
    people.writes("b", "b2!", LATER, message="edited", kind="edit", in_reply_to="quoted")
    unmerge(people.hub.context, merge_id, by="api")
    moved = people.hub.table.get(keys.message("whatsapp", ACCOUNT, "quoted")).item["case"]
    assert people.texts(moved) == ["b2!"]
    people.writes("b", "b2!!", LATER * 2, message="edited again", kind="edit", in_reply_to="quoted")
    assert people.texts(moved) == ["b2!!"]
    assert people.writes("b", "b3", LATER, in_reply_to="quoted").case == moved
    assert people.hub.record(people.say("quoted", "b2", phone=PHONES["b"], name="B", at=LATER)).result == "copy"


def test_names_and_fields_go_back_and_what_people_entered_is_for_review(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    profile = people.profile("a")
    entered = {"value": "mañanas", "source": "staff", "at": "2026-11-22T11:00:00Z"}
    later = {"value": "B2", "source": "staff", "at": "2026-11-22T11:00:00Z", "origin": people.ids["b"]}
    fields = {**profile["fields"], "calls": entered, "nickname": later}
    people.hub.hold(people.ids["a"], fields=fields)
    done = unmerge(people.hub.context, merge_id, by="api")
    assert done.review == ["calls"]
    assert people.profile("a")["fields"]["calls"] == entered
    assert "nickname" not in people.profile("a")["fields"]
    assert people.profile("b")["fields"]["nickname"]["value"] == "B2"
    assert people.profile("b")["display_name"] == "B"


def test_an_identity_gained_by_the_loser_s_goes_with_it(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", LATER, bsuid="EC.b")
    lock = people.hub.table.get(keys.identity("whatsapp", "default", "EC.b")).item
    assert lock["customer"] == people.ids["b"]
    unmerge(people.hub.context, merge_id, by="api")
    assert people.held("b") == [PHONES["b"], "EC.b"]
    assert people.held("a") == [PHONES["a"]]


def test_a_number_that_went_to_somebody_else_meanwhile_does_not_come_back(people: People) -> None:
    people.writes("a")
    people.writes("b", bsuid="EC.b")
    merge_id = people.merge("a", "b")
    people.hub.record(people.say("new", "ich", phone=PHONES["b"], bsuid="EC.new", name="N", at=LATER))
    unmerge(people.hub.context, merge_id, by="api")
    assert people.held("b") == ["EC.b"]


def test_a_chain_is_parted_at_its_first_merge(people: People) -> None:
    for who in "abc":
        people.closes(people.writes(who, f"{who}1"))
    people.knows("a", 1)
    first, _ = people.merge("b", "c"), people.merge("a", "b")
    assert {people.lives_as(who) for who in "abc"} == {"a"}
    assert people.profile("a")["merged"] == 2
    people.writes("c", "c2", LATER)
    unmerge(people.hub.context, first, by="api")
    assert (people.lives_as("a"), people.lives_as("b"), people.lives_as("c")) == ("a", "a", "c")
    assert people.profile("a")["family"] == [people.ids["b"]]
    assert people.held("a") == [PHONES["a"], "a0", PHONES["b"]]
    assert people.held("c") == [PHONES["c"]]
    assert people.everything("c") == ["c1", "c2"]
    assert people.everything("a") == ["a1", "b1"]


def test_a_chain_is_parted_at_its_last_merge_and_then_its_first(people: People) -> None:
    before = {}
    for who, more in (("a", 2), ("b", 1), ("c", 0)):
        people.writes(who, f"{who}1")
        people.knows(who, more)
        before[who] = steady(people.profile(who))
    first, second = people.merge("b", "c"), people.merge("a", "b")
    unmerge(people.hub.context, second, by="api")
    assert (people.lives_as("a"), people.lives_as("b"), people.lives_as("c")) == ("a", "b", "b")
    assert people.everything("b") == ["b1", "c1"]
    unmerge(people.hub.context, first, by="api")
    assert {who: steady(people.profile(who)) for who in "abc"} == before


def test_the_first_of_a_chain_then_the_last_leaves_all_as_they_were(people: People) -> None:
    before = {}
    for who, more in (("a", 8), ("b", 4), ("c", 1), ("d", 0)):
        people.writes(who, f"{who}1")
        people.knows(who, more)
        before[who] = steady(people.profile(who))
    ids = [people.merge("c", "d"), people.merge("b", "c"), people.merge("a", "b")]
    for merge_id in (ids[1], ids[0], ids[2]):
        unmerge(people.hub.context, merge_id, by="api")
    for who in "abcd":
        assert steady(people.profile(who)) == before[who], who


def test_who_was_parted_can_be_merged_elsewhere_and_parted_again(people: People) -> None:
    for who, more in (("a", 2), ("b", 0), ("c", 0)):
        people.writes(who, f"{who}1")
        people.knows(who, more)
    first = people.merge("b", "c")
    people.merge("a", "b")
    unmerge(people.hub.context, first, by="api")
    again = people.merge("a", "c")
    assert people.profile("a")["family"] == [people.ids["b"], people.ids["c"]]
    unmerge(people.hub.context, again, by="api")
    assert people.profile("a")["family"] == [people.ids["b"]]
    assert people.lives_as("c") == "c"


def test_undoing_twice_says_what_is(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    assert unmerge(people.hub.context, merge_id, by="api").result == "undone"
    assert unmerge(people.hub.context, merge_id, by="api").result == "already"
    record = merges.record_of(people.hub.table, merge_id)
    assert record is not None
    assert (record["status"], record["undone_by"], "due_pk" in record) == ("undone", "api", False)


def test_what_is_no_merge_is_not_undone(people: People) -> None:
    people.writes("a")
    for wrong in (people.ids["a"], f"{people.ids['a']}~0123456789ab", "~", ""):
        with pytest.raises(NotFound):
            unmerge(people.hub.context, wrong, by="api")


def test_a_customer_who_was_erased_since_is_not_brought_back(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    people.hub.hold(people.ids["b"], merge="-")
    with pytest.raises(NotPossible):
        unmerge(people.hub.context, merge_id, by="api")


def test_no_rule_merges_them_again_a_person_does(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    unmerge(people.hub.context, merge_id, by="api")
    a, b = people.ids["a"], people.ids["b"]
    assert status_of(candidate(people.hub.table, a, b)) == "refused"
    assert not merge_now(people.hub.context, a, b, "one_event_two_customers", ["phone"])
    assert people.merge("a", "b") != merge_id


# dying in between


def with_two_to_move(people: People) -> tuple[str, str]:
    first = people.writes("a", "a1")
    people.closes(people.writes("b", "b1"))
    merge_id = people.merge("a", "b")
    people.writes("b", "b2", LATER)
    people.writes("b", "b3", LATER)
    return merge_id, first.case


@pytest.mark.parametrize("survived", range(6))
def test_a_death_in_between_loses_and_doubles_nothing(people: People, survived: int) -> None:
    """The worker dies before its n-th write; the clock then goes on from the record."""
    merge_id, source = with_two_to_move(people)
    seen = 0

    def die(_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen > survived:
            raise KeyboardInterrupt

    people.hub.table.before_transact = die
    with suppress(KeyboardInterrupt):
        unmerge(people.hub.context, merge_id, by="api")
    people.hub.table.before_transact = None
    record = merges.record_of(people.hub.table, merge_id)
    assert record is not None
    if record["status"] == "undone":
        separate(people.hub.context, merge_id, lambda: True)
    else:
        unmerge(people.hub.context, merge_id, by="api")
    assert people.texts(source) == ["a1"]
    assert people.everything("b") == ["b1", "b2", "b3"]
    assert "due_pk" not in (merges.record_of(people.hub.table, merge_id) or {})
    assert len(timeline(people.hub.table, people.ids["b"])["cases"]) == 2


def test_out_of_time_the_clock_goes_on(people: People) -> None:
    merge_id, source = with_two_to_move(people)
    done = unmerge(people.hub.context, merge_id, by="api", has_time=lambda: False)
    assert (done.moved, done.complete) == (1, False)
    assert "due_pk" in (merges.record_of(people.hub.table, merge_id) or {})
    assert separate(people.hub.context, merge_id, lambda: True).moved == 1
    assert people.texts(source) == ["a1"]
    assert people.everything("b") == ["b1", "b2", "b3"]


# races


def test_a_message_in_flight_when_they_part_is_moved_too(people: People) -> None:
    """It has read that both are one, and is written when they are two no longer."""
    merge_id, source = with_two_to_move(people)
    event = people.say("late", "b4", phone=PHONES["b"], name="B", at=LATER)
    undone = []

    def part(_: Any) -> None:
        people.hub.table.before_transact = None
        undone.append(unmerge(people.hub.context, merge_id, by="api"))

    people.hub.table.before_transact = part
    people.hub.record(event)
    assert undone
    assert people.texts(source) == ["a1"]
    assert people.everything("b") == ["b1", "b2", "b3", "b4"]


def test_a_message_between_the_parting_and_the_move_is_moved_too(people: People) -> None:
    merge_id, source = with_two_to_move(people)
    unmerge(people.hub.context, merge_id, by="api", has_time=lambda: False)
    people.writes("b", "b4", LATER)
    separate(people.hub.context, merge_id, lambda: True)
    assert people.texts(source) == ["a1"]
    assert sorted(people.everything("b")) == ["b1", "b2", "b3", "b4"]


def test_a_merge_and_its_undoing_at_once_leave_one_of_both(people: People) -> None:
    people.writes("a")
    people.writes("b")
    merge_id = people.merge("a", "b")
    calls: list[Any] = []

    def again(_: Any) -> None:
        people.hub.table.before_transact = None
        calls.append(merge(people.hub.context, people.ids["b"], people.ids["a"], STAFF))

    people.hub.table.before_transact = again
    unmerge(people.hub.context, merge_id, by="api")
    assert calls[0].result == "already"
    assert people.lives_as("b") == "b"


def test_a_message_in_flight_when_they_are_merged_lands_on_the_survivor(people: People) -> None:
    people.writes("a", "a1")
    first = people.writes("b", "b1")
    people.closes(first)
    event = people.say("late", "b2", phone=PHONES["b"], name="B", at=LATER)

    def join(_: Any) -> None:
        people.hub.table.before_transact = None
        people.merge("a", "b")

    people.hub.table.before_transact = join
    outcome = people.hub.record(event)
    assert living_profile(people.hub.table, people.hub.case(outcome.case)["customer"])["id"] == people.ids["a"]
    assert people.everything("a") == ["a1", "b2", "b1"] or people.everything("a") == ["a1", "b1", "b2"]
    assert outcome.case in people.profile("a")["cases"]


def test_a_merge_during_a_change_of_number_loses_neither(people: People, say: Say) -> None:
    people.writes("a")
    people.writes("b", bsuid="EC.b")
    people.knows("a", 2)
    new = {"kind": "phone", "value": "+593991234555", "address": "593991234555", "level": "channel"}
    old = {"kind": "phone", "value": f"+{PHONES['b']}", "address": PHONES["b"], "level": "channel"}
    moves = say("moves", None, kind="identity_change", identities=[new], previous_identities=[old], at=LATER)
    merged: list[str] = []

    def join(_: Any) -> None:
        people.hub.table.before_transact = None
        merged.append(people.merge("a", "b"))

    people.hub.table.before_transact = join
    people.hub.record(moves)
    lock = people.hub.table.get(keys.identity("phone", None, "+593991234555")).item
    assert lock["customer"] == people.ids["b"]
    assert "593991234555" in people.held("a")
    assert PHONES["b"] not in people.held("a")
    unmerge(people.hub.context, merged[0], by="api")
    assert sorted(people.held("b")) == ["593991234555", "EC.b"]
    assert people.held("a") == [PHONES["a"], "a0", "a1"]


def test_m8_both_directions_at_once_make_one_tombstone(contended_hub: Any, say: Say) -> None:
    people = People(contended_hub, say)
    for who in "ab":
        people.writes(who)
    pairs = [("a", "b"), ("b", "a")] * 4
    with ThreadPoolExecutor(8) as workers:
        done = list(
            workers.map(lambda pair: merge(people.hub.context, people.ids[pair[0]], people.ids[pair[1]], STAFF), pairs)
        )
    assert {one.survivor for one in done} == {people.ids["a"]}
    assert sum(1 for one in done if one.result == "merged") == 1
    assert len({one.merge for one in done}) == 1
    assert "merged_into" not in people.profile("a")
    assert people.profile("b")["merged_into"] == people.ids["a"]
    assert len(merges.records_of(people.hub.table, people.ids["a"])) == 1


def test_three_merged_pair_by_pair_at_once_are_one_without_a_circle(contended_hub: Any, say: Say) -> None:
    people = People(contended_hub, say)
    for who in "abcd":
        people.writes(who)
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "b"), ("c", "d")]
    with ThreadPoolExecutor(5) as workers:
        list(
            workers.map(lambda pair: merge(people.hub.context, people.ids[pair[0]], people.ids[pair[1]], STAFF), pairs)
        )
    assert {people.lives_as(who) for who in "abcd"} == {people.lives_as("a")}
    living = people.profile(people.lives_as("a"))
    assert sorted(living["family"]) == sorted(one for one in people.ids.values() if one != living["id"])
    assert living["merged"] == 3


def test_messages_merges_and_undoings_at_once_lose_and_mix_nothing(contended_hub: Any, say: Say) -> None:
    people = People(contended_hub, say)
    for who in "ab":
        people.writes(who, f"{who}0")
    people.closes(people.writes("b", "b00", LATER))

    def write(number: int) -> None:
        who = "ab"[number % 2]
        people.hub.record(say(f"{who}-{number}", f"{who}{number}", phone=PHONES[who], name=who.upper(), at=LATER))

    def part_and_join(_: int) -> None:
        done = merge(people.hub.context, people.ids["a"], people.ids["b"], STAFF)
        if done.merge:
            unmerge(people.hub.context, done.merge, by="api")

    def act(number: int) -> None:
        (part_and_join if number % 5 == 0 else write)(number)

    with ThreadPoolExecutor(6) as workers:
        list(workers.map(act, range(1, 41)))
    done = merge(people.hub.context, people.ids["a"], people.ids["b"], STAFF)
    unmerge(people.hub.context, done.merge or "", by="api")
    for record in merges.records_of(people.hub.table, people.ids["a"]):
        separate(people.hub.context, record["id"], lambda: True)
    written = [number for number in range(1, 41) if number % 5]
    for who, parity in (("a", 0), ("b", 1)):
        own = {f"{who}{number}" for number in written if number % 2 == parity}
        seen = people.everything(who)
        assert own <= set(seen)
        assert len(seen) == len(set(seen))
        assert all(text.startswith(who) for text in seen), seen


def test_conflicts_are_not_hidden(people: People) -> None:
    """What another writer changed between reading and writing is seen."""
    people.writes("a")
    people.writes("b")
    living, other = people.profile("a"), people.profile("b")
    people.writes("a", "neu", LATER, bsuid="EC.a")
    record = {"id": "x~1", "survivor": living["id"], "loser": other["id"], "at": "2026-11-22T10:00:00Z", "before": {}}
    with pytest.raises(Conflict):
        people.hub.table.transact(merges.merge_writes(living, other, {"family": [other["id"]]}, record))
