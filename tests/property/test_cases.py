"""Whatever customers, two tools, staff and the clock do to cases, in whatever order it arrives and whoever is quicker,
what stands in the table fits together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.memory.table import MemoryTable
from shared.application.record import Outcome
from shared.application.record.timers import pass_time
from shared.domain.case import ACTIVE
from shared.domain.event import HUB, Event
from shared.ports.table import Item
from shared.store import keys
from tests.engine.record.bench import START, CountedTable, said
from tests.engine.record.tools.bench import ToolHub, done

TOOLS = ("desk", "crm", HUB)
STATES = ("open", "pending_customer", "on_hold", "resolved", "closed", "spam", "stalled")
PHONES = ("593991234567", "593987654321")
LISTED = ACTIVE | {"resolved"}


@dataclass(frozen=True)
class Step:
    """One thing that happens: `what`, by whom, to the how-manieth case, and at which hour of which clock."""

    what: str
    person: int
    tool: str
    case: int
    other: int
    state: str
    hours: int
    rival: bool


STEPS = st.builds(
    Step,
    what=st.sampled_from(
        ("message", "message", "thanks", "quote", "state", "state", "reply", "merge", "clock", "again")
    ),
    person=st.integers(0, 1),
    tool=st.sampled_from(TOOLS),
    case=st.integers(0, 5),
    other=st.integers(0, 5),
    state=st.sampled_from(STATES),
    hours=st.integers(0, 200),
    rival=st.booleans(),
)


class World:
    def __init__(self) -> None:
        self.table = MemoryTable(lambda: START.timestamp())
        self.hub = ToolHub(CountedTable(self.table))
        self.numbers = itertools.count(1)
        self.said: list[Event] = []
        self.outcomes: dict[tuple[str, str], Outcome] = {}

    def do(self, step: Step, following: Step | None) -> None:
        """One step; where it has a rival, the following one is done within it, just before it is written."""
        rivals = [following] if step.rival and following else []

        def meanwhile(_: Any) -> None:
            if rivals:
                self.do(rivals.pop(), None)

        self.hub.table.before_transact = meanwhile
        if step.what == "clock":
            self._clock(step)
        else:
            self._record(self._event(step))
        self.hub.table.before_transact = None

    def _clock(self, step: Step) -> None:
        cases = self.cases()
        if cases:
            self.hub.seconds = max(self.hub.seconds, (START + timedelta(hours=step.hours)).timestamp())
            pass_time(self.hub.context, cases[step.case % len(cases)])

    def _record(self, event: Event) -> None:
        self.said.append(event)
        outcome = self.hub.record(event)
        first = self.outcomes.setdefault((event.channel, event.message_id), outcome)
        if outcome.result == "copy":
            assert (outcome.case, outcome.sequence) == (first.case, first.sequence)
        for case in self.cases():
            for tool in TOOLS[:2]:
                self.hub.opened_in(case["id"], tool)

    def _event(self, step: Step) -> Event:
        at, number, cases = timedelta(hours=step.hours), next(self.numbers), self.cases()
        if step.what == "again" and self.said:
            return self.said[step.case % len(self.said)]
        if not cases or step.what in ("message", "thanks", "again"):
            words = "gracias" if step.what == "thanks" else "Hola"
            return said(f"m{number}", words, phone=PHONES[step.person], at=at)
        if step.what == "quote":
            quoted = [event for event in self.said if event.channel == "whatsapp"]
            target = quoted[step.case % len(quoted)].message_id if quoted else None
            return said(f"m{number}", phone=PHONES[step.person], at=at, in_reply_to=target)
        ticket = self._ticket(step.tool, cases[step.case % len(cases)]["id"])
        if step.what == "reply":
            return done(f"t{number}", ticket, tool=step.tool, at=at)
        text, kind = step.state, "state"
        if step.what == "merge":
            text, kind = self._ticket(step.tool, cases[step.other % len(cases)]["id"]), "merge"
        return done(f"t{number}", ticket, tool=step.tool, at=at, kind="state_change", provider_type=kind, text=text)

    @staticmethod
    def _ticket(tool: str, case: str) -> str:
        return case if tool == HUB else f"T-{case}"

    def cases(self) -> list[Item]:
        found = (self.table.get(key).item for key in self._keys("CAS#", "CASE"))
        return sorted((item for item in found if item), key=lambda case: str(case["id"]))

    def profiles(self) -> Iterator[Item]:
        yield from (item for key in self._keys("CUS#", "PROFILE") if (item := self.table.get(key).item))

    def _keys(self, start: str, sk: str) -> list[Any]:
        written = {one.key for writes in self.hub.table.transactions for one in writes}
        return sorted(key for key in written if key[0].startswith(start) and key[1] == sk)


def check(world: World) -> None:
    cases = {case["id"]: case for case in world.cases()}
    for case in cases.values():
        _log_holds(world, case)
        _moments_fit(case)
        _merges_end(case, cases)
    for profile in world.profiles():
        own = {name for name, case in cases.items() if case["customer"] == profile["id"]}
        wanted = {name for name in own if cases[name]["state"] in LISTED}
        assert set(profile["cases"]) == wanted, "the profile lists what can still be joined or reopened"


def _log_holds(world: World, case: Item) -> None:
    log = world.hub.log(case["id"])
    assert [entry.sequence for entry in log] == list(range(1, case["sequence"] + 1))
    states = [entry for entry in log if entry.kind == "state_change" and entry.text]
    told = [entry for entry in states if entry.provider_type in ("state", "hilo", "merge")]
    if told:
        assert told[-1].text == case["state"], "whoever reads the log knows the state"
    ended = [number for number, entry in enumerate(told) if entry.text in ("closed", "merged")]
    if ended:
        assert {entry.text for entry in told[ended[0] :]} == {case["state"]}, "what is over stays over"


def _moments_fit(case: Item) -> None:
    assert ("resolved_at" in case) >= (case["state"] == "resolved")
    assert ("closed_at" in case) == (case["state"] == "closed")
    assert not (case["state"] in ACTIVE and "resolved_at" in case)
    assert datetime.fromisoformat(case["state_at"]) >= datetime.fromisoformat(case["opened_at"])
    assert "hold_until" not in case or case["state"] == "on_hold"
    assert "reminded" not in case or case["state"] == "pending_customer"


def _merges_end(case: Item, cases: dict[str, Item]) -> None:
    seen = set()
    while case["state"] == "merged":
        assert case["id"] not in seen, "cases merged in a circle"
        seen.add(case["id"])
        case = cases[case["merged_into"]]


def play(steps: list[Step]) -> None:
    world = World()
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        world.do(step, following)
    check(world)
    before = {case["id"]: case["sequence"] for case in world.cases()}
    for event in list(world.said):
        assert world.hub.record(event).result == "copy"
    assert {case["id"]: case["sequence"] for case in world.cases()} == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=2, max_size=14))
def test_cases_fit_together_whatever_happens_to_them(steps: list[Step]) -> None:
    play(steps)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=2, max_size=25))
def test_cases_fit_together_for_a_long_time(steps: list[Step]) -> None:
    play(steps)


def test_keys_of_a_ticket_lead_back() -> None:
    world = World()
    world.do(Step("message", 0, "desk", 0, 0, "open", 0, rival=False), None)
    [case] = world.cases()
    assert world.table.get(keys.remote("desk", "case", f"T-{case['id']}")).item
