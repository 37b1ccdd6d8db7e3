"""How recording flags an answer to a survey. Apart from the rules, so that figures need not load those."""

from __future__ import annotations

from typing import Final

LATE: Final = "survey_late"
"""It is kept and does not count: it came too late, or was changed too late."""
