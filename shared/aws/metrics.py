"""Counters in CloudWatch's Embedded Metric Format: one JSON line each, which the log service turns into metrics.

Follows "Specification: Embedded metric format" (docs.aws.amazon.com/AmazonCloudWatch, read 2026-11).
Costs no call. Standard library alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TextIO

NAMESPACE = "Hilo"
MAX_DIMENSIONS = 30


class EmbeddedMetrics:
    """`Metrics` on a stream, standard output by default."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._clock = clock

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        """One line. Raises ValueError for a dimension that is empty or bears the metric's own name."""
        if name in dimensions or len(dimensions) > MAX_DIMENSIONS or not all(dimensions.values()):
            raise ValueError(f"the dimensions of the metric {name} are too many, empty or named as itself")
        line = {
            "_aws": {
                "Timestamp": int(self._clock() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [sorted(dimensions)],
                        "Metrics": [{"Name": name, "Unit": "Count"}],
                    }
                ],
            },
            **dimensions,
            name: value,
        }
        # One write for the whole line, so that lines of several threads do not mix.
        self._stream.write(json.dumps(line, allow_nan=False) + "\n")
        self._stream.flush()
