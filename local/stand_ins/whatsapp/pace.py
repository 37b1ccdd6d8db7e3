"""How fast the Cloud API lets somebody send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Pace:
    """Up to `burst` at once, then one every `every_s`."""

    burst: int
    every_s: float
    left: float = -1.0
    at: float = 0.0

    def takes(self, now: float) -> bool:
        """Whether one more may go. One that may not changes nothing."""
        had = self.burst if self.left < 0 else min(self.burst, self.left + (now - self.at) / self.every_s)
        self.left, self.at = had, now
        if had < 1:
            return False
        self.left -= 1
        return True
