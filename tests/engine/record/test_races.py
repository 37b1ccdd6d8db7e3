"""Promise 3, at the use-case level: many workers, everything twice, in any order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.event import Event
from shared.store import keys

Say = Callable[..., Event]
PEOPLE, MESSAGES, WORKERS = 60, 3, 8


@pytest.mark.large
def test_sixty_people_write_three_messages_at_once_each_delivered_twice(contended_hub: Any, say: Say) -> None:
    hub = contended_hub
    events = [
        say(f"m{person}-{number}", phone=f"5939912345{person:02}", bsuid=f"EC.{person}")
        for person in range(PEOPLE)
        for number in range(MESSAGES)
    ] * 2
    random.Random(7).shuffle(events)
    with ThreadPoolExecutor(WORKERS) as workers:
        outcomes = list(workers.map(hub.record, events))

    results = Counter(outcome.result for outcome in outcomes)
    assert results == {"recorded": PEOPLE * MESSAGES, "copy": PEOPLE * MESSAGES}
    cases = {outcome.case for outcome in outcomes}
    assert len(cases) == PEOPLE
    assert len({hub.case(case)["customer"] for case in cases}) == PEOPLE
    for case in cases:
        assert [entry.sequence for entry in hub.log(case)] == [1, 2, 3]
        assert len({entry.message_id for entry in hub.log(case)}) == MESSAGES


def test_one_person_by_phone_and_scoped_id_at_once_holds_each_identity_once(contended_hub: Any, say: Say) -> None:
    hub = contended_hub
    hub.record(say("first", bsuid="EC.1"))
    shapes: list[dict[str, Any]] = [{}, {"bsuid": "EC.1"}, {"bsuid": "EC.1", "phone": None}]
    events = [say(f"m{number}", **shapes[number % 3]) for number in range(24)]
    with ThreadPoolExecutor(WORKERS) as workers:
        outcomes = list(workers.map(hub.record, events))
    cases = {outcome.case for outcome in outcomes}
    assert len(cases) == 1
    case = cases.pop()
    assert [entry.sequence for entry in hub.log(case)] == list(range(1, 26))
    assert len(hub.profile(hub.case(case)["customer"])["identities"]) == 2


def test_a_new_holder_and_the_phone_alone_at_once_never_split_the_phone(contended_hub: Any, say: Say) -> None:
    hub = contended_hub
    old = hub.record(say("first", bsuid="EC.1"))
    events = [say(f"n{n}", bsuid="EC.2") for n in range(6)] + [say(f"p{n}") for n in range(6)]
    random.Random(3).shuffle(events)
    with ThreadPoolExecutor(WORKERS) as workers:
        outcomes = list(workers.map(hub.record, events))
    holder = hub.table.table.get(keys.identity("phone", None, "+593991234567")).item["customer"]
    theirs = {outcome.case for event, outcome in zip(events, outcomes, strict=True) if event.message_id.startswith("n")}
    assert {hub.case(case)["customer"] for case in theirs} == {holder}
    assert holder != hub.case(old.case)["customer"]
    assert {outcome.case for outcome in outcomes} <= theirs | {old.case}


@pytest.mark.parametrize(
    ("phone", "again"), [("593991234567", "593991234567"), ("525512345678", "5215512345678")], ids=["same", "spelt"]
)
def test_a_number_is_given_up_for_good_while_a_change_says_that_it_stays(
    hub: Any, say: Say, phone: str, again: str
) -> None:
    """Between the reading of the former ids and of the new ones, which are the same."""
    case = hub.record(say("m1", phone=phone)).case

    def changed(message: str, old: str, new: str) -> Any:
        former, now = ({"kind": "phone", "value": f"+{one}", "address": one, "level": "channel"} for one in (old, new))
        more = {"kind": "identity_change", "author": {"type": "system"}, "name": None, "phone": None}
        return hub.record(say(message, None, identities=[now], previous_identities=[former], **more))

    lock, reads = keys.identity("phone", None, f"+{phone}"), 0

    def meanwhile(key: Any) -> None:
        nonlocal reads
        reads += key == lock
        if reads == 2:
            hub.table.before_get = None
            assert changed("gone", phone, "593991234560").result == "recorded"

    hub.table.before_get = meanwhile
    changed("stays", phone, again)
    assert hub.table.table.get(lock).item is None
    [held] = [one for one in hub.profile(hub.case(case)["customer"])["identities"] if not one.get("until")]
    assert held["value"] == "+593991234560"
