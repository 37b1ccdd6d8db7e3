"""What an agent reads of a survey in a ticket. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from shared.domain.event import Survey
from shared.domain.surveys.flags import LATE
from shared.domain.surveys.rules import COMMENT
from shared.domain.surveys.scales import SCALES

ES: Final = {
    "survey_asked": "Se le preguntó al cliente ({kind}):",
    "survey_answered": "Encuesta {kind}: {value} de {highest}.",
    "survey_late": "Encuesta {kind}: {value} de {highest}. Llegó tarde y no cuenta.",
    "survey_comment": "Comentario a la encuesta {kind}:",
}
PT: Final = {
    "survey_asked": "Perguntou-se ao cliente ({kind}):",
    "survey_answered": "Pesquisa {kind}: {value} de {highest}.",
    "survey_late": "Pesquisa {kind}: {value} de {highest}. Chegou tarde e não conta.",
    "survey_comment": "Comentário à pesquisa {kind}:",
}
EN: Final = {
    "survey_asked": "The customer was asked ({kind}):",
    "survey_answered": "Survey {kind}: {value} of {highest}.",
    "survey_late": "Survey {kind}: {value} of {highest}. It came too late and does not count.",
    "survey_comment": "Comment on the survey {kind}:",
}

_KINDS: Final = {"csat": "CSAT", "nps": "NPS", "ces": "CES", "ces_old": "CES 1–5"}


def survey_line(survey: Survey, flags: Collection[str], words: Mapping[str, str]) -> str:
    """What an entry that speaks of a survey is: the question, an answer, or a comment."""
    kind = _KINDS[survey.kind]
    if survey.value is not None:
        highest = max(SCALES[survey.scale].counts.values())
        word = "survey_late" if LATE in flags else "survey_answered"
        return words[word].format(kind=kind, value=survey.value, highest=highest)
    return words["survey_comment" if COMMENT in flags else "survey_asked"].format(kind=kind)
