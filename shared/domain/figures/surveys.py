"""What customers answered when they were asked: one counter for each value, so that anything adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from shared.domain.figures.chronicle import Chronicle, stated
from shared.domain.figures.model import Fact, KpiEvent
from shared.domain.figures.vocabulary import FAILED, SURVEY_ANSWERED, SURVEY_SENT, UNDELIVERED
from shared.domain.surveys.flags import LATE
from shared.domain.surveys.scales import SCALES

SCALE_MAPPED: Final = "scale_mapped"
MERGED_AWAY: Final = "merged"
"""The state of a case that goes on in another."""

SOLVED: Final = "fcr"
"""The survey that asks whether it was solved in this contact: 1 yes, 0 no."""


@dataclass(slots=True)
class _Survey:
    """One survey that was sent, and what was answered."""

    sent: KpiEvent | None = None
    answers: list[KpiEvent] = field(default_factory=list)


def survey_facts(chronicle: Chronicle) -> Iterator[Fact]:
    """Of each survey, for the agent and channel that it was bound to when it was sent. It may be answered in any later
    state of the case; of one that goes on in another it counts there, with what was answered since."""
    if chronicle.state == MERGED_AWAY:
        return
    for survey in _surveys(chronicle.events):
        yield from _sent(chronicle, survey)
        yield from _answered(chronicle, survey)


def _surveys(events: list[KpiEvent]) -> list[_Survey]:
    found: dict[str, _Survey] = {}
    for event in events:
        if event.type == SURVEY_SENT:
            found.setdefault(str(event.details.get("instance", event.id)), _Survey()).sent = event
        elif event.type == SURVEY_ANSWERED:
            instance = str(event.details.get("instance") or event.target or event.id)
            found.setdefault(instance, _Survey()).answers.append(event)
    return list(found.values())


def _sent(chronicle: Chronicle, survey: _Survey) -> Iterator[Fact]:
    sent = survey.sent
    if sent is None:
        return
    yield stated(chronicle, "surveys_sent", sent)
    if survey.answers or not sent.flags & {FAILED, UNDELIVERED}:
        yield stated(chronicle, "surveys_delivered", sent)
    if _counting(chronicle, survey):
        yield stated(chronicle, "surveys_answered", sent)


def _answered(chronicle: Chronicle, survey: _Survey) -> Iterator[Fact]:
    counting = _counting(chronicle, survey)
    if counting is None:
        late = [answer for answer in survey.answers if not _is_off_scale(answer, survey.sent)]
        if late:
            yield stated(chronicle, "surveys_late", late[0])
        return
    metric, mapped = metric_of(counting, survey.sent)
    if metric is None:
        return
    bound = survey.sent or counting
    by = chronicle.dimensions(bound)
    flags = frozenset({SCALE_MAPPED}) if mapped else frozenset()
    also = survey.sent.occurred_at if survey.sent else None
    yield stated(
        chronicle, metric, bound, at=counting.occurred_at, also_at=also, channel=by.channel, agent=by.agent, flags=flags
    )


def _counting(chronicle: Chronicle, survey: _Survey) -> KpiEvent | None:
    """The answer that counts: the last one in time of those given before the survey expired. The first opens the time
    for changes."""
    limits = chronicle.rules.limits
    answers = [one for one in survey.answers if LATE not in one.flags and not _is_off_scale(one, survey.sent)]
    if survey.sent:
        until = survey.sent.occurred_at + timedelta(seconds=limits.survey_expiry_s)
        answers = [answer for answer in answers if answer.occurred_at < until]
    if not answers:
        return None
    first, *later = answers
    changed = first.occurred_at + timedelta(seconds=limits.survey_change_s)
    return [first, *(answer for answer in later if answer.occurred_at < changed)][-1]


def _is_off_scale(answer: KpiEvent, sent: KpiEvent | None) -> bool:
    """Whether a value is none of a scale that is known: it answers nothing, and takes no earlier answer's place."""
    known = (SOLVED, *SCALES)
    return _asked(answer, sent) in known and metric_of(answer, sent)[0] is None


def _asked(answer: KpiEvent, sent: KpiEvent | None) -> str:
    return str((sent.details.get("survey") if sent else None) or answer.details.get("survey"))


def metric_of(answer: KpiEvent, sent: KpiEvent | None) -> tuple[str | None, bool]:
    """The counter of an answer, and whether its scale was another. None for a value that its scale does not have."""
    asked = _asked(answer, sent)
    value = answer.details.get("value")
    if asked == SOLVED and value in (0, 1):
        return ("fcr_survey_yes" if value else "fcr_survey_no"), False
    scale = SCALES.get(asked)
    if scale is None or not isinstance(value, int) or value not in scale.counts:
        return None, False
    return f"{scale.kind}_{scale.counts[value]}", scale.is_mapped
