"""One tool dies: the other one goes on being told as fast as before."""

from __future__ import annotations

from statistics import median

import pytest

from bench.beside_dead import DEAD, WELL, rates

AS_BEFORE = 0.95
AS_IT_DIES = 0.6
"""Of a single round, so more noise is allowed for; it is 0.3 where one that hangs can hold every worker."""


@pytest.mark.slow
def test_a_healthy_tool_is_told_as_fast_beside_a_dead_one_as_before() -> None:
    """Hubs with a dead tool and one without are flooded in turns: what else this machine does slows all of them.
    The round's ratio is compared, not the rates; the median of five rounds stands two disturbed ones."""
    found = rates(rounds=5, messages=300)

    for way in DEAD:
        ratios = [beside / well for beside, well in zip(found[way], found[WELL], strict=True)]
        assert median(ratios) >= AS_BEFORE, (way, found)
        assert ratios[0] >= AS_IT_DIES, (way, found)
