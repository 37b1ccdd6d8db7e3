"""What carries a survey's token: the tap of an answer, on a channel or on the hub's own page."""

from __future__ import annotations

from typing import Any

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.survey_answer import record_answer, survey_of, tapped
from shared.domain.event import HUB
from shared.domain.surveys.scales import SCALES


def record_tap(context: Context, incoming: Incoming, original: dict[str, Any], *, was_waiting: bool) -> Outcome:
    """Try once. Cost of `record_answer`, and 2 RCU.

    Who taps has nothing else to say. So an answer to a survey that is gone, or whose key is no longer in force, is
    set aside: as a message it would open a case about "5 · Muy bien".
    """
    token, answer = tapped(incoming.event) or ("", -1)
    found = survey_of(context, token)
    if found is None or answer not in SCALES[found.survey.scale].counts:
        return Outcome("ignored", detail="an answer to no survey of ours")
    is_comment = incoming.event.channel == HUB and bool(incoming.event.text)
    return record_answer(context, incoming, original, found, answer, is_comment=is_comment, was_waiting=was_waiting)
