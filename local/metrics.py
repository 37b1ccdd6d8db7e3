"""The `Metrics` port in memory: counters since the start, shown at `GET /local/metrics`."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any


class CountedMetrics:
    """Counts by name and dimensions. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[tuple[str, tuple[tuple[str, str], ...]], float] = defaultdict(float)

    def count(self, name: str, value: float = 1, **dimensions: str) -> None:
        with self._lock:
            self._counts[name, tuple(sorted(dimensions.items()))] += value

    def counted(self) -> list[dict[str, Any]]:
        """`[{"name", "value", "dimensions"}]`, in order of name."""
        with self._lock:
            counts = sorted(self._counts.items())
        return [{"name": name, "value": value, "dimensions": dict(dimensions)} for (name, dimensions), value in counts]
