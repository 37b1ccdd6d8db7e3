"""The shapes that figures are made of: events in, facts out.

An event (`KpiEvent`) is one thing that happened, in the vocabulary of the KPI sheet. The events of one case, in any
order and with repetitions, are a `CaseHistory`. A `Fact` is one countable statement about it: which metric, how much,
at which instant it belongs, and by what it can be split. Facts hold no identifier of a person and no text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

ActorType = Literal["customer", "agent", "bot", "system"]

MetricClass = Literal["counter", "distribution"]
"""How a metric is stored: one number that adds up, or count, sum and a sketch."""

UNKNOWN: Final = "-"
"""Value of a dimension that is not known."""


@dataclass(frozen=True, slots=True)
class KpiEvent:
    """One thing that happened in a case. `sequence`: the provider's, or of the case's log; it orders what happened at
    one instant. `target`: id of the event that this one corrects or speaks of. `details`: what its type alone has
    (seconds of a call, answer of a survey, cents of a sale); numbers are int."""

    id: str
    type: str
    occurred_at: datetime
    sequence: int = 0
    channel: str = UNKNOWN
    actor_type: ActorType = "system"
    actor: str | None = None
    public: bool = True
    state: str | None = None
    team: str | None = None
    topic: str | None = None
    target: str | None = None
    reason: str | None = None
    flags: frozenset[str] = frozenset()
    from_ingest: bool = False
    details: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beside:
    """What the same customer did in other cases, as far as this case's figures need it.

    `next_contact_at`: when the first contact of the customer's next case began, that was opened after this one (same
    topic, or where either topic is unknown); `next_answered_at`: when a person first answered the customer in another
    case, after this case's first abandoned attempt; `next_any_contact_at`: as `next_contact_at`, whatever the topic.
    None: nothing such is known."""

    next_contact_at: datetime | None = None
    next_answered_at: datetime | None = None
    next_any_contact_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """The events of one case. `brand` chooses rules and time zone. `customer`: a pseudonym that no fact repeats.
    `is_case`: False for contacts that never became a case (a call given up); they are no case's in any figure."""

    case: str
    customer: str
    brand: str
    events: tuple[KpiEvent, ...]
    beside: Beside = Beside()
    is_case: bool = True


@dataclass(frozen=True, slots=True)
class Dimensions:
    """By what a fact can be split. `in_hours`: whether its instant lies in open hours of the case's calendar."""

    channel: str = UNKNOWN
    brand: str = UNKNOWN
    team: str = UNKNOWN
    agent: str = UNKNOWN
    first_channel: str = UNKNOWN
    in_hours: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a case. `metric`: a name of `metrics.METRICS`, which says its class. `amount`: 1 for what
    is counted, seconds of a duration, cents of money; never 0 for a counter. `at`: the instant whose local day and hour
    (in the brand's time zone) the fact belongs to; `also_at`: the other cohort's. `flags`: `topic_unknown`,
    `auto_resolved`, `scale_mapped`, … ; a flag never changes where a fact counts."""

    case: str
    metric: str
    amount: int
    at: datetime
    also_at: datetime | None = None
    dimensions: Dimensions = Dimensions()
    flags: frozenset[str] = frozenset()
