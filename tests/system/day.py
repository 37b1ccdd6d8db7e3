"""A day at a company: people write and agents answer at the same time, and in the end both sides hold the same."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice

from tests.system.embedded import comes
from tests.system.two_ways import AGENTS, Company, Done, Person, replies_to


class Work(threading.Thread):
    """Work beside the test. What went wrong in it goes wrong in the test."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  raised where the test asks
            self._error = error

    def is_done(self) -> bool:
        """Raises what ended it early."""
        if self._error is not None:
            raise self._error
        return not self.is_alive()


@dataclass
class Day:
    """So many messages of each person, so many deeds of agents; `pause_s` between two of theirs, at the longest.
    `patience_s`: given up when nothing at all has got on for so long."""

    each: int
    acts: int
    pause_s: float
    patience_s: float

    def passes(self, there: Company, kills: int = 0) -> None:
        """The whole of it, the hub being killed so often meanwhile: both sides end level."""
        replies = sum(kind == "reply" for one in there.people for kind in self._kinds(one))
        assert replies > kills, "else nobody kills the hub"
        works = [Work(work) for one in there.people for work in (self._writing(there, one), self._acting(there, one))]
        for number in range(1, kills + 1):
            enough = number * replies // (kills + 1)
            self._comes(there, lambda: [*_under_way(works), *[""] * (enough - there.delivered())])  # noqa: B023
            there.kill_and_start()
        self._comes(there, lambda: _under_way(works))
        self._ends_level(there)

    def _kinds(self, person: Person) -> list[str]:
        kinds = ["reply"] * 6 + ["note"] * 2 + ["stalled"]
        random.Random(-person.number).shuffle(kinds)
        return list(islice(cycle(kinds), self.acts))

    def _writing(self, there: Company, person: Person) -> Callable[[], None]:
        def write() -> None:
            chance = random.Random(person.number)
            for number in range(self.each):
                there.write(person, f"Persona {person.number}, mensaje {number}")
                time.sleep(chance.uniform(0, self.pause_s))

        return write

    def _acting(self, there: Company, person: Person) -> Callable[[], None]:
        def act() -> None:
            chance = random.Random(person.number)
            while not there.has_ticket(person):
                time.sleep(self.pause_s)
            for number, kind in enumerate(self._kinds(person)):
                text = "" if kind == "stalled" else f"{kind} {number} a {person.number}"
                there.do(person, Done(kind, text), AGENTS[number % 2])
                time.sleep(chance.uniform(0, 3 * self.pause_s))

        return act

    def _comes(self, there: Company, lacking: Callable[[], list[str]]) -> None:
        """Wait until nothing is lacking, as long as something still gets on. Looks seldom: each look is work for the
        hub, and the tool needs the machine."""
        came = comes(lambda: not lacking(), there.got_on, self.patience_s, every_s=2 * self.pause_s)
        assert came, f"nothing has got on for {self.patience_s:.0f} s: {lacking()}"

    def _ends_level(self, there: Company) -> None:
        """Both sides hold everything; then each agent answers and resolves at once, and that comes through, too."""

        def lacking() -> list[str]:
            return [text for one in there.people for text in there.missing(one)] + there.behind()

        self._comes(there, lacking)
        for one in there.people:
            there.do(one, Done("resolved", f"Listo, {one.number}"), AGENTS[0])
        self._comes(there, lambda: lacking() + there.unresolved())


def _under_way(works: list[Work]) -> list[str]:
    return [work.name for work in works if not work.is_done()]


def check(there: Company, killed: int) -> int:
    """Both hold the same, and everybody got what is theirs. How many answers may or may not have gone out."""
    unsure = 0
    for one in there.people:
        history, log = there.history(one), there.log(one)
        assert Counter(history) == Counter(log), "both hold the same, each thing once"
        for author in ("customer", "agent"):
            assert [said for said in history if said[0] == author] == [said for said in log if said[0] == author]
        assert [text for author, _, text in log if author == "customer"] == one.wrote
        assert [text for author, _, text in log if author == "agent"] == [deed.text for deed in one.done if deed.text]
        replies = replies_to(one)
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
    return unsure
