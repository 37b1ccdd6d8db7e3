"""Workers that take turns: the same choices give the same run, and every order is visited."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from local.memory.interleave import Choose, Turns, by_list, every_order
from local.memory.table import MemoryTable
from local.memory.watched import WatchedTable
from shared.domain.errors import Conflict
from shared.ports.table import Equals, Update

COUNTER = ("COUNTER", "N")


def spelled(choose: Choose) -> str:
    """Two workers who say three letters each, with a turn before each."""
    turns = Turns(choose)
    said: list[str] = []

    def worker(letters: str) -> Callable[[], None]:
        def work() -> None:
            for letter in letters:
                turns.around("say", lambda letter=letter: said.append(letter))  # type: ignore[misc]

        return work

    turns.run([worker("abc"), worker("xyz")])
    return "".join(said)


def test_whoever_runs_goes_on_until_another_is_chosen() -> None:
    assert spelled(by_list([])) == "abcxyz"
    assert spelled(by_list([0, 0, 1, 0, 1, 1])) == "axbyzc"


def test_the_same_choices_give_the_same_run() -> None:
    def at_random(seed: int) -> Choose:
        random = Random(seed)
        return lambda able: random.randrange(able)

    assert [spelled(at_random(seed)) for seed in range(20)] == [spelled(at_random(seed)) for seed in range(20)]
    assert len({spelled(at_random(seed)) for seed in range(200)}) == 20


def test_every_order_is_visited() -> None:
    seen: list[str] = []
    orders = list(every_order(lambda choose: seen.append(spelled(choose)), switches=6))
    assert len(set(seen)) == 20, "three of six places"
    assert len(orders) == len(seen)


def test_so_many_switches_and_no_more() -> None:
    seen: set[str] = set()
    for _ in every_order(lambda choose: seen.add(spelled(choose)), switches=1):
        pass
    assert seen == {"abcxyz", "axyzbc", "abxyzc", "xyzabc"}


def test_what_a_worker_raises_is_handed_on_and_the_others_end() -> None:
    turns = Turns(by_list([1]))

    def dies() -> str:
        turns.switch()
        raise SystemExit

    first, second = turns.run([dies, lambda: "done"])
    assert isinstance(first.error, SystemExit)
    assert (second.value, second.error) == ("done", None)


def test_nothing_to_run_and_no_run_at_all() -> None:
    turns = Turns(by_list([]))
    turns.switch()
    assert turns.run([]) == []


def _adding(check: bool, choose: Choose) -> int:
    """Two workers who each add one to a counter, with or without asking whether it is as they read it."""
    table = MemoryTable(lambda: 0.0)
    table.transact([Update(COUNTER, set={"n": 0})])
    turns = Turns(choose)
    watched = WatchedTable(table, turns.around)

    def add() -> None:
        while True:
            n = (watched.get(COUNTER).item or {})["n"]
            try:
                watched.transact([Update(COUNTER, set={"n": n + 1}, when=(Equals("n", n),) if check else ())])
            except Conflict:
                turns.pause(0.01)
                continue
            return

    turns.run([add, add])
    return int((table.get(COUNTER).item or {})["n"])


@pytest.mark.parametrize(("check", "found"), [(True, {2}), (False, {1, 2})])
def test_it_finds_the_lost_update_and_only_where_there_is_one(check: bool, found: set[int]) -> None:
    ends: set[int] = set()
    for _ in every_order(lambda choose: ends.add(_adding(check, choose)), switches=3):
        pass
    assert ends == found
