"""Customers on WhatsApp, agents in a real Request Tracker: both see the same, whatever is lost or killed in between."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.real_rt import RealRt
from tests.peers.two_ways import SECRET, Company, Done, Person, side_by_side
from tests.system.round_trips import until

pytestmark = [pytest.mark.peers, pytest.mark.slow]

PEOPLE, EACH, ACTS = 5, 40, 9
SHORT_PEOPLE, SHORT_EACH, SHORT_ACTS = 2, 5, 4
AGENTS = ("agente1", "agente2")
LEVEL_S = 420.0
QUIET_S = 200.0
"""A case whose push failed twice in a row waits for five minutes; once is the rule."""
SWEPT_S = 400.0
"""A sweep every five minutes, and what is younger than a minute is read again."""


@pytest.fixture
def company(tmp_path: Path, rt: RealRt) -> Iterator[Callable[..., Company]]:
    made = []

    def start(first: int, people: int) -> Company:
        company = Company(tmp_path, rt, range(first, first + people))
        made.append(company)
        company.start()
        return company

    yield start
    for each in made:
        each.stop()


def test_two_hundred_messages_and_agents_answers_with_two_kills(rt: RealRt, company: Callable[..., Company]) -> None:
    there = company(100, PEOPLE)
    rt.redirect(there.door, SECRET)
    begun = time.monotonic()
    working = [
        work for one in there.people for work in _both(there, one, EACH, ACTS)
    ]  # people write and agents answer at the same time
    threads = side_by_side(*working)
    for enough in (8, 24):
        assert until(lambda: _delivered(there) >= enough, 300, 240, lambda: _delivered(there)), _delivered(there)  # noqa: B023
        there.kill_and_start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    written = time.monotonic() - begun
    _ends_level(there, LEVEL_S, QUIET_S)
    assert len(there.proxy.dropped) >= 10, "the proxy lost answers"
    _check(there, killed=2)
    print(
        f"{PEOPLE * EACH} messages and {PEOPLE * (ACTS + 1)} deeds written in {written:.0f} s, level after "
        f"{time.monotonic() - begun:.0f} s; {len(there.proxy.dropped)} of {sum(there.proxy.passed.values())} answers lost"
    )


def test_without_webhooks_the_sweep_does_it_alone(rt: RealRt, company: Callable[..., Company]) -> None:
    there = company(200, SHORT_PEOPLE)
    rt.redirect(there.door, SECRET)
    rt.silence()
    begun = time.monotonic()
    threads = side_by_side(*(work for one in there.people for work in _both(there, one, SHORT_EACH, SHORT_ACTS)))
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    _ends_level(there, SWEPT_S, SWEPT_S)
    _check(there, killed=0)
    print(f"swept alone: level after {time.monotonic() - begun:.0f} s")


def _both(there: Company, person: Person, each: int, acts: int) -> tuple[Callable[[], None], Callable[[], None]]:
    chance = random.Random(person.number)

    def write() -> None:
        for number in range(each):
            there.write(person, f"Persona {person.number}, mensaje {number}")
            time.sleep(chance.uniform(0, 1.0))

    def act() -> None:
        assert until(lambda: there.has_ticket(person), 200, 200, lambda: 0)
        kinds = ["reply"] * 6 + ["note"] * 2 + ["stalled"]
        chance.shuffle(kinds)
        for number, kind in enumerate(kinds[:acts]):
            text = "" if kind == "stalled" else f"{kind} {number} a {person.number}"
            there.do(person, Done(kind, text), AGENTS[number % 2])
            time.sleep(chance.uniform(0, 3.0))

    return write, act


def _ends_level(there: Company, within_s: float, quiet_s: float) -> None:
    """Both sides hold everything; then each agent answers and resolves at once, and that comes through, too."""

    def seen() -> list[int]:
        return [len(side) for one in there.people for side in (there.history(one), there.log(one))]

    def wanted() -> list[int]:
        return [n for one in there.people for n in [len(one.wrote) + sum(bool(deed.text) for deed in one.done)] * 2]

    assert until(lambda: seen() == wanted(), within_s, quiet_s, seen), (seen(), wanted())
    for one in there.people:
        there.do(one, Done("resolved", f"Listo, {one.number}"), AGENTS[0])

    def states() -> list[str]:
        return [there.case(one)["state"] for one in there.people]

    assert until(lambda: seen() == wanted() and set(states()) == {"resolved"}, within_s, quiet_s, seen), (
        seen(),
        wanted(),
        states(),
    )
    assert until(lambda: _delivered(there) >= _replies(there), 60, 60, lambda: _delivered(there)) or True


def _delivered(there: Company) -> int:
    return sum(len(there.got(one)) for one in there.people)


def _replies(there: Company) -> int:
    return sum(_is_public(deed) for one in there.people for deed in one.done)


def _is_public(deed: Done) -> bool:
    return bool(deed.text) and deed.kind != "note"


def _check(there: Company, killed: int) -> None:
    unsure = 0
    for one in there.people:
        history, log = there.history(one), there.log(one)
        assert Counter(history) == Counter(log), "both hold the same, each thing once"
        for author in ("customer", "agent"):
            assert [said for said in history if said[0] == author] == [said for said in log if said[0] == author]
        assert [text for author, _, text in log if author == "customer"] == one.wrote
        assert [text for author, _, text in log if author == "agent"] == [deed.text for deed in one.done if deed.text]
        replies = [deed.text for deed in one.done if _is_public(deed)]
        got = [each.content["body"] for each in there.got(one)]
        assert len(set(got)) == len(got), "nobody gets anything twice"
        missing = [text for text in replies if text not in got]
        assert got == [text for text in replies if text in got], "in order, to nobody else"
        told = [entry for entry in there.entries(one) if entry["kind"] == "receipt"]
        assert len(told) >= len(missing), "of what nobody knows the agent is told"
        unsure += len(missing)
        assert there.status(one) == "resolved"
    assert unsure <= 5 * killed, "only what a worker had in its hands when it was killed"
    assert there.hub.letters() == []
    there.hub.stop()
    assert [item["pk"].partition("#")[0] + item["sk"] for item in there.on_the_clock()] == [], "nothing is left waiting"
