"""What was promised and whether it was kept: each clock of a case, met or breached.

A clock that still runs and is not yet due states nothing, nor does one that is of no matter any more. What nobody
answered is breached when it is due, not when somebody answers at last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from shared.domain.business_time.calendars import Calendar
from shared.domain.business_time.clocks import Clock, Outcome, Retarget, Span, outcome, without
from shared.domain.business_time.levels import ClockName, Policy
from shared.domain.figures.chronicle import Chronicle, chronicle_of, span, stated
from shared.domain.figures.model import CaseHistory, Fact, KpiEvent
from shared.domain.figures.rules import Rules
from shared.domain.figures.states import Stretch
from shared.domain.figures.turns import Turn
from shared.domain.figures.vocabulary import ASSIGNED, CREATED, PRIORITY_CHANGED, QUEUED, TRANSFERRED


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of a case. `began`: the event that started it; `ended`: what stopped it, where one event did."""

    name: ClockName
    clock: Clock
    began: KpiEvent
    ended: KpiEvent | None = None


def service_level_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """`sla_<clock>_met` and `sla_<clock>_breached` of a case of people's, on the day on which the clock started. Flag
    `retarget`: a shorter target, by a change of priority, came when more time than that was gone."""
    for running, found in outcomes_of(chronicle):
        if found.state in ("met", "breached"):
            ended = running.ended or running.began
            also = found.met_at or found.breached_at
            metric = f"sla_{running.name}_{found.state}"
            flags = frozenset({found.reason}) if found.reason == "retarget" else frozenset()
            yield stated(chronicle, metric, ended, at=running.clock.start, also_at=also, flags=flags)


def outcomes_of(chronicle: Chronicle) -> list[tuple[Running, Outcome]]:
    """How each clock stands at the chronicle's instant."""
    policy = _policy(chronicle)
    if policy is None:
        return []
    return [
        (running, outcome(running.clock, _calendar(chronicle, policy, running), chronicle.as_of))
        for running in _running(chronicle, policy)
        if running.clock.budget_s is not None or running.clock.retargets
    ]


def sla_deadlines(history: CaseHistory, rules: Rules, after: datetime) -> list[datetime]:
    """The instants later than `after` at which a clock of the case will be breached if nothing happens."""
    found = (
        standing.due for _, standing in outcomes_of(chronicle_of(history, rules, after)) if standing.state == "running"
    )
    return sorted(due for due in found if due and due > after)


def _policy(chronicle: Chronicle) -> Policy | None:
    """The policy that the case is pinned to at its start; None for what is no case of people's."""
    began = chronicle.began
    if not chronicle.is_human or began is None:
        return None
    by = chronicle.dimensions(began)
    first = chronicle.first_contact
    channel = first.channel if first else by.channel
    at = began.occurred_at
    return chronicle.rules.levels.policy_for(by.brand, by.team, channel, _priority(chronicle, at), at)


def _calendar(chronicle: Chronicle, policy: Policy, running: Running) -> Calendar:
    by = chronicle.dimensions(running.began)
    return chronicle.rules.levels.calendar_of(policy, running.name, by.brand, by.team, by.channel, running.clock.start)


def _running(chronicle: Chronicle, policy: Policy) -> Iterator[Running]:
    for turn in chronicle.turns.people:
        yield from _of_turn(chronicle, policy, turn)
    yield from _updates(chronicle, policy)
    yield from _resolution(chronicle, policy)
    yield from _assignments(chronicle, policy)


def _of_turn(chronicle: Chronicle, policy: Policy, turn: Turn) -> Iterator[Running]:
    start = turn.waits_from or turn.opened.occurred_at
    if turn.answer and span(start, turn.answer.occurred_at, chronicle.calendar) is None:
        return  # the clocks contradict each other: counted as such, and nowhere else
    stops = (Span(turn.answer.occurred_at),) if turn.answer else ()
    name: ClockName = "first_response" if turn.is_first else "next_response"
    clock = _clock(chronicle, policy, name, start)
    yield Running(name, replace(clock, stops=stops), turn.opened, turn.answer)


def _updates(chronicle: Chronicle, policy: Policy) -> Iterator[Running]:
    """From each thing that we said to the next, while the case is not settled."""
    for said, following in pairwise([*chronicle.replies, None]):
        if said is None:
            continue
        settled = [one.since for one in chronicle.stretches if one.is_settled and one.since >= said.occurred_at]
        stops = (Span(following.occurred_at),) if following else ()
        clock = _clock(chronicle, policy, "update", said.occurred_at)
        clock = replace(
            clock, stops=stops, pauses=_spans(chronicle, "pending_customer"), cancelled_at=min(settled, default=None)
        )
        yield Running("update", clock, said, following)


def _resolution(chronicle: Chronicle, policy: Policy) -> Iterator[Running]:
    began = chronicle.began
    if began is None:
        return
    settled = [one for one in chronicle.stretches if one.is_settled]
    # a case cannot wait for a customer who waits for us
    unanswered = (Span(turn.opened.occurred_at, _turn_end(turn)) for turn in chronicle.turns.people)
    pauses = without(_spans(chronicle, "pending_customer"), unanswered)
    pauses += _spans(chronicle, "on_hold") if policy.pause_on_hold else ()
    clock = _clock(chronicle, policy, "resolution", began.occurred_at)
    clock = replace(clock, stops=tuple(Span(one.since, one.until) for one in settled), pauses=pauses)
    yield Running("resolution", clock, began, settled[-1].began if settled else None)


def _turn_end(turn: Turn) -> datetime | None:
    stop = turn.answer or turn.settled
    return stop.occurred_at if stop else None


def _assignments(chronicle: Chronicle, policy: Policy) -> Iterator[Running]:
    """From each entry into a queue until a person accepts the case; the next queue takes the place of the last."""
    waits: KpiEvent | None = None
    for event in chronicle.events:
        enters = event.type == QUEUED or (event.type == TRANSFERRED and event.actor is None)
        if not enters and event.type != ASSIGNED:
            continue
        if waits:
            yield _assignment(chronicle, policy, waits, event)
        waits = event if enters else None
    if waits:
        yield _assignment(chronicle, policy, waits, None)


def _assignment(chronicle: Chronicle, policy: Policy, entered: KpiEvent, then: KpiEvent | None) -> Running:
    clock = _clock(chronicle, policy, "assignment", entered.occurred_at)
    taken = then if then and then.type == ASSIGNED else None
    gone = then.occurred_at if then and not taken else None
    stops = (Span(taken.occurred_at),) if taken else ()
    return Running("assignment", replace(clock, stops=stops, cancelled_at=gone), entered, taken)


def _clock(chronicle: Chronicle, policy: Policy, name: ClockName, start: datetime) -> Clock:
    target = policy.targets.get(name)
    if target is None:
        return Clock(start, None)
    changes = tuple(
        Retarget(event.occurred_at, target.budget_s(str(event.details["priority"])))
        for event in chronicle.events
        if event.type == PRIORITY_CHANGED and "priority" in event.details and event.occurred_at > start
    )
    return Clock(start, target.budget_s(_priority(chronicle, start)), retargets=changes)


def _priority(chronicle: Chronicle, at: datetime) -> str | None:
    """The priority of the case at an instant, if one was given."""
    known = [
        str(event.details["priority"])
        for event in chronicle.events
        if event.type in (CREATED, PRIORITY_CHANGED) and "priority" in event.details and event.occurred_at <= at
    ]
    return known[-1] if known else None


def _spans(chronicle: Chronicle, state: str) -> tuple[Span, ...]:
    found: list[Stretch] = [one for one in chronicle.stretches if one.state == state]
    return tuple(Span(one.since, one.until) for one in found)
