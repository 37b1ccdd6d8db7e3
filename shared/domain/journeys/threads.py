"""Which steps of a customer belong together: joining by case, link and object, then by type and time.

All of a customer's steps are looked at at once and in the order in which they happened, so it does not matter when
each came to light. What a case is about counts for all of its steps, also for those before it was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.figures.vocabulary import STATE_CHANGED
from shared.domain.journeys.model import UNKNOWN_TYPE, JourneyEvent
from shared.domain.journeys.rules import LONGEST_HOLD, JourneyRules, JourneyType

OUTBOUND = "message.out"
_OPENED = frozenset({"new", "open"})


@dataclass(slots=True)
class Thread:
    """The steps of one journey, in order, each with its stage, and where they leave it."""

    brand: str
    type: JourneyType
    events: list[JourneyEvent] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    objects: set[str] = field(default_factory=set)
    last_at: datetime | None = None
    resolved_at: datetime | None = None
    transferred_at: datetime | None = None
    continues: Thread | None = None
    returns: int = 0
    until: datetime | None = None
    is_held: bool = False

    def take(self, event: JourneyEvent) -> None:
        """Go on with a step that is not earlier than the last one."""
        stage, is_said = self.type.stage_of(event, self.stages[-1] if self.stages else None)
        is_goal = is_said and stage in self.type.goals
        if self.resolved_at is not None and not is_goal and (event.is_contact or not self.type.is_over_with(stage)):
            self.resolved_at = None
            self.returns += 1
        if is_goal and self.resolved_at is None:
            self.resolved_at = event.occurred_at
        self.events.append(event)
        self.stages.append(stage)
        self.objects |= event.objects
        self._note_time(event)

    def _note_time(self, event: JourneyEvent) -> None:
        if event.is_facing or self.last_at is None:
            self.last_at = event.occurred_at
        until = event.attributes.get("until")
        if isinstance(until, int):
            self.until = datetime.fromtimestamp(until, event.occurred_at.tzinfo)
        if self.type.held and event.source in self.type.held:
            self.is_held = event.source == self.type.held[0]

    def retype(self, kind: JourneyType) -> None:
        """It is known now what it is about: its stages are those of the type."""
        events = self.events
        self.type, self.events, self.stages = kind, [], []
        self.last_at = self.resolved_at = self.until = None
        self.returns, self.is_held = 0, False
        for event in events:
            self.take(event)

    @property
    def idle_at(self) -> datetime:
        """When its idle limit is reached unless something more happens."""
        assert self.last_at is not None  # noqa: S101 - a thread has a step
        base, latest = self.last_at, self.last_at + LONGEST_HOLD
        if self.is_held:
            base = latest
        elif self.until is not None:
            base = max(base, min(self.until, latest))
        return base + timedelta(seconds=self.type.idle_s)

    def is_past_return(self, event: JourneyEvent, rules: JourneyRules) -> bool:
        """Whether the customer comes back too long after the resolution for it to be a return. That their case is
        open again for it stands before what they said."""
        is_opened = event.source == STATE_CHANGED and event.state in _OPENED
        if self.resolved_at is None or not (event.is_contact or is_opened):
            return False
        return event.occurred_at >= self.resolved_at + timedelta(seconds=rules.return_s)


def in_order(events: Iterable[JourneyEvent]) -> list[JourneyEvent]:
    """Each event once, in the order in which they happened."""
    by_id: dict[str, JourneyEvent] = {}
    for event in events:
        held = by_id.get(event.id)
        by_id[event.id] = event if held is None else min(held, event, key=_whole)
    return sorted(by_id.values(), key=lambda event: event.order)


def _whole(event: JourneyEvent) -> tuple[object, ...]:
    """An order of two that claim one id, which does not depend on which came first."""
    return event.order, event.channel, event.kind, event.stage or "", event.source, event.type


def threads_of(events: Iterable[JourneyEvent], rules: JourneyRules) -> list[Thread]:
    """The journeys of one customer, in the order in which they began."""
    weaving = _Weaving(rules)
    for event in _told_of_their_cases(in_order(events)):
        weaving.take(event)
    return weaving.threads


def _told_of_their_cases(events: list[JourneyEvent]) -> list[JourneyEvent]:
    """Each step with the type that holds in its case at that time (before the first that is known: that one), and
    with all that its case is about."""
    first: dict[str, str] = {}
    objects: dict[str, frozenset[str]] = {}
    for event in events:
        if event.case:
            objects[event.case] = objects.get(event.case, frozenset()) | event.objects
            if event.type != UNKNOWN_TYPE:
                first.setdefault(event.case, event.type)
    held = dict(first)
    told = []
    for event in events:
        if event.case:
            if event.type != UNKNOWN_TYPE:
                held[event.case] = event.type
            kind = held.get(event.case, UNKNOWN_TYPE)
            told.append(replace(event, type=kind, objects=objects[event.case]))
        else:
            told.append(event)
    return told


@dataclass(slots=True)
class _Weaving:
    rules: JourneyRules
    threads: list[Thread] = field(default_factory=list)
    by_case: dict[str, Thread] = field(default_factory=dict)
    waiting: dict[str, list[JourneyEvent]] = field(default_factory=dict)
    """What the company said before the customer reacted, by case (or by channel, outside cases)."""

    def take(self, event: JourneyEvent) -> None:
        thread, before = self._found(event)
        if thread is not None:
            self._join(thread, event)
        elif before is not None or event.is_contact:
            self._begin(event, before)
        elif event.source == OUTBOUND or event.kind == "bot":
            self.waiting.setdefault(_place(event), []).append(event)

    def _join(self, thread: Thread, event: JourneyEvent) -> None:
        if thread.type.name == UNKNOWN_TYPE != event.type:
            thread.retype(self.rules.named(event.type))
        if event.is_facing:
            thread.transferred_at = None  # it did not end with the other: it goes on itself
        thread.take(event)
        if event.case:
            self.by_case[event.case] = thread

    def _begin(self, event: JourneyEvent, before: Thread | None) -> None:
        thread = Thread(event.brand, self.rules.named(event.type), continues=before)
        if before is not None:
            before.transferred_at = event.occurred_at
        oldest = event.occurred_at - timedelta(seconds=self.rules.reaction_s)
        for said in self.waiting.pop(_place(event), ()):
            if said.occurred_at > oldest:
                thread.take(said)
        self.threads.append(thread)
        self._join(thread, event)

    def _found(self, event: JourneyEvent) -> tuple[Thread | None, Thread | None]:
        """The journey that a step goes on with; or the one that ends because it goes on as another with this step."""
        linked = self.by_case.get(event.case or "") or self.by_case.get(event.follows or "")
        if linked is not None:
            return self._by_link(linked, event)
        return self._by_object(event) or self._by_time(event), None

    def _by_link(self, thread: Thread, event: JourneyEvent) -> tuple[Thread | None, Thread | None]:
        if thread.is_past_return(event, self.rules):
            return None, None
        if UNKNOWN_TYPE in (thread.type.name, event.type) or thread.type.name == event.type:
            return thread, None
        # Another goal in the same matter. What was reached stays reached; else this is where it goes on.
        goes_on = thread.resolved_at is None and thread.transferred_at is None
        return None, thread if goes_on else None

    def _by_object(self, event: JourneyEvent) -> Thread | None:
        for thread in self._open(event):
            names = (thread.type.name, event.type)
            if thread.objects & event.objects and (UNKNOWN_TYPE in names or names[0] == names[1]):
                return thread
        return None

    def _by_time(self, event: JourneyEvent) -> Thread | None:
        for thread in self._open(event):
            is_apart = bool(thread.objects and event.objects)  # shared ones were found already
            if thread.type.name == event.type and not is_apart and event.occurred_at < thread.idle_at:
                return thread
        return None

    def _open(self, event: JourneyEvent) -> Iterable[Thread]:
        """Those that could go on with this step, the latest first."""
        for thread in sorted(self.threads, key=lambda one: one.events[-1].order, reverse=True):
            is_same = thread.brand == event.brand and thread.transferred_at is None
            if is_same and not thread.is_past_return(event, self.rules):
                yield thread


def _place(event: JourneyEvent) -> str:
    return f"case {event.case}" if event.case else f"channel {event.channel}"
