"""The shape of a figure, and the arithmetic of its value: never a rate without what it was divided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

Unit = Literal["count", "seconds", "percent", "points", "score", "cents", "per_100"]

PLACES: Final[Mapping[Unit, int]] = {
    "count": 0, "seconds": 1, "percent": 1, "points": 1, "score": 3, "cents": 2, "per_100": 1,
}  # fmt: skip
"""Decimals of a value in each unit. `points`: a difference of two shares of 100, from -100 to 100."""

OF_A_HUNDRED: Final[frozenset[Unit]] = frozenset({"percent", "points", "per_100"})

SHARES: Final[frozenset[Unit]] = frozenset({"percent", "points"})
"""Units whose changes are told in points."""

FEW: Final = 30
"""Below so many answers a survey's value says little: it is shown greyed, with n."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What people look at. `value`: None where there is nothing to divide by, which is neither 0 nor 100. `n`: how
    many cases, contacts or answers it rests on. `numerator`, `denominator`: those of a rate, the sum and number of a
    mean, the count itself. `percentiles`: of durations, from the sketch, whose relative error is 1 %. `definition`:
    what it means, by language."""

    name: str
    family: str
    unit: Unit
    value: float | None
    n: int
    numerator: int
    denominator: int | None
    definition: Mapping[str, str]
    percentiles: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def is_uncertain(self) -> bool:
        """Whether it is a survey's with too few answers."""
        return self.family == "survey" and self.unit in ("percent", "points", "score") and self.n < FEW


def ratio(numerator: int, denominator: int, unit: Unit) -> float | None:
    """A quotient in a unit, rounded half up; None without anything to divide by."""
    if denominator <= 0:
        return None
    factor = 100 if unit in OF_A_HUNDRED else 1
    return rounded(Decimal(numerator) * factor / Decimal(denominator), PLACES[unit])


def rounded(value: Decimal | float, places: int) -> float:
    """Rounded half up, as people do."""
    exact = Decimal(str(value)) if isinstance(value, float) else value
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
