"""Every connector ends up holding every entry of a case once and in order, whatever failed on the way."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import Any

import pytest

from shared.application.breaker import Breaker
from shared.application.park import with_attempt
from shared.application.places import Places
from shared.application.retry import due_text
from shared.application.trigger import Trigger
from shared.domain.errors import Malformed, Misconfigured, Permanent, Transient, Unwelcome
from shared.domain.merging import MAX_FAMILY
from shared.ports.table import Delete
from shared.store import keys, line

OPENING = ("opening", "k1", 0)
CONTACT = ("contact", "c1", 1)


def entry(sequence: int, case: str = "k1") -> tuple[str, str, int]:
    return ("entry", case, sequence)


def settled(cursor: dict[str, Any]) -> bool:
    left = {"lease", "pushing", "due_pk", "due_sk", "attempts", "error", "deaths"}
    return not left & set(cursor)


def redriven(letter: dict[str, Any]) -> Trigger:
    """What redriving this letter puts on the queue."""
    return Trigger(**json.loads(letter["body"]), attempt=letter["attempts"] + 1)


def test_first_trigger_tells_contact_opening_and_entries_in_order(world: Any) -> None:
    assert world.sync(world.case(entries=3)) == "pushed"

    assert world.tool.holds == [CONTACT, OPENING, entry(1), entry(2), entry(3)]
    assert world.tool.retried() == []
    assert world.cursor()["pushed"] == 3
    assert world.cursor()["remote_id"] == "ticket-k1"
    assert world.cursor()["customer"] == "c1"
    assert world.contact()["remote_id"] == "contact-c1"
    assert world.contact()["url"] == "https://tool.example.com/c1"
    assert settled(world.cursor())
    assert settled(world.contact())


def test_remote_things_lead_back_to_ours(world: Any) -> None:
    world.sync(world.case(entries=1))

    ticket = world.item(keys.remote("demo", "case", "ticket-k1"))
    contact = world.item(keys.remote("demo", "contact", "contact-c1"))
    assert (ticket["case"], ticket["customer"]) == ("k1", "c1")
    assert contact["customer"] == "c1"


def test_second_trigger_changes_nothing(world: Any) -> None:
    trigger = world.case(entries=2)
    world.sync(trigger)
    before, world.table.writes = list(world.tool.calls), 0

    assert world.sync(trigger) == "level"

    assert world.tool.calls == before
    assert world.table.writes == 0


def test_one_new_entry_costs_five_reads_and_two_writes(world: Any) -> None:
    means = world.process()
    world.sync(world.case(entries=1), means=means)
    trigger = world.say()
    world.table.reads = world.table.writes = 0

    assert world.sync(trigger, means=means) == "pushed"

    assert (world.table.reads, world.table.writes) == (5, 2)
    assert world.tool.entries() == [1, 2]


def test_more_entries_than_a_page_are_told_in_order(world: Any) -> None:
    world.sync(world.case(entries=53))

    assert world.tool.entries() == list(range(1, 54))
    assert settled(world.cursor())


def test_a_case_of_exactly_one_page_ends_level(world: Any) -> None:
    world.sync(world.case(entries=25))

    assert world.tool.entries() == list(range(1, 26))
    assert settled(world.cursor())


def test_what_came_from_the_tool_never_returns_to_it(world: Any) -> None:
    world.case(entries=1)
    world.say(channel="demo")

    world.sync(world.say())

    assert world.tool.entries() == [1, 3]
    assert world.cursor()["pushed"] == 3


LOST = {"kind": "state_change", "provider_type": "merge", "flags": ["refused", "ticket_lost"], "text": "ticket-k2"}


@pytest.mark.parametrize("dies", [False, True], ids=["at once", "by another worker"])
def test_a_case_whose_ticket_became_anothers_goes_on_in_a_new_one(world: Any, dies: bool) -> None:
    world.sync(world.case(entries=1))
    world.say(channel="demo", **LOST)
    trigger = world.say()
    world.tool.holds.remove(OPENING)  # what the tool has is another's now
    world.tool.tickets["k1"] = "ticket-new"
    if dies:
        world.tool.loses[OPENING] = Transient("no answer")
        assert world.sync(trigger) == "waiting"
        world.pass_time(600)
        world.sync(trigger)
    else:
        assert world.sync(trigger) == "pushed"
    assert (world.tool.entries(), world.tool.holds.count(OPENING), world.tool.doubled) == ([1, 3], 1, [])
    assert (world.cursor()["pushed"], world.cursor()["remote_id"]) == (3, "ticket-new")
    assert settled(world.cursor())
    assert world.item(keys.remote("demo", "case", "ticket-new"))["case"] == "k1"


def test_outage_keeps_order_and_skips_nothing(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.down = Transient("503")
    assert world.sync(trigger) == "waiting"
    assert world.sync(world.say()) == "waiting"
    world.tool.down = None
    world.pass_time(3600)

    assert world.sync(trigger) == "pushed"

    assert world.tool.holds == [CONTACT, OPENING, entry(1), entry(2), entry(3)]
    assert settled(world.cursor())


def test_each_failure_waits_longer_by_the_schedule(world: Any) -> None:
    trigger = world.case(entries=1)
    world.sync(trigger)
    trigger = world.say()
    waits = []
    for _ in range(10):
        world.tool.faults = {entry(2): [Transient("503")]}
        assert world.sync(trigger) == "waiting"
        due_at = world.cursor()["due_sk"].partition("#")[0]
        waits.append(next(wait for wait in DELAYS if due_text(world.now + wait) == due_at))
        world.pass_time(waits[-1])

    assert waits == [*DELAYS, 86_400]
    assert world.cursor()["attempts"] == 10
    assert world.cursor()["error"] == "Transient: 503"
    assert world.sync(trigger) == "pushed"
    assert settled(world.cursor())


DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


@pytest.mark.parametrize(("asked_s", "waited_s"), [(120, 120), (2, 5), (10**9, 7 * 86_400), (None, 5)])
def test_tool_is_not_asked_again_before_the_time_it_named(world: Any, asked_s: float | None, waited_s: int) -> None:
    world.sync(world.case(entries=1))
    trigger = world.say()
    world.tool.faults = {entry(2): [Transient("429", asked_s)]}
    world.sync(trigger)

    world.pass_time(waited_s - 1)
    assert world.sync(trigger) == "waiting"
    assert world.tool.entries() == [1]
    world.pass_time(1)
    assert world.sync(trigger) == "pushed"


def test_lost_answer_makes_the_next_one_look_before_it_creates(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.loses = {thing: Transient("timeout") for thing in (CONTACT, OPENING, entry(1))}
    for _ in range(4):
        world.sync(trigger)
        world.pass_time(3600)

    assert world.tool.holds == [CONTACT, OPENING, entry(1), entry(2)]
    # The opening looks twice: its intent was there already when the contact's answer was lost.
    assert world.tool.retried() == [CONTACT, OPENING, OPENING, entry(1)]
    assert world.tool.doubled == []


def test_poison_entry_becomes_a_letter_and_the_rest_goes_on(world: Any) -> None:
    trigger = world.case(entries=3)
    world.tool.faults = {entry(2): [Permanent("422: refused")]}

    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [1, 3]
    [letter] = world.letters()
    assert (letter["error"], letter["reason"], letter["origin"]) == ("Permanent", "422: refused", "crm_sync")
    assert letter["trace_id"] == "trace-1"
    assert json.loads(letter["body"])["entry"] == 2
    assert settled(world.cursor())


def test_entry_refused_again_and_again_becomes_a_letter_while_the_tool_takes_other_things(world: Any) -> None:
    trigger = world.case(entries=3)
    begun = world.now
    world.tool.faults = {entry(2): [Unwelcome("422")] * 6}
    for tries in range(1, 6):
        assert world.sync(trigger) == "waiting"
        assert (world.tool.entries(), world.cursor()["attempts"]) == ([1], tries)
        world.pass_time(60)

    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [1, 3]
    assert [letter["error"] for letter in world.letters()] == ["Unwelcome"]
    assert world.now - begun < 600, "no customer waits long behind one message"


def test_tool_that_refuses_everything_is_waited_for_and_nothing_is_skipped(world: Any) -> None:
    world.breaker = Breaker("demo", world.table, world.clock, world.metrics)
    trigger = world.case(entries=3)
    world.tool.faults = {entry(1): [Unwelcome("422")] * 20}
    for _ in range(20):
        assert world.sync(trigger) == "waiting"
        world.pass_time(400)
    assert world.letters() == []

    assert world.sync(trigger) == "pushed"
    assert world.tool.entries() == [1, 2, 3]


def test_redrive_of_a_letter_tells_exactly_that_entry(world: Any) -> None:
    trigger = world.case(entries=3)
    world.tool.faults = {entry(2): [Permanent("422")]}
    world.sync(trigger)
    [letter] = world.letters()
    told = len(world.tool.calls)

    assert world.sync(redriven(letter)) == "pushed"

    assert world.tool.calls[told:] == [(entry(2), True)]
    assert world.cursor()["pushed"] == 3
    assert settled(world.cursor())


@pytest.mark.parametrize("fault", [Transient("503"), Permanent("422"), Misconfigured("401"), ValueError("no")])
def test_redrive_that_fails_is_a_letter_again(world: Any, fault: Exception) -> None:
    trigger = world.case(entries=2)
    world.tool.faults = {entry(2): [Permanent("422")]}
    world.sync(trigger)
    [letter] = world.letters()
    world.tool.faults = {entry(2): [fault, fault]}

    assert world.sync(redriven(letter)) == "blocked"

    [again] = world.letters()
    assert again["sk"] == letter["sk"]
    assert again["attempts"] == 2
    assert world.cursor()["pushed"] == 2
    assert "lease" not in world.cursor()


@pytest.mark.parametrize("thing", [entry(1), OPENING])
def test_a_letter_that_went_with_its_redrive_comes_back_with_its_attempts(world: Any, thing: Any) -> None:
    trigger = world.case(entries=1)
    world.tool.faults = {thing: [Permanent("422")] * 3}
    world.sync(trigger)
    [first] = world.letters()
    for attempts in (2, 3):
        [letter] = world.letters()
        world.table.table.transact([Delete((letter["pk"], letter["sk"]))])
        assert world.follow(with_attempt(letter["body"], attempts, letter["first_at"])) == "blocked"
        [again] = world.letters()
        assert (again["attempts"], again["first_at"], again["id"]) == (attempts, first["first_at"], first["id"])


def test_redrive_while_another_works_is_a_letter_again_and_takes_nothing(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.faults = {entry(2): [Permanent("422")]}
    world.sync(trigger)
    [letter] = world.letters()
    world.put(world.cursor() | {"lease": int(world.now) + 30})

    assert world.sync(redriven(letter)) == "blocked"

    assert world.letters()[0]["attempts"] == 2
    assert world.cursor()["lease"] == int(world.now) + 30


def test_error_of_ours_is_tried_once_more_and_may_then_pass(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.faults = {entry(1): [KeyError("phone +12025550100")]}

    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [1, 2]
    assert world.tool.retried() == [entry(1)]
    assert world.letters() == []


def test_error_of_ours_met_twice_is_a_defect_without_the_errors_text(world: Any) -> None:
    trigger = world.case(entries=2)
    world.tool.faults = {entry(1): [KeyError("+12025550100"), KeyError("+12025550100")]}

    assert world.sync(trigger) == "pushed"

    [letter] = world.letters()
    assert letter["error"] == "Defect"
    assert "KeyError" in letter["reason"]
    assert "5550100" not in str(letter)
    assert world.tool.entries() == [2]


def test_entry_that_cannot_be_read_is_a_defect_and_the_rest_goes_on(world: Any) -> None:
    trigger = world.case(entries=2)
    broken = world.item(keys.entry("k1", 1))
    world.put(broken | {"event": '{"not": "an event"}'})

    assert world.sync(trigger) == "pushed"

    assert world.tool.entries() == [2]
    assert [letter["error"] for letter in world.letters()] == ["Defect"]


@pytest.mark.parametrize("thing", [CONTACT, OPENING])
def test_refused_contact_or_opening_blocks_the_case_with_one_letter(world: Any, thing: Any) -> None:
    trigger = world.case(entries=1)
    world.tool.faults = {thing: [Permanent("422"), Permanent("422")]}
    assert world.sync(trigger) == "blocked"
    world.pass_time(86_400)
    assert world.sync(trigger) == "blocked"

    [letter] = world.letters()
    assert letter["attempts"] == 2
    assert world.sync(redriven(letter)) == "pushed"
    assert world.tool.holds == [CONTACT, OPENING, entry(1)]


def test_refused_update_of_a_contact_does_not_hold_up_the_case(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.customer(version=2)
    world.tool.faults = {("contact", "c1", 2): [Permanent("422")]}

    assert world.sync(world.say()) == "pushed"

    assert world.tool.entries() == [1, 2]
    [letter] = world.letters()
    assert json.loads(letter["body"]) == {"connector": "demo", "customer": "c1", "version": 2}
    assert world.sync(redriven(letter)) == "pushed"
    assert ("contact", "c1", 2) in world.tool.holds


def test_refused_credentials_stop_the_connector_with_one_alarm(world: Any) -> None:
    first, second = world.case(entries=1), world.case(entries=1, case="k2", customer="c2")
    world.tool.down = Misconfigured("401")
    assert world.sync(first) == "waiting"
    assert world.sync(second) == "waiting"

    assert world.metrics["connector_stopped"] == 1
    assert len(world.tool.calls) == 1
    assert world.letters() == []
    world.tool.down = None
    world.pass_time(301)
    assert [world.sync(first), world.sync(second)] == ["pushed", "pushed"]
    assert world.tool.entries("k1") == world.tool.entries("k2") == [1]


def test_contact_is_told_before_the_entries_when_it_grew_newer(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.customer(version=2)

    world.sync(world.say())

    assert world.tool.holds[-2:] == [("contact", "c1", 2), entry(2)]
    assert world.contact()["version"] == 2


def test_customers_trigger_updates_a_contact_that_was_told(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.customer(version=2)

    assert world.sync(Trigger("demo", "c1", version=2)) == "pushed"

    assert world.tool.holds[-1] == ("contact", "c1", 2)
    assert world.sync(Trigger("demo", "c1", version=2)) == "level"


def test_customers_trigger_tells_nobody_of_people_without_a_case_there(world: Any) -> None:
    world.customer(version=2)

    assert world.sync(Trigger("demo", "c1", version=2)) == "level"

    assert world.tool.calls == []
    assert world.contact() == {}


def test_customers_trigger_that_fails_waits_on_the_contacts_own_cursor(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.customer(version=2)
    world.tool.loses = {("contact", "c1", 2): Transient("timeout")}

    assert world.sync(Trigger("demo", "c1", version=2)) == "waiting"
    contact = world.contact()
    assert contact["due_sk"].startswith(due_text(world.now + 5))
    assert (contact["pushing"], contact["attempts"], contact["version"]) == (2, 1, 1)
    assert world.sync(Trigger("demo", "c1", version=2)) == "waiting"
    world.pass_time(5)
    assert world.sync(Trigger("demo", "c1", due=due_text(world.now))) == "pushed"
    assert world.tool.retried() == [("contact", "c1", 2)]
    assert settled(world.contact())


def test_merged_customer_is_told_as_the_survivor(world: Any) -> None:
    trigger = world.case(entries=1)
    world.customer("c2")
    world.customer(version=2, merged_into="c2")

    world.sync(trigger)

    assert world.tool.holds[0] == ("contact", "c2", 1)
    assert world.tool.entries() == [1]


def test_a_chain_of_merged_customers_may_be_as_long_as_a_family(world: Any) -> None:
    trigger = world.case(entries=1)
    chain = ["c1", *(f"m{number}" for number in range(MAX_FAMILY - 2)), "living"]
    for one, into in pairwise(chain):
        world.customer(one, merged_into=into)
    world.customer("living")

    world.sync(trigger)

    assert world.tool.entries() == [1]


def test_customers_merged_in_a_ring_do_not_turn_for_ever(world: Any) -> None:
    trigger = world.case(entries=1)
    world.customer("c1", merged_into="c1")

    with pytest.raises(Permanent, match="ring"):
        world.sync(trigger)


def test_push_goes_on_in_a_trigger_of_its_own_when_time_is_nearly_up(world: Any) -> None:
    world.tool.takes_s, world.tool.spend = 10, world.pass_time
    trigger = world.case(entries=8)

    assert world.sync(trigger) == "continued"
    assert world.tool.entries() == [1, 2, 3]  # contact and opening took their time too
    assert settled(world.cursor())
    [more] = world.queues.take()
    assert (more.pushed, more.sequence, more.customer) == (3, 8, "c1")
    while more:
        world.sync(more)
        more = next(iter(world.queues.take()), None)

    assert world.tool.entries() == list(range(1, 9))
    assert world.tool.retried() == []


def test_one_thing_is_told_even_in_the_shortest_time(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.say()

    assert world.sync(world.say(), limit_s=1) == "continued"

    assert world.tool.entries() == [1, 2]


def test_continuation_that_cannot_be_sent_returns_the_trigger(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.say()
    trigger = world.say()
    world.queues.refuses = 1

    with pytest.raises(Transient):
        world.sync(trigger, limit_s=1)
    world.queues.refuses = 0
    assert world.sync(trigger) == "pushed"
    assert world.tool.entries() == [1, 2, 3]


def test_whoever_meets_a_live_lease_leaves_a_due_time_and_ends(world: Any) -> None:
    world.sync(world.case(entries=1))
    trigger = world.say()
    lease = int(world.now) + 65
    world.put(world.cursor() | {"lease": lease, "pushing": 2})

    assert world.sync(trigger) == "waiting"

    assert world.cursor()["due_sk"].startswith(due_text(lease))
    assert world.tool.entries() == [1]
    world.pass_time(66)
    assert world.sync(trigger) == "pushed"
    assert world.tool.retried() == [entry(2)]
    assert settled(world.cursor())


def test_due_time_set_while_the_owner_works_outlives_its_end(world: Any) -> None:
    world.sync(world.case(entries=1))
    trigger = world.say()

    def somebody_knocks(thing: Any) -> None:
        world.tool.on_call = lambda _: None
        assert world.sync(world.say()) == "waiting"

    world.tool.on_call = somebody_knocks
    assert world.sync(trigger) == "pushed"

    assert world.cursor()["due_sk"]
    assert "lease" not in world.cursor()
    assert world.sync(Trigger("demo", "c1", case="k1", due="2027-01-15T08:00:00Z")) in ("pushed", "level")
    assert world.tool.entries() == [1, 2, 3]
    assert settled(world.cursor())


def test_contact_another_worker_is_telling_is_waited_for(world: Any) -> None:
    trigger = world.case(entries=1)
    pk, sk = keys.reference_to_contact("c1", "demo")
    world.put({"pk": pk, "sk": sk, "version": 0, "pushing": 1, "lease": int(world.now) + 30})

    assert world.sync(trigger) == "waiting"
    assert world.tool.calls == []
    assert "attempts" not in world.cursor() or world.cursor()["attempts"] == 0
    world.pass_time(31)
    assert world.sync(trigger) == "pushed"
    assert CONTACT in world.tool.retried()
    assert world.tool.holds == [CONTACT, OPENING, entry(1)]


def test_whoever_comes_second_to_the_cursor_reads_anew(world: Any) -> None:
    world.sync(world.case(entries=1))
    trigger = world.say()
    world.table.writes = 0

    def another_is_quicker() -> None:
        if world.table.writes == 1:  # about to take what was read
            world.table.before = lambda: None
            assert world.sync(trigger) == "pushed"

    world.table.before = another_is_quicker
    assert world.sync(trigger) == "level"

    assert [thing for thing, _ in world.tool.calls] == [CONTACT, OPENING, entry(1), entry(2)]


def test_two_workers_at_once_tell_everything_once(fresh_world: Any) -> None:
    for _ in range(5):
        world = fresh_world()
        trigger = world.case(entries=6)
        barrier = threading.Barrier(2)
        ends: list[str] = []

        def work(world: Any = world, trigger: Any = trigger, barrier: Any = barrier, ends: Any = ends) -> None:
            means = world.process()
            barrier.wait()
            ends.append(world.sync(trigger, means=means))

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert len(ends) == 2
        assert set(ends) <= {"pushed", "waiting", "level"}
        assert [thing for thing, _ in world.tool.calls] == [CONTACT, OPENING, *map(entry, range(1, 7))]


def test_over_the_cap_a_trigger_becomes_a_due_time(world: Any) -> None:
    first, second = world.case(entries=1), world.case(entries=1, case="k2", customer="c2")
    world.cap = 1
    ends = []

    def another_arrives(thing: Any) -> None:
        world.tool.on_call = lambda _: None
        ends.append(world.sync(second))

    world.tool.on_call = another_arrives
    assert world.sync(first) == "pushed"

    assert ends == ["waiting"]
    assert world.cursor("k2")["due_sk"]
    world.pass_time(60)
    assert world.sync(second) == "pushed"
    assert world.tool.entries("k2") == [1]


def held_up(world: Any, *triggers: Trigger) -> None:
    """They come while the only place is taken, and wait."""
    world.cap = 1
    pk, sk = keys.connector_slot("demo", 0)
    world.put({"pk": pk, "sk": sk, "lease": int(world.now) + 1})
    for trigger in triggers:
        assert world.sync(trigger) == "waiting"
    world.put({"pk": pk, "sk": sk, "lease": 0})


def in_line(world: Any) -> list[Any]:
    return [one.cursor[0] for one in line.first(world.table.table, "demo", 9)]


def test_who_leaves_a_place_sends_for_the_one_who_has_waited_longest(world: Any) -> None:
    first, *others = (world.case(entries=1, case=f"k{n}", customer=f"c{n}") for n in (1, 2, 3))
    held_up(world, others[1])
    world.pass_time(1)
    held_up(world, others[0])
    world.queues.take()

    assert world.sync(first) == "pushed"
    for waited in ("k3", "k2"):
        [sent_for] = world.queues.take()
        assert (sent_for.case, sent_for.due) == (waited, world.cursor(waited)["due_sk"].partition("#")[0])
        assert world.sync(sent_for) == "pushed"
    assert world.queues.take() == []
    assert in_line(world) == []


def test_a_place_that_comes_free_while_somebody_goes_to_stand_in_line_is_theirs(world: Any) -> None:
    trigger = world.case(entries=1)
    world.cap = 1
    pk, sk = keys.connector_slot("demo", 0)
    world.put({"pk": pk, "sk": sk, "lease": int(world.now) + 30})

    def comes_free() -> None:
        if in_line(world):
            world.table.after = lambda: None
            world.put({"pk": pk, "sk": sk, "lease": 0})

    world.table.after = comes_free
    assert world.sync(trigger) == "waiting"
    assert [world.sync(sent_for) for sent_for in world.queues.take()] == ["pushed"]


def test_a_contact_that_waits_for_a_place_is_sent_for(world: Any) -> None:
    world.sync(world.case(entries=1))
    world.customer(version=2)
    held_up(world, Trigger("demo", "c1", version=2))
    world.sync(world.case(entries=1, case="k2", customer="c2"))
    [sent_for] = world.queues.take()
    assert (sent_for.customer, sent_for.case) == ("c1", None)
    assert world.sync(sent_for) == "pushed"


def test_one_whose_last_push_failed_is_sent_for_too(world: Any) -> None:
    world.tool.faults = {entry(1): [Transient("timeout")]}
    trigger = world.case(entries=1)
    assert world.sync(trigger) == "waiting"
    world.pass_time(60)
    held_up(world, trigger)
    world.sync(world.case(entries=1, case="k2", customer="c2"))
    assert [world.sync(sent_for) for sent_for in world.queues.take()] == ["pushed"]


def test_nobody_stands_in_line_twice_and_who_was_seen_to_meanwhile_is_passed_over(world: Any) -> None:
    triggers = [world.case(entries=1, case=f"k{n}", customer=f"c{n}") for n in (1, 2, 3)]
    held_up(world, triggers[1])
    world.pass_time(60)
    held_up(world, triggers[1])
    assert in_line(world) == ["CAS#k2"]
    world.pass_time(60)
    held_up(world, triggers[2])
    world.cap = None
    assert world.sync(triggers[1]) == "pushed"
    world.cap = 1
    assert world.sync(triggers[0]) == "pushed"
    assert [sent_for.case for sent_for in world.queues.take()] == ["k3"]
    assert in_line(world) == []


def test_beside_calls_that_hang_a_trigger_becomes_a_due_time_and_no_failure(world: Any) -> None:
    first, second = world.case(entries=1), world.case(entries=1, case="k2", customer="c2")
    world.places = Places(1, world.clock)
    ends = []

    def hangs_while_another_arrives(thing: Any) -> None:
        world.tool.on_call = lambda _: None
        world.pass_time(5)
        ends.append(world.sync(second))

    world.tool.on_call = hangs_while_another_arrives
    assert world.sync(first) == "pushed"

    assert ends == ["waiting"]
    assert world.cursor("k2")["due_sk"]
    assert world.metrics["sync_failed"] == 0
    world.pass_time(60)
    assert world.sync(second) == "pushed"


def test_place_under_the_cap_comes_free_when_its_holder_died(world: Any) -> None:
    trigger = world.case(entries=1)
    world.cap = 1
    pk, sk = keys.connector_slot("demo", 0)
    world.put({"pk": pk, "sk": sk, "lease": int(world.now) + 30})

    assert world.sync(trigger) == "waiting"
    world.pass_time(31)
    assert world.sync(trigger) == "pushed"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("not json", Malformed),
        ("[" * 100_000, Malformed),
        ("[]", Malformed),
        ("{}", Malformed),
        ('{"connector": "demo", "customer": 7}', Malformed),
        ('{"connector": "demo", "customer": "c1", "case": "k1", "sequence": "x"}', Malformed),
        ('{"connector": "demo", "customer": "c1", "entry": 2}', Malformed),
        ('{"connector": "demo", "customer": "c1", "case": "unknown"}', Permanent),
        ('{"connector": "demo", "customer": "unknown", "version": 2}', Permanent),
    ],
)
def test_trigger_nobody_can_follow_is_refused(world: Any, body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        world.follow(body)


def test_trigger_for_a_connector_that_is_gone_is_refused_aloud(world: Any) -> None:
    with pytest.raises(Misconfigured):
        world.follow('{"connector": "gone", "customer": "c1", "case": "k1"}', means_of=lambda _: None)
