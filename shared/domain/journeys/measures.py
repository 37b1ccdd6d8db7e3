"""What many journeys show, by the sheet's measures. Rates keep numerator and denominator; no data is None, never 0."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from shared.domain.journeys.model import OUTCOMES, Journey, Outcome
from shared.domain.journeys.rules import JourneyRules


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is made of."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        """With one decimal; None where nothing can be said."""
        return round(100 * self.numerator / self.denominator, 1) if self.denominator else None

    def dump(self) -> dict[str, Any]:
        return {"numerator": self.numerator, "denominator": self.denominator, "percent": self.percent}


@dataclass(frozen=True, slots=True)
class StageRow:
    """How many journeys were in a stage, and how many ended there without being resolved."""

    stage: str
    entered: int
    active: int
    abandoned: int

    @property
    def progressed(self) -> int:
        return self.entered - self.active - self.abandoned

    @property
    def rate(self) -> Rate:
        return Rate(self.abandoned, self.entered - self.active)

    def dump(self) -> dict[str, Any]:
        counts = {"entered": self.entered, "progressed": self.progressed, "active": self.active}
        return {"stage": self.stage, **counts, "abandoned": self.abandoned, "rate": self.rate.dump()}


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """From one stage to the next visit's: seconds between the first steps of both, sorted."""

    source: str
    target: str
    seconds: tuple[int, ...]

    @property
    def median_s(self) -> float:
        return float(median(self.seconds))

    def dump(self) -> dict[str, Any]:
        return {"source": self.source, "target": self.target, "n": len(self.seconds), "median_s": self.median_s}


@dataclass(frozen=True, slots=True)
class StageLink:
    """How many times journeys went from a stage to another one or, with an outcome as `target`, ended there."""

    source: str
    target: str
    value: int

    def dump(self) -> dict[str, Any]:
        return {"source": self.source, "target": self.target, "value": self.value}


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of some journeys at one instant."""

    journeys: int
    outcomes: dict[Outcome, int]
    stages: tuple[StageRow, ...]
    transitions: tuple[TransitionRow, ...]
    stage_links: tuple[StageLink, ...]
    resolve_s: tuple[int, ...]
    switched: Rate
    forced: int
    first_contact: Rate
    provisional: int
    self_served: int
    unanswered: int
    returned: int
    repeated: int
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def median_to_resolve_s(self) -> float | None:
        return float(median(self.resolve_s)) if self.resolve_s else None

    def dump(self, least: int = 0) -> dict[str, Any]:
        """As JSON. Transitions and links of fewer than `least` journeys are left out and counted."""
        shown = [row for row in self.transitions if len(row.seconds) >= least]
        links = [link for link in self.stage_links if link.value >= least]
        return {
            "journeys": self.journeys,
            "outcomes": dict(self.outcomes),
            "median_to_resolve_s": self.median_to_resolve_s,
            "stages": [row.dump() for row in self.stages],
            "transitions": [row.dump() for row in shown],
            "transitions_left_out": sum(len(row.seconds) for row in self.transitions if row not in shown),
            "stage_links": [link.dump() for link in links],
            "stage_links_left_out": sum(link.value for link in self.stage_links if link not in links),
            "channel_switch": self.switched.dump() | {"forced": self.forced},
            "first_contact_resolution": self.first_contact.dump() | {"provisional": self.provisional},
            "self_served": self.self_served,
            "abandoned_unanswered": self.unanswered,
            "returned": self.returned,
            "asked_again": self.repeated,
            "effort": {name: {"total": total, "mean": self._mean(total)} for name, total in self.totals.items()},
        }

    def _mean(self, total: int) -> float | None:
        return round(total / self.journeys, 2) if self.journeys else None


EFFORTS = ("contacts", "switches", "transfers", "messages", "waiting_s", "repeats")


def measures_of(journeys: Sequence[Journey], as_of: datetime, rules: JourneyRules) -> Measures:
    """Measures of journeys of one type, or of several, at an instant."""
    outcomes = Counter(journey.outcome(as_of) for journey in journeys)
    resolved = [one for one in journeys if one.outcome(as_of) == "resolved"]
    by_people = [one for one in resolved if not one.self_served]
    return Measures(
        journeys=len(journeys),
        outcomes={name: outcomes[name] for name in OUTCOMES},
        stages=_stages(journeys, as_of, rules),
        transitions=_transitions(journeys, rules),
        stage_links=_stage_links(journeys, as_of, rules),
        resolve_s=tuple(sorted(_seconds(one.started_at, one.resolved_at) for one in resolved)),
        switched=Rate(sum(one.effort.switches > 0 for one in journeys), len(journeys)),
        forced=sum(one.effort.forced > 0 for one in journeys),
        first_contact=Rate(sum(one.in_first_contact for one in by_people), len(by_people)),
        provisional=sum(_is_provisional(one, as_of, rules) for one in by_people),
        self_served=sum(one.self_served for one in resolved),
        unanswered=sum(one.unanswered and one.outcome(as_of) == "abandoned" for one in journeys),
        returned=sum(one.returns > 0 for one in journeys),
        repeated=sum(one.effort.repeats > 0 for one in journeys),
        totals={name: sum(getattr(one.effort, name) for one in journeys) for name in EFFORTS},
    )


def _is_provisional(journey: Journey, as_of: datetime, rules: JourneyRules) -> bool:
    """The customer may still come back."""
    resolved = journey.resolved_at
    return resolved is not None and as_of < resolved + timedelta(seconds=rules.return_s)


def _stages(journeys: Iterable[Journey], as_of: datetime, rules: JourneyRules) -> tuple[StageRow, ...]:
    entered: Counter[str] = Counter()
    ended: Counter[tuple[str, Outcome]] = Counter()
    for journey in journeys:
        entered.update({visit.stage for visit in journey.visits})
        ended[journey.visits[-1].stage, journey.outcome(as_of)] += 1
    return tuple(
        StageRow(stage, entered[stage], ended[stage, "active"], ended[stage, "abandoned"])
        for stage in in_stage_order(entered, rules)
    )


def in_stage_order(stages: Iterable[str], rules: JourneyRules) -> list[str]:
    """As the types list their stages; what no type lists comes last, by name."""
    listed = [stage for one in (rules.unknown, *rules.types) for stage in one.stages]
    places = {stage: place for place, stage in reversed(list(enumerate(listed)))}
    return sorted(stages, key=lambda stage: (places.get(stage, len(listed)), stage))


def _transitions(journeys: Iterable[Journey], rules: JourneyRules) -> tuple[TransitionRow, ...]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for journey in journeys:
        for one, following in pairwise(journey.visits):
            found[one.stage, following.stage].append(_seconds(one.began_at, following.began_at))
    rows = (TransitionRow(*pair, tuple(sorted(seconds))) for pair, seconds in found.items())
    places = {stage: place for place, stage in enumerate(in_stage_order({pair[0] for pair in found}, rules))}
    return tuple(sorted(rows, key=lambda row: (places[row.source], -len(row.seconds), row.target)))


def _stage_links(journeys: Iterable[Journey], as_of: datetime, rules: JourneyRules) -> tuple[StageLink, ...]:
    found: Counter[tuple[str, str]] = Counter()
    for journey in journeys:
        found.update(pairwise([*(visit.stage for visit in journey.visits), journey.outcome(as_of)]))
    places = {stage: place for place, stage in enumerate(in_stage_order({source for source, _ in found}, rules))}
    links = (StageLink(*pair, value) for pair, value in found.items())
    return tuple(sorted(links, key=lambda link: (places[link.source], -link.value, link.target)))


def _seconds(start: datetime, stop: datetime | None) -> int:
    return int((stop - start).total_seconds()) if stop else 0
