"""What a review says, in no form yet. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from shared.domain.figures.figure import Unit
from shared.domain.figures.rules import Limits

Kind = Literal["daily", "weekly"]
Language = Literal["es", "en", "pt"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the period. `part`: its value, or which percentile. `usual`: the median of the four periods before,
    of those that have data. `last`: the last day that it speaks of, where that is not the period's. `has_moved`: far
    from what is usual, with enough behind it."""

    figure: str
    part: str
    unit: Unit
    value: float | None
    n: int
    usual: float | None
    is_greyed: bool = False
    has_moved: bool = False
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """Contacts of a channel by slot: how many, and how many are usual (None where nothing is known)."""

    channel: str
    slots: tuple[tuple[int, float | None], ...]

    @property
    def total(self) -> int:
        return sum(number for number, _ in self.slots)


@dataclass(frozen=True, slots=True)
class Correction:
    """A sealed day that was corrected."""

    day: date
    revision: int
    at: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What became of journeys that entered a stage."""

    name: str
    entered: int
    abandoned: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class Review:
    """A review of `first` to `last`, local days of the brand. `revision`: how often those days were corrected.
    `limits`: the windows and thresholds that the figures were made by. `most_journeys`: where there were more than so
    many, of all brands, which is why there are no `stages`."""

    kind: Kind
    brand: str
    first: date
    last: date
    language: Language
    as_of: datetime
    lines: tuple[Line, ...]
    volumes: tuple[Volume, ...] = ()
    corrections: tuple[Correction, ...] = ()
    topics: tuple[tuple[str, int], ...] = ()
    stages: tuple[Stage, ...] = ()
    limits: Limits = field(default_factory=Limits)
    most_journeys: int | None = None

    @property
    def revision(self) -> int:
        return sum(one.revision for one in self.corrections if self.first <= one.day <= self.last)

    @property
    def moved(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.has_moved)
