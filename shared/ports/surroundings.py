"""What every function has around it: secrets, metrics, a clock."""

from __future__ import annotations

from typing import Any, Protocol


class Secrets(Protocol):
    def get(self, name: str) -> dict[str, Any]:
        """The named secret, cached briefly so that a rotation is noticed. Raises `Misconfigured` when absent."""


class Metrics(Protocol):
    """Counters and gauges without personal data in names or dimensions."""

    def count(self, name: str, value: float = 1, **dimensions: str) -> None: ...


class Clock(Protocol):
    def __call__(self) -> float:
        """Seconds since the epoch."""
