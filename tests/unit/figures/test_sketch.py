"""The sketch against the sheet's table, and against exact quantiles."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.figures.sketch import ALPHA, ZERO, bucket_of, estimate_of, quantile

SECONDS = st.integers(0, 30 * 86_400)
Q = st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0])


@pytest.mark.parametrize(
    ("seconds", "bucket", "estimate"),
    [(45, 191, 45.15), (300, 286, 301.91), (1_200, 355, 1_200.13), (3_600, 410, 3_605.53), (86_400, 569, 86_710.39)],
)
def test_golden_buckets_and_their_estimates(seconds: int, bucket: int, estimate: float) -> None:
    assert bucket_of(seconds) == bucket
    assert round(estimate_of(bucket), 2) == estimate


def test_golden_merging_adds_counts() -> None:
    first = Counter(map(bucket_of, (30, 60, 90, 120, 240, 600)))
    second = Counter(map(bucket_of, (45, 300, 1_800, 7_200)))
    merged = first + second
    assert round(quantile(merged, 0.5) or 0, 2) == 120.31
    assert round(quantile(merged, 0.9) or 0, 2) == 1_790.41
    # What averaging the two percentiles would have said.
    assert round(((quantile(first, 0.9) or 0) + (quantile(second, 0.9) or 0)) / 2, 2) == 1_016.35


def test_golden_a_month_takes_740_buckets() -> None:
    assert bucket_of(30 * 86_400) - bucket_of(1) + 1 == 740


def test_less_than_a_second_has_a_bucket_of_its_own() -> None:
    assert (bucket_of(0), estimate_of(bucket_of(0))) == (ZERO, 0.0)
    assert bucket_of(1) == 0
    assert quantile({ZERO: 3, 0: 1}, 0.5) == 0.0


def test_nothing_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize(("buckets", "q"), [({5: 1}, 1.1), ({5: 1}, -0.1), ({5: 1, 6: -1}, 0.5)])
def test_what_is_no_sketch_and_no_rank_is_refused(buckets: dict[int, int], q: float) -> None:
    with pytest.raises(ValueError, match=r"quantile|below zero"):
        quantile(buckets, q)


def test_a_duration_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 s"):
        bucket_of(-1)


@given(SECONDS)
def test_an_estimate_is_off_by_one_per_cent_at_most(seconds: int) -> None:
    assert abs(estimate_of(bucket_of(seconds)) - seconds) <= ALPHA * seconds + 1e-9


@given(st.lists(SECONDS, min_size=1, max_size=60), Q)
def test_a_quantile_is_the_value_at_its_rank_within_one_per_cent(values: list[int], q: float) -> None:
    exact = sorted(values)[math.floor(q * (len(values) - 1))]
    found = quantile(Counter(map(bucket_of, values)), q)
    assert found is not None
    assert abs(found - exact) <= ALPHA * exact + 1e-9
