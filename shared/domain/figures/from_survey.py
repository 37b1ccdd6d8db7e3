"""What a survey's entry says, as an event of figures: that it was asked, or one answer to it. Pure.

Both name the survey by `details["instance"]`, and carry to what it was bound when it was asked: channel and agent.
Which of several answers counts is for the figures to say; a comment is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.figures.model import KpiEvent
from shared.domain.figures.vocabulary import SURVEY_ANSWERED, SURVEY_SENT


def survey_events(
    said: Mapping[str, Any], name: str, sequence: int, at: datetime, flags: frozenset[str]
) -> Iterator[KpiEvent]:
    """The event of one entry; `name`: its id. None of a comment, nor of a channel's survey that is not the hub's."""
    survey = said.get("survey")
    if not survey:
        return
    is_asked = said.get("direction", "inbound") == "outbound"
    if not is_asked and survey.get("answer") is None:
        return
    details: dict[str, int | str] = {"survey": survey["scale"], "instance": f"{survey['case']}:{survey['sequence']}"}
    if not is_asked:
        details |= {"value": int(survey["answer"]), "scale_mapped": int(survey.get("scale_mapped", False))}
    agent = survey.get("agent")
    yield KpiEvent(
        name,
        SURVEY_SENT if is_asked else SURVEY_ANSWERED,
        at,
        sequence,
        survey["channel"],
        "agent" if agent else "bot",
        agent,
        flags=flags,
        details=details,
    )
