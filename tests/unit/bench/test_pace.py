from __future__ import annotations

import pytest

from bench.pace import REFERENCE_MS, slowness


@pytest.mark.parametrize(
    ("took_ms", "allowed"),
    [
        pytest.param([REFERENCE_MS] * 3, 1.0, id="the machine of the figures"),
        pytest.param([2 * REFERENCE_MS] * 3, 2.0, id="half as fast"),
        pytest.param([REFERENCE_MS / 2] * 3, 1.0, id="a faster one tightens nothing"),
        pytest.param([9 * REFERENCE_MS, 1.5 * REFERENCE_MS, 4 * REFERENCE_MS], 1.5, id="what else it did counts not"),
    ],
)
def test_as_many_times_as_slow_is_allowed_as_many_times_the_time(took_ms: list[float], allowed: float) -> None:
    assert slowness(iter(took_ms).__next__) == allowed


def test_this_machine_has_a_pace() -> None:
    assert 1 <= slowness() < 100
