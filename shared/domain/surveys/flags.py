"""How recording flags what it makes of a survey. Apart from the rules, so that figures need not load those."""

from __future__ import annotations

from typing import Final

LATE: Final = "survey_late"
"""Of an answer that is kept and does not count: too late, or changed too late."""

COMMENT: Final = "survey_comment"
"""Of what somebody wrote about their answer."""
