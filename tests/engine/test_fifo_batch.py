"""One batch of a FIFO queue: who is taken, who is given back, what is parked, whatever goes wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.application.fifo_batch import MAX_SUDDEN_ENDS, SUSPICIOUS_RECEIVES, FifoBatch
from shared.domain.errors import Conflict, HubError, Malformed, Misconfigured, Permanent, Transient
from shared.ports.table import Cost, Delete, Found, Key, Table
from shared.store import dead_letters, keys

SECRET = "593991234567"
OFTEN = SUSPICIOUS_RECEIVES + 1


class Killed(BaseException):
    """The function ended without a word: out of memory, out of time."""


def record(name: str, group: str, receives: int = 1) -> dict[str, Any]:
    attributes = {"MessageGroupId": group, "ApproximateReceiveCount": str(receives), "SentTimestamp": "1795341600000"}
    return {"messageId": name, "body": name, "attributes": attributes}


class Broken:
    """A table that refuses writes to keys that begin so."""

    def __init__(self, table: Table, start: str, error: Exception) -> None:
        self.table, self.start, self.error = table, start, error

    def get(self, key: Key) -> Found:
        return self.table.get(key)

    def transact(self, operations: Any) -> Cost:
        if operations[0].key[0].startswith(self.start):
            raise self.error
        return self.table.transact(operations)


@dataclass
class Bench:
    """`does`: what each message does when it is taken, once for each time; nothing left to do is an end."""

    table: Table
    does: dict[str, list[BaseException]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        assert SECRET not in str(dimensions)
        self.counted[name] += int(value)

    def take(self, body: str) -> None:
        self.taken.append(body)
        if self.does.get(body):
            raise self.does[body].pop(0)

    def run(self, *records: dict[str, Any], table: Any = None) -> list[str]:
        batch = FifoBatch(table or self.table, self, "intake", "inbound", "trace", lambda: "2026-11-22T10:00:00Z")
        answer = batch.run(records, self.take)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def letters(self) -> dict[str, dict[str, Any]]:
        found = (dead_letters.of_day(self.table, *day) for day in dead_letters.days(self.table))
        return {letter["body"]: letter for day in found for letter in day}

    def attempts(self, name: str) -> int | None:
        item = self.table.get(keys.attempt(name)).item
        return None if item is None else int(item["attempts"])


@pytest.fixture
def bench(table: Table) -> Bench:
    return Bench(table)


BATCH = [record("a1", "a"), record("b1", "b"), record("a2", "a"), record("b2", "b"), record("a3", "a")]
ALL = ["a1", "b1", "a2", "b2", "a3"]
Case = tuple[dict[str, list[BaseException]], list[str], list[str], dict[str, str]]

CASES: dict[str, Case] = {
    # what fails: (what each does, who is taken, who is given back, who is parked as what)
    "nothing": ({}, ALL, [], {}),
    "a head that must wait": ({"a1": [Transient("busy")]}, ["a1", "b1", "b2"], ["a1", "a2", "a3"], {}),
    "the middle that must wait": ({"a2": [Transient("busy")]}, ["a1", "b1", "a2", "b2"], ["a2", "a3"], {}),
    "the last that must wait": ({"a3": [Transient("busy")]}, ALL, ["a3"], {}),
    "both groups": (
        {"a1": [Transient("busy")], "b2": [Transient("busy")]},
        ["a1", "b1", "b2"],
        ["a1", "a2", "b2", "a3"],
        {},
    ),
    "malformed": ({"a1": [Malformed("no id")]}, ALL, [], {"a1": "Malformed"}),
    "permanent": ({"a2": [Permanent("gone")]}, ALL, [], {"a2": "Permanent"}),
    "misconfigured": ({"a2": [Misconfigured("no key")]}, ALL, [], {"a2": "Misconfigured"}),
    "a conflict that came out": ({"a2": [Conflict("raced")]}, ALL, [], {"a2": "Conflict"}),
    "unforeseen once": ({"a1": [ValueError(SECRET)]}, ["a1", *ALL], [], {}),
    "unforeseen twice": (
        {"a1": [ValueError(SECRET), KeyError(SECRET)]},
        ["a1", *ALL],
        [],
        {"a1": "Defect"},
    ),
    "unforeseen, then it must wait": (
        {"a1": [ValueError(SECRET), Transient("busy")]},
        ["a1", "a1", "b1", "b2"],
        ["a1", "a2", "a3"],
        {},
    ),
    "unforeseen, then malformed": (
        {"a1": [ValueError(SECRET), Malformed("no id")]},
        ["a1", *ALL],
        [],
        {"a1": "Malformed"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_message_comes_to_its_end_or_back_to_its_queue(bench: Bench, case: Case) -> None:
    does, taken, back, parked = case
    bench.does = {name: list(errors) for name, errors in does.items()}
    assert bench.run(*BATCH) == back
    assert bench.taken == taken
    assert {name: letter["error"] for name, letter in bench.letters().items()} == parked
    assert bench.counted["dead_letters"] == len(parked)
    assert SECRET not in str(bench.letters())


def test_a_letter_says_where_the_message_came_from_and_grows_with_each_failure(bench: Bench) -> None:
    for _ in range(2):
        bench.does = {"a1": [Malformed("no id")]}
        bench.run(BATCH[0])
    (letter,) = bench.letters().values()
    parts = ("origin", "queue", "group", "error", "reason", "trace_id", "first_at", "attempts")
    assert [letter[part] for part in parts] == [
        "intake", "inbound", "a", "Malformed", "no id", "trace", "2026-11-22T10:00:00Z", 2,
    ]  # fmt: skip


REFUSALS: list[HubError] = [Transient("table down"), Permanent("refused")]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("faults", [[Malformed("no id")], [ValueError(), ValueError()]], ids=["known", "unforeseen"])
def test_what_cannot_be_parked_stays_on_its_queue_and_stops_its_group_alone(
    bench: Bench, refusal: HubError, faults: list[BaseException]
) -> None:
    bench.does = {"a1": list(faults)}
    assert bench.run(*BATCH, table=Broken(bench.table, "DLQ#", refusal)) == ["a1", "a2", "a3"]
    assert bench.taken[-2:] == ["b1", "b2"]
    bench.does = {"a1": list(faults)}
    assert bench.run(*BATCH) == []
    assert list(bench.letters()) == ["a1"]


def test_a_letter_without_its_day_is_never_left_behind(bench: Bench) -> None:
    bench.does = {"a1": [Malformed("no id")]}
    bench.run(BATCH[0], table=Broken(bench.table, "DLQDAYS", Transient("table down")))
    day = keys.dead_letter("intake", "2026-11-22", "")[0]
    assert bench.table.query(day).items == []


# sudden ends


def run_until_killed(bench: Bench, *records: dict[str, Any]) -> bool:
    try:
        bench.run(*records)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("place", [0, 1, 2], ids=["head", "second", "third"])
def test_what_kills_the_function_is_parked_wherever_it_stands(bench: Bench, place: int) -> None:
    names = ["a1", "a2", "a3"]
    bench.does = {names[place]: [Killed() for _ in range(50)]}
    deaths = 0
    for receives in range(1, 20):
        if not run_until_killed(bench, *(record(name, "a", receives) for name in names)):
            break
        deaths += 1
    assert deaths == SUSPICIOUS_RECEIVES + MAX_SUDDEN_ENDS
    assert [letter["error"] for letter in bench.letters().values()] == ["Defect"]
    assert list(bench.letters()) == [names[place]]
    assert [bench.attempts(name) for name in names] == [None, None, None]


def test_a_long_outage_is_no_sudden_end(bench: Bench) -> None:
    for receives in range(1, 40):
        bench.does = {"a1": [Transient("down")]}
        assert bench.run(record("a1", "a", receives), record("a2", "a", receives)) == ["a1", "a2"]
    assert bench.run(record("a1", "a", 40), record("a2", "a", 40)) == []
    assert bench.letters() == {}


def test_only_what_was_begun_is_counted(bench: Bench) -> None:
    bench.does = {"a1": [Transient("down")]}
    bench.run(record("a1", "a", OFTEN), record("a2", "a", OFTEN), record("b1", "b"))
    assert (bench.attempts("a1"), bench.attempts("a2"), bench.attempts("b1")) == (0, None, None)


def test_an_unreachable_table_grants_a_poison_no_more_beginnings(bench: Bench) -> None:
    for _ in range(10):
        assert bench.run(record("a1", "a", OFTEN), table=Broken(bench.table, "ATT#", Transient("down"))) == ["a1"]
    assert bench.taken == []
    bench.does = {"a1": [Killed() for _ in range(50)]}
    deaths = 0
    while run_until_killed(bench, record("a1", "a", OFTEN)):
        deaths += 1
    assert deaths == MAX_SUDDEN_ENDS


def test_a_count_that_cannot_be_written_is_never_taken_back(bench: Bench) -> None:
    class NoCounting(Broken):
        def transact(self, operations: Any) -> Cost:
            adds = getattr(operations[0], "add", {})
            if adds.get("attempts") == 1:
                raise self.error
            return self.table.transact(operations)

    for _ in range(5):
        bench.run(record("a1", "a", OFTEN), table=NoCounting(bench.table, "", Transient("down")))
    assert bench.attempts("a1") is None


def test_a_count_that_cannot_be_removed_gives_the_message_back_as_a_copy(bench: Bench) -> None:
    class NoDeleting(Broken):
        def transact(self, operations: Any) -> Cost:
            if isinstance(operations[0], Delete):
                raise self.error
            return self.table.transact(operations)

    assert bench.run(record("a1", "a", OFTEN), table=NoDeleting(bench.table, "", Transient("down"))) == ["a1"]
    assert bench.run(record("a1", "a", OFTEN)) == []
    assert bench.taken == ["a1", "a1"]
    assert bench.attempts("a1") is None
