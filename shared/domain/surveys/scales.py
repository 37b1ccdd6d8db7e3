"""The scales on which customers are asked, and what each answer counts as. kpis.md §5.

CSAT counts from 1 to 5, NPS from 0 to 10, CES 2.0 from 1 to 7 (7: fully agrees that it was easy). Thumbs and three
faces count as CSAT by the tables here and no other way. The old CES from 1 to 5, where 1 was easy, is turned round, and
is a kind of its own: it never adds up with CES 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["csat", "nps", "ces", "ces_old"]


@dataclass(frozen=True, slots=True)
class Scale:
    """`counts`: for each answer that can be given, in the order in which they are offered, what it counts as on the
    kind's own scale. `is_mapped`: these were not given on that scale."""

    name: str
    kind: Kind
    counts: Mapping[int, int]
    is_mapped: bool = False

    @property
    def lowest(self) -> int:
        return min(self.counts)

    @property
    def highest(self) -> int:
        return max(self.counts)

    @property
    def is_typed(self) -> bool:
        """Whether people can answer with a number."""
        return self.name not in ("thumbs", "faces")


def _plain(lowest: int, highest: int) -> dict[int, int]:
    return {value: value for value in range(highest, lowest - 1, -1)}


THUMBS: Final = {1: 5, 0: 1}
"""Up and down."""
FACES: Final = {3: 5, 2: 3, 1: 1}

SCALES: Final[Mapping[str, Scale]] = {
    scale.name: scale
    for scale in (
        Scale("csat", "csat", _plain(1, 5)),
        Scale("thumbs", "csat", THUMBS, is_mapped=True),
        Scale("faces", "csat", FACES, is_mapped=True),
        Scale("nps", "nps", _plain(0, 10)),
        Scale("ces", "ces", _plain(1, 7)),
        Scale("ces_old", "ces_old", {value: 6 - value for value in range(1, 6)}, is_mapped=True),
    )
}
"""By name."""

BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "csat": ("csat", "thumbs", "faces"),
    "nps": ("nps",),
    "ces": ("ces", "ces_old"),
}
"""What a company configures as `kind`, and the scales that it may ask on, the usual one first."""
