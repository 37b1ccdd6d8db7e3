"""The shapes: a step of a journey in, a journey with its visits out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from shared.domain.figures.model import UNKNOWN, ActorType

StepKind = Literal["contact", "bot", "self_service", "agent", "system", "milestone"]
Outcome = Literal["resolved", "abandoned", "transferred", "active"]

OUTCOMES: Final[tuple[Outcome, ...]] = ("resolved", "abandoned", "transferred", "active")
UNKNOWN_TYPE: Final = "unknown"
FORCED: Final = "forced"
"""Flag of a step on a channel that the company asked the customer to take."""


@dataclass(frozen=True, slots=True)
class JourneyEvent:
    """One step of a customer. `id`: of the event it was made of, so that a copy changes nothing.

    `type`: of the journey, as the step's topic says it. `stage`: where the source knows it, else the type's rules
    say. `source`: the event's type in the vocabulary of the figures (`message.in`, `case.state_changed`, …). `case`:
    the one it counts in, merges followed; `follows`: the case that this one continues. `contact`: the call or session,
    where the source knows it. `objects`: what it is about, such as `order:A-1234`. `attributes`: `until` (epoch
    seconds: an appointment's date), `validated` and `asked` (the name of a piece of information)."""

    id: str
    profile: str
    occurred_at: datetime
    sequence: int = 0
    kind: StepKind = "contact"
    channel: str = UNKNOWN
    brand: str = UNKNOWN
    type: str = UNKNOWN_TYPE
    stage: str | None = None
    source: str = ""
    actor: ActorType = "customer"
    state: str | None = None
    topic: str | None = None
    case: str | None = None
    follows: str | None = None
    contact: str | None = None
    objects: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    attributes: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, int, str]:
        return self.occurred_at, self.sequence, self.id

    @property
    def is_contact(self) -> bool:
        """Whether the customer turned to the company with it."""
        return self.kind in ("contact", "self_service")

    @property
    def is_facing(self) -> bool:
        """Whether the customer took part in it or saw it."""
        return self.kind != "system"


@dataclass(frozen=True, slots=True)
class Visit:
    """Consecutive steps in one stage: when the first and the last of them were."""

    stage: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelStep:
    """Consecutive steps on one channel. `forced`: the company led the customer there."""

    channel: str
    began_at: datetime
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """What a journey took. `contacts`: sessions, calls, visits, mails; `switches`: how many of them came on another
    channel than the one before; `waiting_s`: how long the customer waited for a person, in all; `repeats`: how often
    they were asked again, after a switch, for what had been validated."""

    contacts: int = 0
    switches: int = 0
    forced: int = 0
    transfers: int = 0
    messages: int = 0
    waiting_s: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Journey:
    """What became of one pursuit. What it is at an instant, `outcome` says: nothing needs a timer.

    `over_at`: when it is over unless something more happens: its resolution, its transfer, or the end of the idle
    limit. `returns`: how often a resolution was retracted because the customer came back. `continues`: the journey
    that went on as this one. `unanswered`: the customer spoke last. `profile` is a pseudonym."""

    id: str
    profile: str
    brand: str
    type: str
    started_at: datetime
    last_at: datetime
    over_at: datetime
    visits: tuple[Visit, ...]
    channels: tuple[ChannelStep, ...]
    effort: Effort = Effort()
    resolved_at: datetime | None = None
    transferred_at: datetime | None = None
    continues: str | None = None
    returns: int = 0
    in_first_contact: bool = False
    self_served: bool = False
    unanswered: bool = False
    cases: tuple[str, ...] = ()

    def outcome(self, as_of: datetime) -> Outcome:
        """What it is at this instant. At exactly the idle limit it is over."""
        if self.transferred_at is not None:
            return "transferred"
        if self.resolved_at is not None:
            return "resolved"
        return "abandoned" if as_of >= self.over_at else "active"
