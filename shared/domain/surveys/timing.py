"""When the customer of a case is to be asked, by what the case's item says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

LOOKED: Final = "survey_look"
"""Of a case: what came of its survey's time. `resolution`: of which end of the case; `why` it was not asked, or `until`
when that waits."""

OVER: Final = frozenset({"resolved", "closed"})


def survey_due(case: Mapping[str, Any], delay_s: int) -> datetime | None:
    """The moment; None where nobody is asked (any more). Each end of a case has its survey's time, once."""
    resolved_at = case.get("resolved_at")
    if case["state"] not in OVER or resolved_at is None or case.get("imported"):
        return None
    looked = case.get(LOOKED) or {}
    if looked.get("resolution") != resolved_at:
        return datetime.fromisoformat(resolved_at) + timedelta(seconds=delay_s)
    return datetime.fromisoformat(looked["until"]) if looked.get("until") else None
