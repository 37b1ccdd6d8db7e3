"""A sketch of durations: how many lie in each of a fixed row of buckets, each two per cent wider than the last.

A bucket's number and its estimate are formulas, so sketches of the same accuracy merge by adding counts, and a value
is taken out again by subtracting one. Percentiles come from merged sketches alone, never from other percentiles.
Source: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees" (2019).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

ALPHA: Final = 0.01
"""Relative error of an estimate. A stored sketch is of this accuracy alone: to change it is to compute anew."""

GAMMA: Final = (1 + ALPHA) / (1 - ALPHA)

ZERO: Final = -1
"""The bucket of values under one second."""

_LOG_GAMMA: Final = math.log(GAMMA)


def bucket_of(seconds: int) -> int:
    """The bucket that a duration falls into: ⌈log_γ seconds⌉, or `ZERO` under one second.

    Raises ValueError for less than nothing.
    """
    if seconds < 0:
        raise ValueError(f"a duration of {seconds} s: a stop before its start is no duration")
    return math.ceil(math.log(seconds) / _LOG_GAMMA) if seconds >= 1 else ZERO


def estimate_of(bucket: int) -> float:
    """The value that stands for a bucket: 2γ^bucket / (γ + 1) seconds, 0 for `ZERO`."""
    return 0.0 if bucket == ZERO else 2 * GAMMA**bucket / (GAMMA + 1)


def quantile(buckets: Mapping[int, int], q: float) -> float | None:
    """The estimate at rank q·(n−1), in seconds; None for an empty sketch.

    Raises ValueError for a q outside 0 to 1, and for a count below zero: such buckets are a change of a sketch, not
    a sketch.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile of {q}: it lies between 0 and 1")
    if any(count < 0 for count in buckets.values()):
        raise ValueError("a sketch with a count below zero")
    rank = q * (sum(buckets.values()) - 1)
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen > rank and buckets[bucket]:
            return estimate_of(bucket)
    return None
